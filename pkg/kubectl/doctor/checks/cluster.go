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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// Cluster is what is looked at. What several checks read is read once.
type Cluster struct {
	Client   kubernetes.Interface
	Dynamic  dynamic.Interface
	Settings *settings.Settings
	// Kubectl is how commands begin: kubectl, with the flags that lead to this cluster.
	Kubectl string
	// Version is that of this program, and Kubernetes the minor version of the libraries
	// that it is built from; empty and 0 where they are not known.
	Version    string
	Kubernetes int
	// Now is the clock of this machine, ServerTime that of the API server.
	Now        func() time.Time
	ServerTime func(context.Context) (time.Time, error)
	// Ask asks the sources for the metrics of rules' own, and says why it cannot.
	Ask func(context.Context, *lint.Examined) error
	// Sources are those that can be asked from here, by name.
	Sources map[string]telemetry.Source
	// Told asks the scheduler what is wrong with each of its sources, by name; empty for
	// nothing.
	Told func(context.Context) (map[string]string, error)
	// Kubelet asks the kubelet of a node for what sources read, through the API server.
	Kubelet func(ctx context.Context, node string) error

	nodes       once[[]corev1.Node]
	pending     once[[]corev1.Pod]
	deployments once[[]appsv1.Deployment]
	leases      once[[]coordinationv1.Lease]
	judged      once[*lint.Examined]
	asked       once[*lint.Examined]
	measured    once[*telemetry.Reading]
	said        once[map[string]string]
}

// once keeps the first answer.
type once[T any] struct {
	done  bool
	value T
	err   error
}

func (o *once[T]) get(read func() (T, error)) (T, error) {
	if !o.done {
		o.value, o.err = read()
		o.done = true
	}
	return o.value, o.err
}

// The label that is on every object of the manifest.
const (
	nameLabel   = "app.kubernetes.io/name"
	productName = "telemetry-scheduler"
)

// Nodes returns the nodes of the cluster.
func (c *Cluster) Nodes(ctx context.Context) ([]corev1.Node, error) {
	return c.nodes.get(func() ([]corev1.Node, error) {
		found, err := c.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, err
		}
		return found.Items, nil
	})
}

// Pending returns the pods that have no node.
func (c *Cluster) Pending(ctx context.Context) ([]corev1.Pod, error) {
	return c.pending.get(func() ([]corev1.Pod, error) {
		found, err := c.Client.CoreV1().Pods(metav1.NamespaceAll).List(ctx, metav1.ListOptions{FieldSelector: "spec.nodeName=,status.phase=Pending"})
		if err != nil {
			return nil, err
		}
		return slices.DeleteFunc(found.Items, func(p corev1.Pod) bool { return p.Spec.NodeName != "" || p.DeletionTimestamp != nil }), nil
	})
}

// Deployments returns those of all namespaces.
func (c *Cluster) Deployments(ctx context.Context) ([]appsv1.Deployment, error) {
	return c.deployments.get(func() ([]appsv1.Deployment, error) {
		found, err := c.Client.AppsV1().Deployments(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, err
		}
		return found.Items, nil
	})
}

// Deployment returns that of the scheduler; nil where there is none. Of several releases in
// the namespace it is that with the name of the lease.
func (c *Cluster) Deployment(ctx context.Context) (found *appsv1.Deployment, err error) {
	all, err := c.Deployments(ctx)
	for i := range all {
		d := &all[i]
		if d.Namespace == c.Settings.Namespace && d.Labels[nameLabel] == productName && (found == nil || d.Name == c.Settings.Lease) {
			found = d
		}
	}
	return found, err
}

// Leases returns those of all namespaces, but for those by which kubelets say that they
// live.
func (c *Cluster) Leases(ctx context.Context) ([]coordinationv1.Lease, error) {
	return c.leases.get(func() ([]coordinationv1.Lease, error) {
		found, err := c.Client.CoordinationV1().Leases(metav1.NamespaceAll).List(ctx, metav1.ListOptions{FieldSelector: "metadata.namespace!=" + corev1.NamespaceNodeLease})
		if err != nil {
			return nil, err
		}
		return slices.DeleteFunc(found.Items, func(l coordinationv1.Lease) bool { return l.Namespace == corev1.NamespaceNodeLease }), nil
	})
}

// Asked is Judged, after the sources were asked too.
func (c *Cluster) Asked(ctx context.Context) (*lint.Examined, error) {
	return c.asked.get(func() (*lint.Examined, error) {
		judged, err := c.Judged(ctx)
		if err != nil {
			return nil, err
		}
		return judged, c.Ask(ctx, judged)
	})
}

// Measured returns what the source of the built-in metrics says of nodes; nil where it
// cannot be asked from here.
func (c *Cluster) Measured(ctx context.Context) (*telemetry.Reading, error) {
	return c.measured.get(func() (*telemetry.Reading, error) {
		source := c.Sources[c.Settings.Builtin]
		if source == nil {
			return nil, nil
		}
		want, err := c.request(ctx)
		if err != nil {
			return nil, err
		}
		want.Metrics = []telemetry.Metric{{Name: telemetry.UsedCPU}, {Name: telemetry.UsedMemory}}
		return source.Collect(ctx, want)
	})
}

// request asks of the nodes of the cluster, as the scheduler does: a source finds those of
// its series among them.
func (c *Cluster) request(ctx context.Context) (telemetry.Request, error) {
	nodes, err := c.Nodes(ctx)
	if err != nil {
		return telemetry.Request{}, err
	}
	out := telemetry.Request{PodNode: lint.PodNode(ctx, c.Client.CoreV1())}
	for i := range nodes {
		out.Nodes = append(out.Nodes, evaluator.NodeOf(&nodes[i]))
	}
	return out, nil
}

// command returns a line for a shell.
func (c *Cluster) command(format string, args ...any) string {
	return c.Kubectl + " " + fmt.Sprintf(format, args...)
}

// plugin returns a line for a shell that calls this program. kubectl takes no flags before
// the name of a plugin.
func (c *Cluster) plugin(format string, args ...any) string {
	return cli.Name + " " + fmt.Sprintf(format, args...) + strings.TrimPrefix(c.Kubectl, "kubectl")
}

// fed returns a line that gives kubectl a text. The echo of some shells reads backslashes.
func (c *Cluster) fed(text, format string, args ...any) string {
	return "printf %s " + cli.Quoted(text) + " | " + c.command(format, args...)
}

// few are the first of several names.
func few(names []string) string {
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + " …"
	}
	return strings.Join(names, ", ")
}
