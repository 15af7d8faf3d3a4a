package main

import (
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

func TestTheRulesLoadAndAverageOverTheWindow(t *testing.T) {
	for name, s := range scenarios {
		st := &stage{scenario: s, contender: contenders["ours-low"]}
		d, mistakes := rules.Parse("burst.yaml", []byte(st.rules()), rules.Options{
			Metrics: rules.Builtins(15*time.Second, time.Minute), Queries: prometheus.Checker{},
			Sources: map[string]rules.SourceKind{"prom": rules.SourceOfQueries},
		})
		if len(mistakes) != 0 {
			t.Fatalf("%s: %v", name, mistakes)
		}
		if got := d.Metrics[0].Window; got != s.window {
			t.Errorf("%s: the metric averages over %v", name, got)
		}
	}
}

func TestTheShippedConfigurationTakesASecondProfile(t *testing.T) {
	shipped, err := (&testbed.Bed{}).ShippedConfig(t.Context())
	if err == nil {
		_, err = configOf(shipped, "http://localhost:9090")
	}
	if err != nil {
		t.Error(err)
	}
}
