package evaluator

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// broken answers that no metric can be read.
func broken(_ context.Context, want telemetry.Request) (*telemetry.Reading, error) {
	r := &telemetry.Reading{Faults: map[string]string{}}
	for i := range want.Metrics {
		r.Faults[want.Metrics[i].Name] = "it timed out"
	}
	return r, nil
}

func TestTheEndOfAMetricThatCannotBeReadIsTold(t *testing.T) {
	edited := strings.Replace(loaded, "node_load1", "node_load5", 1)
	for sentence, tc := range map[string]struct {
		rules string
		want  []told
	}{
		"its key is gone":           {"", []told{{"Normal TelemetryMetricRecovered", "Metric load is no longer asked for."}}},
		"it is edited and no worse": {edited, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, loaded, newNodes(2), withProm(broken))
				w.start()
				defer w.lead()()
				w.wantEvents("Warning TelemetryMetricFailed", "Warning TelemetryMissing")
				w.rules.write(tc.rules, rules.Pause{})
				w.pass(time.Minute)
				if diff := cmp.Diff(tc.want, w.takeEvents(), cmp.AllowUnexported(told{})); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestWhereTheSeriesOfAMetricFindNoNodesItIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var table atomic.Pointer[telemetry.JoinTable]
		fine := &telemetry.JoinTable{Label: "node", By: "name", Matched: 2, Foreign: []string{"x"}, ForeignCount: 1}
		table.Store(fine)
		w := newWorld(t, loaded, newNodes(2), withProm(func(ctx context.Context, want telemetry.Request) (*telemetry.Reading, error) {
			r, err := loads(everyNode(2, 1))(ctx, want)
			r.Joins = map[string]*telemetry.JoinTable{"load": table.Load()}
			return r, err
		}))
		w.start()
		defer w.lead()()
		w.wantEvents()
		for _, step := range []struct {
			sentence string
			table    telemetry.JoinTable
			want     []told
			lines    int
		}{
			{"more strangers", telemetry.JoinTable{Label: "node", By: "name", Matched: 2, ForeignCount: 2}, nil, 1},
			{"a silent node", telemetry.JoinTable{Label: "node", By: "name", Matched: 1, Silent: []string{"n1"}, SilentCount: 1}, nil, 2},
			{"an ambiguous node", telemetry.JoinTable{Label: "node", By: "name", Matched: 3, Ambiguous: []string{"n1"}, AmbiguousCount: 1}, []told{{
				"Warning TelemetryMetricUnmatched",
				"Metric load does not find its nodes: several series of it, which nothing combines, belong to one node on 1 node(s), such as n1; aggregate them in the query, or say how to combine them",
			}}, 3},
			{"two of them", telemetry.JoinTable{Label: "node", By: "name", Matched: 4, Ambiguous: []string{"n0", "n1"}, AmbiguousCount: 2}, nil, 3},
			{"all is well", *fine, []told{{"Normal TelemetryMetricMatched", "Metric load finds its nodes."}}, 4},
			{"no series", telemetry.JoinTable{Silent: []string{"n0", "n1"}, SilentCount: 2}, []told{{
				"Warning TelemetryMetricUnmatched", "Metric load does not find its nodes: none of the 2 node(s) has a series of it; see whether its query gives any",
			}}, 5},
		} {
			table.Store(&step.table)
			w.pass(35 * time.Second)
			if diff := cmp.Diff(step.want, w.takeEvents(), cmp.AllowUnexported(told{})); diff != "" {
				t.Errorf("%s: events (-want +got):\n%s", step.sentence, diff)
			}
			if n := w.logged()["How the series of a metric find their nodes"]; n != step.lines {
				t.Errorf("%s: %d lines since the start, want %d", step.sentence, n, step.lines)
			}
		}
	})
}

func TestWhetherAMetricFindsItsNodesMayBeUnknown(t *testing.T) {
	silent := &telemetry.JoinTable{SilentCount: 2}
	for sentence, tc := range map[string]struct {
		health MetricHealth
		metric rules.Metric
		wrong  bool
		known  bool
	}{
		"no series":                          {MetricHealth{Join: silent}, rules.Metric{}, true, true},
		"no series, which means 0":           {MetricHealth{Join: silent}, rules.Metric{Values: rules.Values{ZeroWhile: "up"}}, false, true},
		"no nodes":                           {MetricHealth{Join: &telemetry.JoinTable{}}, rules.Metric{}, false, true},
		"nodes are asked by name":            {MetricHealth{}, rules.Metric{}, false, true},
		"the source is down":                 {MetricHealth{Join: silent, SourceFault: "no route"}, rules.Metric{}, false, false},
		"the metric cannot be read":          {MetricHealth{Join: silent, Fault: "timeout"}, rules.Metric{}, false, false},
		"what it means now was not read yet": {MetricHealth{Unread: true}, rules.Metric{}, false, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			what, known := unmatchedOf(&tc.health, &tc.metric)
			if (what != "") != tc.wrong || known != tc.known {
				t.Errorf("%q is wrong, known %v", what, known)
			}
		})
	}
}

func TestTheMetricsOfASourceThatIsDownCannotBeReadEither(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		prom := &gauge{answer: loads(everyNode(2, 1))}
		w := newWorld(t, loaded, newNodes(2), withProm(prom.Collect))
		w.start()
		defer w.lead()()
		prom.fail("no route to host")
		w.pass(35 * time.Second)
		want := []MetricHealth{{Name: "load", Source: "prom", SourceFault: "source prom: no route to host"}}
		if diff := cmp.Diff(want, w.Metrics()); diff != "" {
			t.Errorf("health (-want +got):\n%s", diff)
		}
		w.wantEvents("Warning TelemetrySourceFailed") // and none for each metric
	})
}
