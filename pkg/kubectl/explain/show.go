package explain

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

func (o *options) print(a *answer) error {
	switch o.output.Format() {
	case cli.JSONFormat, cli.YAMLFormat:
		return o.output.Print(o.env.Out, a, nil)
	}
	return a.show(o.env.Out, o.env.Paint, o.output.Format() == cli.WideFormat, len(o.nodes) > 0)
}

// show writes the answer for people; in detail it tells everything of each node.
func (a *answer) show(out io.Writer, paint cli.Paint, wide, detail bool) error {
	s := &show{Paint: paint, out: out, answer: a, wide: wide, measured: byNode(a.Values)}
	s.head()
	if err := s.groups(); err != nil {
		return err
	}
	if detail {
		return s.details()
	}
	return s.nodes()
}

// show writes an answer for people.
type show struct {
	cli.Paint
	out io.Writer
	*answer
	wide bool
	// measured are the values by node: there may be thousands of nodes.
	measured map[string][]*v1alpha1.Value
}

func byNode(values []v1alpha1.Value) map[string][]*v1alpha1.Value {
	out := map[string][]*v1alpha1.Value{}
	for i := range values {
		out[values[i].Node] = append(out[values[i].Node], &values[i])
	}
	return out
}

func (s *show) line(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// field writes a line with a name before it, or nothing where there is nothing to say.
func (s *show) field(name, text string) {
	if text != "" {
		s.line("%-17s%s", name+":", cli.OneLine(text))
	}
}

func (s *show) head() {
	s.line("%s", s.Bold(s.pod()))
	for _, note := range s.Notes {
		s.field("Note", note)
	}
	s.field("Judged", fmt.Sprintf("at %s on %s", s.Board.At.Format(time.TimeOnly+" MST"), plural(s.Board.Nodes, "node"))+s.inGrace())
	s.field("Expected to use", s.estimate())
	for _, c := range s.Estimate.Complaints {
		s.field("Complaint", c)
	}
	s.field("Governed by", orNone(strings.Join(s.Governing, ", ")))
	for _, e := range s.Exempt {
		s.field("Not governed by", fmt.Sprintf("%s: %s", strings.Join(e.Rules, ", "), e.Says))
	}
	if len(s.GivingWay) > 0 {
		s.field("Gives way", strings.Join(s.GivingWay, ", ")+s.givingWay())
	}
	s.others()
}

func (s *show) pod() string {
	name := s.Pod.Namespace + "/" + s.Pod.Name
	if s.Pod.Name == "" {
		name = "without a name, in " + s.Pod.Namespace
	}
	text := fmt.Sprintf("Pod %s, of the scheduler %s, priority %d", name, s.Pod.Scheduler, s.Pod.Priority)
	if s.Pod.Node != "" {
		text += ", on " + s.Pod.Node
	}
	return text
}

func (s *show) inGrace() string {
	if s.Board.InGrace == 0 {
		return ""
	}
	return fmt.Sprintf(", of which %d count as new", s.Board.InGrace)
}

func (s *show) estimate() string {
	said := fmt.Sprintf("cpu %s (%s), memory %s (%s)", cpu(s.Estimate.CPU.Amount), s.Estimate.CPU.From, memory(s.Estimate.Memory.Amount), s.Estimate.Memory.From)
	if amount(s.Need.CPU) != s.Estimate.CPU.Amount || amount(s.Need.Memory) != s.Estimate.Memory.Amount {
		said += fmt.Sprintf("; judged by cpu %s, memory %s", cpu(amount(s.Need.CPU)), memory(amount(s.Need.Memory)))
	}
	return said
}

func (s *show) givingWay() string {
	switch {
	case s.Firm != "":
		return ": not to this pod, because " + s.Firm
	case s.LeastViolating != nil:
		var breaks []string
		for _, b := range s.LeastViolating.Breaks {
			breaks = append(breaks, b.Rule+": "+b.Says)
		}
		return fmt.Sprintf(": on %s, if every other plugin takes all nodes (%s)", s.LeastViolating.Node, strings.Join(breaks, "; "))
	}
	return ""
}

func (s *show) others() {
	switch {
	case s.Others == nil:
	case len(s.Others.Said) == 0:
		s.field("Other plugins", "nothing, when the scheduler last tried")
	default:
		s.field("Other plugins", strings.Join(s.Others.Said, ", "))
	}
}

// groups counts nodes by what they say.
func (s *show) groups() error {
	t := &cli.Table{Columns: []cli.Column{{Name: "verdict"}, {Name: "nodes"}, {Name: "rule"}, {Name: "such as"}, {Name: "reason", Wide: true}}}
	for _, g := range s.Groups {
		names := strings.Join(g.Nodes.First, ", ")
		if len(g.Nodes.First) < g.Nodes.Count {
			names += ", …"
		}
		verdict := g.Verdict
		if g.GivesWay > 0 {
			verdict += fmt.Sprintf(" (%d give way)", g.GivesWay)
		}
		t.Add(verdict, strconv.Itoa(g.Nodes.Count), dash(cmp.Or(g.Rule, strings.Join(g.Unknown, ", "))), names, dash(g.Reason))
	}
	s.line("")
	return t.Write(s.out, s.wide)
}

// nodes is a line for each node that is shown: the comparison that keeps the pod off, and
// what is left.
func (s *show) nodes() error {
	if len(s.Nodes) == 0 {
		return nil
	}
	t := &cli.Table{Columns: []cli.Column{
		{Name: "node"}, {Name: "verdict"}, {Name: "condition"}, {Name: "value"}, {Name: "in flight"}, {Name: "this pod"}, {Name: "with pod"},
		{Name: "age"}, {Name: "source", Wide: true}, {Name: "free cpu"}, {Name: "free memory"}, {Name: "free pods", Wide: true}, {Name: "score"}, {Name: "rule", Wide: true}, {Name: "preferences", Wide: true},
	}}
	for i := range s.PodVerdict.Nodes {
		n := &s.PodVerdict.Nodes[i]
		c := decisive(n)
		if c == nil {
			c = &v1alpha1.Comparison{}
		}
		p := parts(c)
		t.Add(n.Node, n.Verdict, dash(c.Condition), p.value, p.inFlight, p.pod, p.with, p.age, dash(s.source(c.Metric, n.Node)),
			free(n, n.Headroom.CPU, cpu), free(n, n.Headroom.Memory, memory), free(n, n.Headroom.Pods, pods), score(n), dash(cmp.Or(n.Rule, strings.Join(n.Unknown, ", "))), dash(worth(n)))
	}
	s.line("")
	return t.Write(s.out, s.wide)
}

// decisive is the comparison that keeps the pod off; nil where nothing does.
func decisive(n *v1alpha1.NodeVerdict) *v1alpha1.Comparison {
	for _, wanted := range []func(*v1alpha1.Comparison) bool{
		func(c *v1alpha1.Comparison) bool { return c.Truth == "True" },
		func(c *v1alpha1.Comparison) bool { return c.WithPod != nil && c.WithPod.Truth == "True" },
		func(*v1alpha1.Comparison) bool { return true },
	} {
		for i := range n.Comparisons {
			if wanted(&n.Comparisons[i]) {
				return &n.Comparisons[i]
			}
		}
	}
	return nil
}

// source names what a metric of a node comes from; empty where that is not known.
func (s *show) source(metric, node string) string {
	for _, v := range s.measured[node] {
		if v.Metric == metric {
			return v.Source
		}
	}
	return ""
}
