package main

import (
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/drift"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

func TestNoNodeIsHotAtFirstAndSomeBecomeSo(t *testing.T) {
	for name, spec := range loads {
		for seed := range uint64(10) {
			l := drift.Draw(spec, firstSeed+seed)
			short, long := drift.Judge(l, line, nil, shortLength), drift.Judge(l, line, nil, length)
			t.Logf("%s, seed %d: %.1f and %.1f node-minutes on %d and %d nodes", name, firstSeed+seed, short.Minutes, long.Minutes, short.Above, long.Above)
			if hot := drift.Judge(l, line, nil, time.Second).Above; hot > 0 || long.Above == 0 {
				t.Errorf("%s, seed %d: %d nodes are hot at first, and %d sooner or later", name, firstSeed+seed, hot, long.Above)
			}
		}
	}
}

func TestRulesAndConfigurationsLoad(t *testing.T) {
	shipped, err := (&testbed.Bed{}).ShippedConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range contenders {
		d, mistakes := rules.Parse("evict.yaml", []byte(c.rules()), rules.Options{Metrics: rules.Builtins(15*time.Second, time.Minute)})
		if len(mistakes) != 0 {
			t.Fatalf("%s: %v", name, mistakes)
		}
		if evicts := d.Rules[0].Evict != nil; evicts != c.ours {
			t.Errorf("%s: evicts is %v", name, evicts)
		}
		config, err := c.config(shipped)
		if err == nil {
			err = yaml.UnmarshalStrict([]byte(config), &map[string]any{})
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := yaml.UnmarshalStrict([]byte(best.policy()), &map[string]any{}); err != nil {
		t.Error(err)
	}
}

func TestMediansAreOfEachNumber(t *testing.T) {
	rows := []row{
		{1, "a", drift.Outcome{Evictions: 3, Minutes: 1}}, {1, "b", drift.Outcome{Evictions: 9}},
		{2, "a", drift.Outcome{Evictions: 1, Minutes: 7}}, {2, "b", drift.Outcome{Evictions: 8}},
		{3, "a", drift.Outcome{Evictions: 2, Minutes: 5}},
	}
	got := mediansOf(rows)
	if len(got) != 2 || got[0].Evictions != 2 || got[0].Minutes != 5 || got[1].Evictions != 8 {
		t.Errorf("the medians are %v", got)
	}
}
