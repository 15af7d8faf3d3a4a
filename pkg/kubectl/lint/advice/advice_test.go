package advice

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// adviceOn returns the advice on a text, as "check path".
func adviceOn(t *testing.T, body string) (out []string) {
	t.Helper()
	body = "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\n" + body
	builtins := rules.Builtins(15*time.Second, time.Minute)
	document, mistakes := rules.Parse("rules.yaml", []byte(body), rules.Options{Metrics: builtins})
	if document == nil {
		t.Fatal(mistakes)
	}
	for _, m := range On([]*Text{Read("rules.yaml", body)}, rules.Merge(builtins, []*rules.Document{document}, rules.Pause{})) {
		if !m.Warning || m.Line == 0 {
			t.Errorf("%v is no warning with a place", m)
		}
		out = append(out, fmt.Sprintf("%s %s", m.Check, m.Path))
	}
	return out
}

func TestComparisonsThatDecideNothing(t *testing.T) {
	for when, want := range map[string]string{
		"{any: [{metric: cpu, above: 90%}, {metric: cpu, above: 80%}]}":                                     "any[0]",
		"{all: [{metric: cpu, above: 90%}, {metric: cpu, above: 80%}]}":                                     "all[1]",
		"{any: [{metric: cpu, below: 20%}, {metric: cpu, below: 10%}]}":                                     "any[1]",
		"{all: [{metric: cpu, atMost: 20%}, {metric: cpu, atMost: 10%}]}":                                   "all[0]",
		"{any: [{metric: cpu, above: 90%}, {metric: cpu, above: 90%}]}":                                     "any[1]",
		"{not: {any: [{metric: cpu, equal: 5%}, {metric: cpu, equal: 5%}]}}":                                "not.any[1]",
		"{any: [{metric: cpu, above: 90%, clear: 60%}, {metric: cpu, above: 80%}]}":                         "", // each holds where the other does not
		"{any: [{metric: cpu, above: 90%}, {metric: memory, above: 80%}]}":                                  "",
		"{all: [{metric: cpu, above: 50%}, {metric: cpu, below: 90%}]}":                                     "",
		"{any: [{metric: cpu, equal: 5%}, {metric: cpu, equal: 6%}]}":                                       "",
		"{any: [{metric: cpu, above: 90%}, {all: [{metric: cpu, above: 80%}, {metric: pods, above: 9%}]}]}": "",
	} {
		t.Run(when, func(t *testing.T) {
			got := strings.Join(adviceOn(t, "rules:\n- name: a\n  when: "+when+"\n  actions: {block: {}}\n"), "\n")
			if want != "" {
				want = "redundant rules[0].when." + want
			}
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestConditionsWithOneOutcome(t *testing.T) {
	const metrics = "metrics:\n- {name: stall, unit: ratio, query: x}\n- {name: heat, unit: celsius, query: x}\n"
	for when, want := range map[string]string{
		"{all: [{metric: memory, above: 90%, clear: 85%}, {metric: memory, below: 50%, clear: 60%}]}":   "all[1]",
		"{all: [{metric: heat, above: 8}, {metric: heat, below: 4}]}":                                   "all[1]",
		"{all: [{metric: heat, below: 4}, {metric: heat, above: 4}]}":                                   "all[1]",
		"{all: [{metric: heat, above: 4}, {metric: heat, atMost: 4}]}":                                  "all[1]",
		"{all: [{metric: heat, equal: 4}, {metric: heat, equal: 5}]}":                                   "all[1]",
		"{all: [{metric: heat, equal: 4}, {metric: heat, above: 4}]}":                                   "all[1]",
		"{any: [{metric: memory, above: 10%, clear: 5%}, {metric: memory, below: 50%, clear: 60%}]}":    "any[1]",
		"{any: [{metric: heat, below: 4}, {metric: heat, atLeast: 4}]}":                                 "any[1]",
		"{not: {any: [{metric: heat, above: -1}, {metric: cpu, above: 9%}, {metric: heat, below: 0}]}}": "not.any[2]",
		"{metric: memory, above: 0%}":                                                                   "above",
		"{metric: memory, above: 1000%}":                                                                "above",
		"{metric: cpu, below: 900%}":                                                                    "below",
		"{metric: memory-available, below: 1}":                                                          "below",
		"{metric: stall, below: 0%}":                                                                    "below",
		"{metric: stall, above: -5%}":                                                                   "above",
		// What can come out either way.
		"{all: [{metric: heat, above: 4}, {metric: heat, below: 8}]}":           "",
		"{all: [{metric: heat, atLeast: 4}, {metric: heat, atMost: 4}]}":        "",
		"{all: [{metric: heat, above: 8, clear: 3}, {metric: heat, below: 4}]}": "", // it stays true down to 3
		"{all: [{metric: heat, above: 8}, {metric: cpu, below: 4%}]}":           "",
		"{all: [{metric: heat, above: 8}, {metric: heat, notEqual: 9}]}":        "",
		"{any: [{metric: heat, above: 8}, {metric: heat, below: 4}]}":           "",
		"{any: [{metric: heat, above: 8, clear: 2}, {metric: heat, below: 4}]}": "", // it begins at 8
		"{any: [{metric: heat, above: 4}, {metric: heat, below: 4}]}":           "",
		"{any: [{metric: heat, equal: 4}, {metric: heat, below: 8}]}":           "",
		"{metric: memory, above: 120%}":                                         "",
		"{metric: pods, above: 0%}":                                             "",
		"{metric: stall, above: 0%}":                                            "",
		"{metric: heat, below: -5}":                                             "",
		"{metric: memory-available, below: 1Gi}":                                "",
	} {
		t.Run(when, func(t *testing.T) {
			var got []string
			for _, one := range adviceOn(t, metrics+"rules:\n- name: a\n  when: "+when+"\n  actions: {block: {}}\n") {
				if at, is := strings.CutPrefix(one, "constant rules[0].when."); is {
					got = append(got, at)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestAdviceBesideMistakes(t *testing.T) {
	const body = "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\n"
	for name, tc := range map[string]struct{ text, want string }{
		"metrics that a rule with a mistake names are used": {"metrics: [{name: used, query: x}, {name: idle, query: x}]\nrules: [{name: a, when: {metric: used, above: 5%}}]\n", "metrics[1].name"},
		"nobody knows what a text uses that cannot be read": {"metrics: [{name: idle, query: x}]\nrules: 7\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, m := range On([]*Text{Read("a", body+tc.text)}, rules.Merge(nil, nil, rules.Pause{})) {
				got = append(got, m.Path)
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	if got := On([]*Text{Read("a", "rules: ["), Read("b", body+"metrics: [{name: idle, query: x}]\n")}, rules.Merge(nil, nil, rules.Pause{})); len(got) > 0 {
		t.Errorf("beside a text that is no YAML: %v", got)
	}
}

func TestAdviceOnRules(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want []string
	}{
		"points behind a block": {
			"rules:\n- {name: a, when: {metric: cpu, above: 90%}, actions: {block: {}, avoid: {}}}\n",
			[]string{"avoid-blocked rules[0].actions.avoid"},
		},
		"a block that gives way leaves points their meaning": {
			"rules:\n- {name: a, when: {metric: cpu, above: 90%}, actions: {block: {whenAllBlocked: ScheduleAnyway}, avoid: {}}}\n", nil,
		},
		"a memory that is as long as a sample is believed": {
			"rules:\n- {name: a, when: {metric: cpu, above: 90%}, onUnknown: KeepLast, keepLastFor: 1m, actions: {block: {}}}\n",
			[]string{"keep-last rules[0].keepLastFor"},
		},
		"a memory that is longer": {
			"rules:\n- {name: a, when: {metric: cpu, above: 90%}, onUnknown: KeepLast, keepLastFor: 61s, actions: {block: {}}}\n", nil,
		},
		"a memory that one of the metrics needs": {
			"metrics:\n- {name: slow, query: x, maxAge: 10m}\nrules:\n- {name: a, when: {any: [{metric: cpu, above: 90%}, {metric: slow, above: 1}]}, onUnknown: KeepLast, keepLastFor: 5m, actions: {block: {}}}\n", nil,
		},
		"metrics that nothing uses": {
			"metrics:\n- {name: used, query: x}\n- {name: ranked, query: x}\n- {name: idle, query: x}\nrules:\n- {name: a, when: {metric: used, above: 1}, actions: {block: {}}}\npreferences:\n- {name: p, metric: ranked, prefer: Low}\n",
			[]string{"unused-metric metrics[2].name"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, adviceOn(t, tc.body)); diff != "" {
				t.Errorf("advice (-want +got):\n%s", diff)
			}
		})
	}
}
