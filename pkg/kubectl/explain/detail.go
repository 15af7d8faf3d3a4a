package explain

import (
	"fmt"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

// details tells everything of the nodes that were named.
func (s *show) details() error {
	for i := range s.PodVerdict.Nodes {
		if err := s.detail(&s.PodVerdict.Nodes[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *show) detail(n *v1alpha1.NodeVerdict) error {
	s.line("\n%s", s.Bold("Node "+n.Node+": "+n.Verdict))
	s.field("Rule", n.Rule)
	s.field("Not known by", strings.Join(n.Unknown, ", "))
	s.field("Because", n.Says)
	if n.GivesWay {
		s.field("Gives way", "nothing but rules that give way keeps the pod off")
	}
	if !n.GraceUntil.IsZero() {
		s.field("New until", n.GraceUntil.Format(time.TimeOnly+" MST"))
	}
	s.field("Free", fmt.Sprintf("cpu %s, memory %s, pods %s", free(n, n.Headroom.CPU, cpu), free(n, n.Headroom.Memory, memory), free(n, n.Headroom.Pods, pods)))
	s.field("Just arrived", s.amounts(n.Arrived))
	s.field("Requested", s.amounts(n.Requested))
	if n.Score != nil {
		s.field("Score", strings.TrimSuffix(score(n)+": "+worth(n), ": "))
	}
	if err := s.comparisons(n); err != nil {
		return err
	}
	return s.values(n.Node)
}

// amounts writes what there is; empty where there is nothing.
func (s *show) amounts(a *v1alpha1.Amounts) string {
	if a == nil {
		return ""
	}
	var out []string
	for _, one := range []struct {
		name   string
		amount *float64
		write  func(float64) string
	}{{"cpu", a.CPU, cpu}, {"memory", a.Memory, memory}, {"pods", a.Pods, pods}} {
		if one.amount != nil {
			out = append(out, one.name+" "+one.write(*one.amount))
		}
	}
	return strings.Join(out, ", ")
}

// comparisons are the parts of the rule's condition.
func (s *show) comparisons(n *v1alpha1.NodeVerdict) error {
	if len(n.Comparisons) == 0 {
		return nil
	}
	t := &cli.Table{Columns: []cli.Column{
		{Name: "condition"}, {Name: "value"}, {Name: "in flight"}, {Name: "this pod"}, {Name: "with pod"}, {Name: "left"}, {Name: "true now"}, {Name: "true with pod"},
	}}
	for i := range n.Comparisons {
		c := &n.Comparisons[i]
		p := parts(c)
		t.Add(c.Condition, p.value, p.inFlight, p.pod, p.with, p.left, c.Truth, p.truth)
	}
	s.line("")
	return t.Write(s.out, s.wide)
}

// values are the metrics of a node that rules and preferences look at.
func (s *show) values(node string) error {
	t := &cli.Table{Columns: []cli.Column{
		{Name: "metric"}, {Name: "value"}, {Name: "age"}, {Name: "counts for"}, {Name: "source"}, {Name: "in flight"}, {Name: "averaged over", Wide: true}, {Name: "trouble"},
	}}
	for _, v := range s.measured[node] {
		inFlight := none
		if f := v.InFlight; f != nil {
			inFlight = format(f.Unseen+f.Arrived, v.Unit)
		}
		t.Add(v.Metric, value(v.Value, v.Unit), seconds(v.AgeSeconds), seconds(&v.MaxAgeSeconds), dash(v.Source), inFlight, seconds(&v.WindowSeconds), dash(v.Unknown))
	}
	if len(s.measured[node]) == 0 {
		return nil
	}
	s.line("")
	return t.Write(s.out, s.wide)
}
