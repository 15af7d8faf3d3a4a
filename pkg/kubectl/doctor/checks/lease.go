package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

var lease = Check{Name: "lease", About: "whether a replica leads, and is one of the scheduler's pods", Look: lookAtLease}

const whyNoLeader = "nobody places the pods that name this scheduler, and nobody judges nodes"

func lookAtLease(ctx context.Context, c *Cluster) ([]Finding, error) {
	held, err := c.lease(ctx)
	if err != nil {
		return nil, err
	}
	now, err := c.ServerTime(ctx)
	if err != nil {
		return nil, err
	}
	if why := notHeld(held, now); why != "" {
		return c.nobodyLeads(ctx, why)
	}
	return c.strangerLeads(ctx, *held.Spec.HolderIdentity)
}

// lease returns that of the scheduler; nil where there is none.
func (c *Cluster) lease(ctx context.Context) (*coordinationv1.Lease, error) {
	return c.leaseOf(ctx, c.Settings.Lease)
}

// leaseOf returns a lease of the scheduler's namespace; nil where there is none.
func (c *Cluster) leaseOf(ctx context.Context, name string) (*coordinationv1.Lease, error) {
	found, err := c.Client.CoordinationV1().Leases(c.Settings.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}

// notHeld says why nobody leads; empty where somebody does.
func notHeld(l *coordinationv1.Lease, now time.Time) string {
	switch {
	case l == nil:
		return "there is no lease, and never was a leader"
	case l.Spec.HolderIdentity == nil || *l.Spec.HolderIdentity == "" || l.Spec.RenewTime == nil || l.Spec.LeaseDurationSeconds == nil:
		return "the last leader gave the lease back, and nobody took it"
	}
	ended := l.Spec.RenewTime.Add(time.Duration(*l.Spec.LeaseDurationSeconds) * time.Second)
	if since := now.Sub(ended); since > 0 {
		return fmt.Sprintf("the lease of %s ended %v ago, and nobody took it", *l.Spec.HolderIdentity, since.Round(time.Second))
	}
	return ""
}

func (c *Cluster) leaseName() string {
	return "lease/" + c.Settings.Lease + " -n " + c.Settings.Namespace
}

// nobodyLeads finds out what is to be done about it.
func (c *Cluster) nobodyLeads(ctx context.Context, why string) ([]Finding, error) {
	d, err := c.Deployment(ctx)
	if err != nil {
		return nil, err
	}
	f := Finding{Severity: Error, Object: c.leaseName(), What: why, Why: whyNoLeader}
	switch {
	case d == nil:
		f.What += fmt.Sprintf("; the namespace %s has no Deployment of the scheduler", c.Settings.Namespace)
		f.Advice = "install it again with manifests/install.yaml, which takes the settings back to what is shipped, or start it where it runs otherwise"
		f.Look = c.command("get all,configmaps -n %s", c.Settings.Namespace)
	default:
		f = c.revive(f, d, 2)
	}
	return []Finding{f}, nil
}

// revive says how a Deployment is brought back of which no pod does its work, with how many
// replicas where it has none.
func (c *Cluster) revive(f Finding, d *appsv1.Deployment, replicas int) Finding {
	if d.Spec.Replicas != nil && *d.Spec.Replicas == 0 {
		f.What += "; its Deployment is scaled to 0"
		f.Mend = c.command("scale deployment/%s -n %s --replicas=%d", d.Name, d.Namespace, replicas)
		return f
	}
	f.What += fmt.Sprintf("; of %s %d are ready", cli.Count(int(d.Status.Replicas), "replica"), d.Status.ReadyReplicas)
	f.Advice = "where they end again the log says why: " + c.command("logs deployment/%s -n %s --previous", d.Name, d.Namespace)
	f.Mend = c.command("rollout restart deployment/%s -n %s", d.Name, d.Namespace)
	return f
}

// strangerLeads reports a leader that is none of the scheduler's pods. Who leads says the
// name of its host, which is that of its pod, or of the node whose network it shares.
func (c *Cluster) strangerLeads(ctx context.Context, holder string) ([]Finding, error) {
	pods, err := c.Client.CoreV1().Pods(c.Settings.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	host, _, _ := strings.Cut(holder, "_")
	if slices.ContainsFunc(pods.Items, func(p corev1.Pod) bool { return runsOn(&p, host) }) {
		return nil, nil
	}
	return []Finding{{
		Severity: Warning, Object: c.leaseName(),
		What:   fmt.Sprintf("%s leads, and no pod of the namespace %s has that name", holder, c.Settings.Namespace),
		Why:    "a program outside of the cluster places pods, or the leader's pod was just removed: the replicas here wait, and their settings are not those in force",
		Advice: "stop the other program; of a pod that is gone the lease ends by itself within seconds",
		Look:   c.command("get pods -n %s -o wide", c.Settings.Namespace),
	}}, nil
}

// longestHost is where kubelets cut the name of a pod that becomes a host's.
const longestHost = 63

func runsOn(p *corev1.Pod, host string) bool {
	if p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
		return false
	}
	name := p.Name[:min(len(p.Name), longestHost)]
	return strings.EqualFold(name, host) || p.Spec.Hostname == host || p.Spec.HostNetwork && strings.EqualFold(p.Spec.NodeName, host)
}

// container returns the scheduler's own in its Deployment.
func container(d *appsv1.Deployment) *corev1.Container {
	all := d.Spec.Template.Spec.Containers
	for i := range all {
		if all[i].Name == "scheduler" {
			return &all[i]
		}
	}
	if len(all) == 0 {
		return nil
	}
	return &all[0]
}
