package rules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMerge(t *testing.T) {
	rule := func(namespace, name, description string) Rule {
		return Rule{Namespace: namespace, Name: name, Description: description}
	}
	documents := []*Document{
		{Rules: []Rule{rule("", "hot", "first"), rule("", "busy", "")}},
		{Rules: []Rule{rule("team-a", "busy", ""), rule("", "hot", "second")}, Metrics: []Metric{{Name: "heat"}}},
	}
	builtins := Builtins(time.Second, time.Minute)
	set := Merge(builtins, documents, Pause{Block: true})
	want := []Rule{rule("", "busy", ""), rule("", "hot", "first"), rule("team-a", "busy", "")}
	if diff := cmp.Diff(want, set.Rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if !set.Pause.Block || set.Metrics["heat"].Name != "heat" || set.Metrics[MetricCPU].Name != MetricCPU {
		t.Errorf("the pause or a metric is lost: %+v", set)
	}
	if _, changed := builtins["heat"]; changed || documents[0].Rules[0].Name != "hot" {
		t.Errorf("what was merged was changed")
	}
}

func TestMergeOfNothing(t *testing.T) {
	if set := Merge(nil, nil, Pause{}); len(set.Rules) > 0 || len(set.Metrics) > 0 {
		t.Errorf("something came from nothing: %+v", set)
	}
}
