package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var join = Check{Name: "join", About: "whether metrics find their nodes: none without a value, none with several", Look: lookAtJoin}

func lookAtJoin(ctx context.Context, c *Cluster) ([]Finding, error) {
	if !c.Settings.Known {
		return c.unmeasured(ctx)
	}
	asked, err := c.Asked(ctx)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for _, f := range asked.Findings {
		if f.Check != lint.CheckSeries || slices.ContainsFunc(asked.Live, func(l lint.Live) bool { return l.Fault != "" && isAbout(f, l) }) {
			continue
		}
		namespace, name := parentOf(f)
		out = append(out, Finding{
			Severity: Severity(f.Severity), Object: "configmap/" + name + " -n " + namespace, What: f.Message,
			Why: "such nodes are unknown to the rules that read the metric, and onUnknown decides", Advice: f.Mend,
			Mend: c.command("edit configmap %s -n %s", name, namespace),
		})
	}
	unmeasured, err := c.unmeasured(ctx)
	return append(out, unmeasured...), err
}

func isAbout(f lint.Finding, l lint.Live) bool {
	return strings.HasPrefix(f.Message, fmt.Sprintf("metric %q: ", l.Metric))
}

// parentOf is the ConfigMap of a finding.
func parentOf(f lint.Finding) (namespace, name string) {
	parts := strings.SplitN(f.File, "/", 3)
	if len(parts) < 2 {
		return "", f.File
	}
	return parts[0], parts[1]
}

// unmeasured reports nodes without built-in metrics, if they are old enough to have them.
func (c *Cluster) unmeasured(ctx context.Context) ([]Finding, error) {
	nodes, err := c.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	reading, err := c.Measured(ctx)
	if err != nil || reading == nil || len(reading.Faults) > 0 {
		return nil, nil // which the checks of the metrics API and of the sources tell
	}
	var silent []string
	for i := range nodes {
		if n := &nodes[i]; c.Now().Sub(n.CreationTimestamp.Time) > c.Settings.NewNodeGrace && !measures(reading, n) {
			silent = append(silent, n.Name)
		}
	}
	if len(silent) == 0 {
		return nil, nil
	}
	f := Finding{
		Severity: Warning, Object: "node/" + silent[0],
		What: fmt.Sprintf("%d of %s have no measured cpu or memory in the source %s: %s", len(silent), cli.Count(len(nodes), "node"), c.Settings.Builtin, few(silent)),
		Why:  "they are unknown to the rules about them, and onUnknown decides",
	}
	f.Advice = "see whether the kubelet answers, and what the source says of it"
	if c.Settings.BuiltinSource().Type == args.MetricsAPI {
		f.Look = c.command("get --raw /api/v1/nodes/%s/proxy/metrics/resource", silent[0])
	} else {
		f.Look = c.command("describe node %s", silent[0])
	}
	return []Finding{f}, nil
}

func measures(r *telemetry.Reading, n *corev1.Node) bool {
	_, cpu := r.Samples[telemetry.Key{Metric: telemetry.UsedCPU, Node: n.Name}]
	_, memory := r.Samples[telemetry.Key{Metric: telemetry.UsedMemory, Node: n.Name}]
	return cpu && memory
}
