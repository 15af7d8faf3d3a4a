package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/app"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

func TestAnnotationsAreRead(t *testing.T) {
	source, err := newSource(app.SourceOptions{Source: args.Source{Options: "prefix: power.example.com/"}})
	if err != nil {
		t.Fatal(err)
	}
	node := func(name, text string) telemetry.Node {
		return telemetry.Node{Name: name, Annotations: map[string]string{"power.example.com/watts": text}}
	}
	got, err := source.Collect(t.Context(), telemetry.Request{
		Nodes:   []telemetry.Node{node("a", "310@2026-01-31T18:00:00Z"), node("b", "310"), node("c", "much@2026-01-31T18:00:00Z"), {Name: "d"}},
		Metrics: []telemetry.Metric{{Name: "power", Custom: &telemetry.CustomMetric{Name: "watts"}}, {Name: telemetry.UsedCPU}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &telemetry.Reading{
		Samples: map[telemetry.Key]telemetry.Sample{{Metric: "power", Node: "a"}: {Value: 310, Time: time.Date(2026, 1, 31, 18, 0, 0, 0, time.UTC)}},
		Problems: map[telemetry.Key]string{
			{Metric: "power", Node: "b"}: `the annotation power.example.com/watts: "310" has no time, as in 310@2026-01-31T18:00:00Z`,
			{Metric: "power", Node: "c"}: `the annotation power.example.com/watts: "much" is no number`,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reading (-want +got):\n%s", diff)
	}
}

func TestOptionsAreReadStrictly(t *testing.T) {
	if _, err := newSource(app.SourceOptions{Source: args.Source{Options: "perfix: x"}}); err == nil {
		t.Error("a mistyped option was accepted")
	}
}
