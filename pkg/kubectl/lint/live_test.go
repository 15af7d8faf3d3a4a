package lint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// answering is a source that gives one answer.
type answering struct {
	reading *telemetry.Reading
	err     error
}

func (a answering) Collect(context.Context, telemetry.Request) (*telemetry.Reading, error) {
	return a.reading, a.err
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// samples are values of the metric heat, by node, of the given ages.
func samples(ages map[string]time.Duration) map[telemetry.Key]telemetry.Sample {
	out := map[telemetry.Key]telemetry.Sample{}
	for node, age := range ages {
		out[telemetry.Key{Metric: "heat", Node: node}] = telemetry.Sample{Value: 1, Time: noon.Add(-age)}
	}
	return out
}

func worldWith(source telemetry.Source) world {
	return world{
		nodes:   []telemetry.Node{{Name: "a"}, {Name: "b"}, {Name: "c"}},
		sources: map[string]telemetry.Source{"infra": source},
		now:     func() time.Time { return noon },
	}
}

const heat = begin + "metrics:\n- {name: heat, unit: celsius, query: node_heat_celsius}\nrules:\n- name: hot\n  when: {metric: heat, above: 80}\n  actions: {block: {}}\n"

// askedAbout judges a text and asks a source about its metrics.
func askedAbout(t *testing.T, text string, w world) *library {
	t.Helper()
	s, err := settings.Read("config.yaml", []byte("kind: KubeSchedulerConfiguration\nleaderElection: {resourceNamespace: telemetry-scheduler}\nprofiles:\n- pluginConfig:\n  - {name: Telemetry, args: {sources: [{name: metrics, type: MetricsAPI}, {name: infra, type: Prometheus, url: 'http://p'}]}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	l := newLibrary(s.Namespace)
	l.add("rules.yaml", []byte(text), true)
	l.judge(s, allowed(s), noon)
	l.askAll(t.Context(), w, l.set)
	return l
}

func joined(table telemetry.JoinTable) map[string]*telemetry.JoinTable {
	table.Label, table.By = "instance", "internalIP"
	return map[string]*telemetry.JoinTable{"heat": &table}
}

func TestAnswersOfSourcesAreJudged(t *testing.T) {
	all := map[string]time.Duration{"a": 0, "b": time.Minute, "c": 3 * time.Minute}
	for name, tc := range map[string]struct {
		source telemetry.Source
		want   []string
		live   Live
	}{
		"every node has a value": {
			source: answering{reading: &telemetry.Reading{Samples: samples(all), Joins: joined(telemetry.JoinTable{Matched: 3, ForeignCount: 2})}},
			live:   Live{Label: "instance", By: "internalIP", Valued: 3, Foreign: 2},
		},
		"a node has no series": {
			source: answering{reading: &telemetry.Reading{Samples: samples(map[string]time.Duration{"a": 0, "b": 0}), Joins: joined(telemetry.JoinTable{Matched: 2, Silent: []string{"c"}, SilentCount: 1})}},
			want:   []string{`warning: metric "heat": 1 of 3 nodes have no series, such as c, and are unknown`},
			live:   Live{Label: "instance", By: "internalIP", Valued: 2, Silent: 1},
		},
		"no node has a series": {
			source: answering{reading: &telemetry.Reading{Joins: joined(telemetry.JoinTable{Silent: []string{"a", "b", "c"}, SilentCount: 3})}},
			want:   []string{`error: metric "heat": none of the 3 nodes has a series`},
			live:   Live{Label: "instance", By: "internalIP", Silent: 3},
		},
		"several series belong to a node": {
			source: answering{reading: &telemetry.Reading{
				Samples: samples(map[string]time.Duration{"a": 0, "b": 0}), Joins: joined(telemetry.JoinTable{Matched: 4, Ambiguous: []string{"c"}, AmbiguousCount: 1}),
				Problems: map[telemetry.Key]string{{Metric: "heat", Node: "c"}: "two series"},
			}},
			want: []string{`error: metric "heat": several series belong to one node on 1 of 3 nodes, such as c, which are unknown`},
			live: Live{Label: "instance", By: "internalIP", Valued: 2, Ambiguous: 1},
		},
		"a sample is too old": {
			source: answering{reading: &telemetry.Reading{Samples: samples(map[string]time.Duration{"a": 0, "b": 0, "c": 3*time.Minute + time.Second}), Joins: joined(telemetry.JoinTable{Matched: 3})}},
			want:   []string{`warning: metric "heat": on 1 of 3 nodes the newest sample is older than 3m, such as on c (3m1s), and they are unknown`},
			live:   Live{Label: "instance", By: "internalIP", Valued: 2, Stale: 1},
		},
		"a value does not count": {
			source: answering{reading: &telemetry.Reading{
				Samples: samples(map[string]time.Duration{"a": 0, "b": 0}), Joins: joined(telemetry.JoinTable{Matched: 3}),
				Problems: map[telemetry.Key]string{{Metric: "heat", Node: "c"}: "its value is NaN"},
			}},
			want: []string{`warning: metric "heat": the values of 1 of 3 nodes do not count, such as that of c: its value is NaN`},
			live: Live{Label: "instance", By: "internalIP", Valued: 2, Unusable: 1},
		},
		"the source refuses the query": {
			source: answering{reading: &telemetry.Reading{Faults: map[string]string{"heat": "the server refuses: no"}}},
			want:   []string{`error: metric "heat": the source infra cannot answer: the server refuses: no`},
			live:   Live{Fault: "the server refuses: no"},
		},
		"the source cannot be reached": {
			source: answering{err: errors.New("no route")},
			want:   []string{`error: metric "heat": the source infra cannot be read: no route`},
			live:   Live{Fault: "no route"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := askedAbout(t, heat, worldWith(tc.source))
			var got []string
			for _, f := range l.found {
				got = append(got, fmt.Sprintf("%s: %s", f.Severity, f.Message))
				if f.Check != CheckSeries || f.Line != 4 {
					t.Errorf("it stands elsewhere: %+v", f)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			tc.live.Metric, tc.live.Source, tc.live.Nodes = "heat", "infra", 3
			if diff := cmp.Diff([]Live{tc.live}, l.live); diff != "" {
				t.Errorf("the table (-want +got):\n%s", diff)
			}
		})
	}
}

func TestASilentNodeIsZeroWhereItsAuthorSaysSo(t *testing.T) {
	text := strings.Replace(heat, "query: node_heat_celsius", `query: node_heat_celsius, zeroWhile: "up == 1"`, 1)
	l := askedAbout(t, text, worldWith(answering{reading: &telemetry.Reading{Joins: joined(telemetry.JoinTable{SilentCount: 3})}}))
	if len(l.found) > 0 {
		t.Errorf("found %v", l.found)
	}
}

// TestNobodyIsAskedForBuiltInMetrics: that nothing was asked is said, since it looks like an
// answer without findings.
func TestNobodyIsAskedForBuiltInMetrics(t *testing.T) {
	var errs bytes.Buffer
	o := &options{env: cli.NewEnv(genericiooptions.IOStreams{ErrOut: &errs})}
	s, err := settings.Read("config.yaml", []byte(configured("{}").Data["config.yaml"]))
	if err != nil {
		t.Fatal(err)
	}
	l := newLibrary(s.Namespace)
	l.add("rules.yaml", []byte(begin+"rules:\n- {name: hot, when: {metric: memory, above: 90%}, actions: {block: {}}}\n"), true)
	l.judge(s, allowed(s), time.Now())
	if err := o.askLive(t.Context(), nil, fake.NewClientset().CoreV1(), l, s); err != nil {
		t.Fatal(err)
	}
	if want := "The rules define no metrics of their own, and no source was asked for any.\n"; errs.String() != want {
		t.Errorf("it said %q, want %q", &errs, want)
	}
}
