package main

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

func TestWhatIsMeasuredIsAccepted(t *testing.T) {
	s := &stage{options: &options{nodes: 3, pods: 4, rules: 2}}
	d, mistakes := rules.Parse("rules.yaml", []byte(s.text()), rules.Options{Metrics: rules.Builtins(15*time.Second, time.Minute)})
	if len(mistakes) > 0 || len(d.Rules) != 6 {
		t.Errorf("the rules have the mistakes %v", mistakes)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	found, err := parser.TextToMetricFamilies(strings.NewReader(string(s.page(time.Now()))))
	if err != nil || len(found["node_metric_1"].GetMetric()) != 3 || len(found["pod_memory_working_set_bytes"].GetMetric()) != 4 {
		t.Errorf("the page has %d families, %v", len(found), err)
	}
	shipped, err := (&testbed.Bed{}).ShippedConfig(t.Context())
	if err == nil {
		_, err = configOf(shipped, "http://localhost:9090")
	}
	if err != nil {
		t.Error(err)
	}
}
