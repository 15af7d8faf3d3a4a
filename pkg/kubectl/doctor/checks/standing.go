package checks

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/marks"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// standing are the marks of this release that nodes carry.
type standing struct {
	// keys says on how many nodes each stands.
	keys map[marks.Key]int
	// first is the first node with a key.
	first map[string]string
	// marked are the nodes that carry any, of all.
	marked, all int
}

// standing reads what nodes carry.
func (c *Cluster) standing(ctx context.Context) (standing, error) {
	nodes, err := c.Nodes(ctx)
	out := standing{keys: map[marks.Key]int{}, first: map[string]string{}, all: len(nodes)}
	for i := range nodes {
		carried := marks.Owner(c.owner()).Standing(&nodes[i])
		for _, mark := range carried {
			if out.keys[mark]++; out.first[mark.Key] == "" {
				out.first[mark.Key] = nodes[i].Name
			}
		}
		if len(carried) > 0 {
			out.marked++
		}
	}
	return out, err
}

// said counts marks in words.
func (s standing) said() string {
	if s.all == 0 {
		return "what nodes carry was not seen"
	}
	count := map[marks.Kind]int{}
	for mark, nodes := range s.keys {
		count[mark.Kind] += nodes
	}
	var parts []string
	for _, kind := range []marks.Kind{marks.Label, marks.Taint} {
		if count[kind] > 0 {
			parts = append(parts, cli.Count(count[kind], string(kind)))
		}
	}
	if len(parts) == 0 {
		return "no node has a mark of this release"
	}
	return fmt.Sprintf("%s of this release stand on %d of %s", strings.Join(parts, " and "), s.marked, cli.Count(s.all, "node"))
}

// outside are the keys without any of the prefixes that marks may have.
func (s standing) outside(more []string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.first)), func(key string) bool { return rules.MayMark(key, more) })
}

// asking are the rules in force that ask for marks.
func (c *Cluster) asking(ctx context.Context) (out []*rules.Rule, err error) {
	judged, err := c.Judged(ctx)
	if err != nil {
		return nil, err
	}
	for i := range judged.Set.Rules {
		if r := &judged.Set.Rules[i]; !r.DryRun && (r.Label != nil || r.Taint != nil) {
			out = append(out, r)
		}
	}
	return out, nil
}

// owner is whose the marks of this release are: the name of the lease, of the Deployment and
// on the nodes.
func (c *Cluster) owner() string { return string(marks.OwnerOf(c.Settings.Lease)) }

func (c *Cluster) marksLease() string { return "lease/" + c.owner() + " -n " + c.Settings.Namespace }

// marker returns the Deployment of what marks nodes; nil where there is none.
func (c *Cluster) marker(ctx context.Context) (*appsv1.Deployment, error) {
	all, err := c.Deployments(ctx)
	for i := range all {
		if all[i].Namespace == c.Settings.Namespace && all[i].Name == c.owner() {
			return &all[i], err
		}
	}
	return nil, err
}

// removes reports whether it was told to set no marks.
func removes(d *appsv1.Deployment) bool {
	return d != nil && container(d) != nil && slices.Contains(container(d).Args, "--remove")
}

// takeAway is the advice to take all marks away. The command is one of the scheduler's own
// program, which knows no contexts: it goes where its file leads.
func (c *Cluster) takeAway() string {
	return fmt.Sprintf("take all marks away as an administrator, with a kubeconfig of this cluster: telemetry-scheduler marks cleanup --namespace=%s --release=%s --kubeconfig=FILE", c.Settings.Namespace, c.Settings.Lease)
}

// showMarks lists what nodes carry.
func (c *Cluster) showMarks() string {
	return c.command("get nodes -o custom-columns=NODE:.metadata.name,LABELS:.metadata.labels,TAINTS:.spec.taints")
}
