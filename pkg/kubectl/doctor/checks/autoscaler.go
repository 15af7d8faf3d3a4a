package checks

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

var autoscaler = Check{Name: "autoscaler", About: "whether an autoscaler of nodes runs, which cannot see rules", Look: lookAtAutoscalers}

func lookAtAutoscalers(ctx context.Context, c *Cluster) ([]Finding, error) {
	all, err := c.Deployments(ctx)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for i := range all {
		d := &all[i]
		if kind := scales(d); kind != "" {
			f, err := c.blind(ctx, d, kind)
			if err != nil {
				return out, err
			}
			out = append(out, f)
		}
	}
	return out, nil
}

// scales names the autoscaler that a Deployment runs; empty for other programs.
func scales(d *appsv1.Deployment) string {
	for _, kind := range []string{"cluster-autoscaler", "karpenter"} {
		runs := func(one corev1.Container) bool { return strings.Contains(one.Image, kind) }
		if d.Name == kind || slices.ContainsFunc(d.Spec.Template.Spec.Containers, runs) {
			return kind
		}
	}
	return ""
}

// blind is a note until pods wait for telemetry: then nobody buys them a node.
func (c *Cluster) blind(ctx context.Context, d *appsv1.Deployment, kind string) (Finding, error) {
	f := Finding{
		Severity: Note, Object: "deployment/" + d.Name + " -n " + d.Namespace,
		What:   kind + " runs, and knows nothing of rules: it simulates the filters of kube-scheduler by requests",
		Why:    "for a pod that only telemetry keeps off it sees room and adds no node; a node that rules keep empty looks unused, and may be removed",
		Advice: "let rules give way with ScheduleAnyway where a pod must not wait, and keep spare nodes by the least size of a pool",
	}
	pods, err := c.Pending(ctx)
	if err != nil {
		return f, err
	}
	var kept []string
	for i := range pods {
		if byTelemetry(&pods[i]) {
			kept = append(kept, pods[i].Namespace+"/"+pods[i].Name)
		}
	}
	if len(kept) > 0 {
		f.Severity = Warning
		f.What += fmt.Sprintf("; %s for telemetry now: %s", wait(len(kept)), few(kept))
		namespace, name, _ := strings.Cut(kept[0], "/")
		f.Look = c.command("describe pod %s -n %s", name, namespace)
	}
	return f, nil
}

func wait(pods int) string {
	if pods == 1 {
		return "1 pod waits"
	}
	return fmt.Sprintf("%d pods wait", pods)
}

// reasons are those that the scheduler gives.
var reasons = regexp.MustCompile(`(broke|break|unknown) telemetry `)

// byTelemetry reports whether a rule is among the reasons for which a pod waits.
func byTelemetry(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && reasons.MatchString(c.Message)
	})
}
