package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/app"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// annotations reads what agents write onto their nodes: the value of the metric
// "watts" stands in the annotation <prefix>watts, as "310@2026-01-31T18:00:00Z".
type annotations struct {
	// Prefix begins the annotations that hold values.
	Prefix string `json:"prefix"`
}

func newSource(o app.SourceOptions) (telemetry.Source, error) {
	s := &annotations{Prefix: "metrics.example.com/"}
	return s, yaml.UnmarshalStrict([]byte(o.Source.Options), s)
}

// Collect implements telemetry.Source. What is absent stays absent: it is never 0.
func (s *annotations) Collect(_ context.Context, want telemetry.Request) (*telemetry.Reading, error) {
	r := &telemetry.Reading{Samples: map[telemetry.Key]telemetry.Sample{}, Problems: map[telemetry.Key]string{}}
	for _, metric := range want.Metrics {
		if metric.Custom == nil {
			continue
		}
		for _, node := range want.Nodes {
			text, found := node.Annotations[s.Prefix+metric.Custom.Name]
			if !found {
				continue
			}
			key := telemetry.Key{Metric: metric.Name, Node: node.Name}
			sample, err := parse(text)
			if err != nil {
				r.Problems[key] = fmt.Sprintf("the annotation %s%s: %v", s.Prefix, metric.Custom.Name, err)
				continue
			}
			r.Samples[key] = sample
		}
	}
	return r, nil
}

func parse(text string) (telemetry.Sample, error) {
	value, at, both := strings.Cut(text, "@")
	if !both {
		return telemetry.Sample{}, fmt.Errorf("%q has no time, as in 310@2026-01-31T18:00:00Z", text)
	}
	number, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return telemetry.Sample{}, fmt.Errorf("%q is no number", value)
	}
	measured, err := time.Parse(time.RFC3339, at)
	return telemetry.Sample{Value: number, Time: measured}, err
}
