package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/app"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// powerMeters reads the power meters of a data centre, which know machines and
// nothing of Kubernetes. Their server answers one GET for all of them; see meter.
type powerMeters struct {
	// URL is that of the server.
	URL string `json:"url"`
}

func newPowerMeters(o app.SourceOptions) (telemetry.Source, error) {
	s := &powerMeters{}
	if err := yaml.UnmarshalStrict([]byte(o.Options), s); err != nil {
		return nil, fmt.Errorf("reading its options: %w", err)
	}
	if s.URL == "" {
		return nil, errors.New("its options lack the url; write options: {url: http://meters.example.com/v1/meters}")
	}
	return s, nil
}

// meter is one value of one machine, as the server says it:
//
//	{"machine": "node-7", "sensor": "watts", "value": 310, "at": "2026-01-31T18:00:00Z"}
type meter struct {
	Machine string `json:"machine"`
	Sensor  string `json:"sensor"`
	// Value is nil for a meter that does not work.
	Value *float64  `json:"value"`
	At    time.Time `json:"at"`
}

// Collect implements telemetry.Source. What is absent stays absent: it is never 0.
func (s *powerMeters) Collect(ctx context.Context, want telemetry.Request) (*telemetry.Reading, error) {
	meters, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	r := &telemetry.Reading{
		Samples: map[telemetry.Key]telemetry.Sample{}, Problems: map[telemetry.Key]string{}, Faults: map[string]string{},
	}
	for i := range want.Metrics {
		if why := addMetric(r, &want.Metrics[i], meters); why != "" {
			r.Faults[want.Metrics[i].Name] = why
		}
	}
	return r, nil
}

// addMetric adds the values of one metric to a reading, or says why it cannot be
// read at all.
func addMetric(r *telemetry.Reading, m *telemetry.Metric, meters []meter) (fault string) {
	if m.Custom == nil {
		return "power meters know only metrics with customMetric, by the name of the sensor"
	}
	if s := m.Custom.Selector; s != nil && !s.Empty() {
		return "power meters have no labels for the selector of customMetric"
	}
	found := false
	for _, meter := range meters {
		if meter.Sensor == m.Custom.Name {
			addMeter(r, telemetry.Key{Metric: m.Name, Node: meter.Machine}, meter)
			found = true
		}
	}
	if !found {
		return fmt.Sprintf("no power meter has a sensor %q", m.Custom.Name)
	}
	return ""
}

// addMeter says of a meter that does not work why there is no value. It checks no
// numbers and no times: the scheduler refuses what cannot be, and says so.
func addMeter(r *telemetry.Reading, key telemetry.Key, m meter) {
	if m.Value == nil {
		r.Problems[key] = "its power meter does not work"
		return
	}
	r.Samples[key] = telemetry.Sample{Value: *m.Value, Time: m.At}
}
