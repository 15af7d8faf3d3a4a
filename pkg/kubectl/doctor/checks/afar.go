package checks

import (
	"context"
	"fmt"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// fromAfar looks at a source that cannot be read from here: by what the scheduler says of
// it, else by what kubelets say to the API server.
func (c *Cluster) fromAfar(ctx context.Context, source args.Source) []Finding {
	fault, err := c.told(ctx, source.Name)
	switch {
	case fault != "":
		return []Finding{c.unreadThere(source, fault)}
	case err == nil:
		return nil
	case source.Type != args.Kubelet:
		return []Finding{c.unseen(source, err.Error())}
	}
	if may, failed := c.mayProxy(ctx); failed != nil || !may {
		return []Finding{c.unseen(source, err.Error())}
	}
	return c.throughTheServer(ctx, source)
}

// told is what the scheduler says is wrong with a source; empty for nothing. An error says
// why that is not known.
func (c *Cluster) told(ctx context.Context, name string) (fault string, err error) {
	all, err := c.said.get(func() (map[string]string, error) { return c.Told(ctx) })
	if err != nil {
		return "", err
	}
	fault, known := all[name]
	if !known {
		return "", fmt.Errorf("the scheduler that answers has no source %q", name)
	}
	return fault, nil
}

func (c *Cluster) unreadThere(source args.Source, fault string) Finding {
	return Finding{
		Severity: Error, Object: "configmap/" + c.Settings.Map() + " -n " + c.Settings.Namespace,
		What:   fmt.Sprintf("the scheduler cannot read the source %s: %s", source.Name, fault),
		Why:    "the metrics that it serves are unknown on all nodes",
		Advice: "see whether what it reads runs, and answers the scheduler's account",
		Look:   c.command("logs -n %s -l %s=%s --tail=50", c.Settings.Namespace, nameLabel, productName),
	}
}

func (c *Cluster) unseen(source args.Source, why string) Finding {
	return Finding{
		Severity: Unknown, Object: "configmap/" + c.Settings.Map() + " -n " + c.Settings.Namespace,
		What:   fmt.Sprintf("the source %s cannot be read from here, and the scheduler does not tell: %s", source.Name, why),
		Why:    "what nobody has seen is not known to be well",
		Advice: "mend what keeps the scheduler from answering, and run this again",
		Look:   c.plugin("status --scheduler-namespace=%s", c.Settings.Namespace),
	}
}

// mayProxy reports whether the caller may ask kubelets through the API server.
func (c *Cluster) mayProxy(ctx context.Context) (bool, error) {
	asked, err := c.Client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "get", Resource: "nodes", Subresource: "proxy"}},
	}, metav1.CreateOptions{})
	return err == nil && asked.Status.Allowed, err
}

// mostTried is how many kubelets are tried: one may be ill alone.
const mostTried = 3

// throughTheServer has the API server ask a few kubelets what the source reads.
func (c *Cluster) throughTheServer(ctx context.Context, source args.Source) []Finding {
	nodes, err := c.Nodes(ctx)
	if err != nil || len(nodes) == 0 {
		return []Finding{c.unseen(source, fmt.Sprintf("the nodes cannot be read: %v", err))}
	}
	var silent []string
	for i := range nodes[:min(mostTried, len(nodes))] {
		if failed := c.Kubelet(ctx, nodes[i].Name); failed == nil {
			return nil
		} else if err == nil {
			err = failed
		}
		silent = append(silent, nodes[i].Name)
	}
	return []Finding{{
		Severity: Error, Object: "node/" + silent[0],
		What:   fmt.Sprintf("the kubelets of %s, tried for the source %s, do not give /metrics/resource: %v", few(silent), source.Name, err),
		Why:    "the built-in metrics are unknown on all nodes whose kubelets do not answer",
		Advice: "see whether the kubelets run, and what they say",
		Look:   c.command("get --raw /api/v1/nodes/%s/proxy/metrics/resource", silent[0]),
	}}
}
