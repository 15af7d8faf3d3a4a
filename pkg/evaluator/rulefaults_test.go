package evaluator

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

func TestARuleThatIsBlindSaysWhyOnceItsMetricWasRead(t *testing.T) {
	twice := strings.Replace(loaded, "node_load1", "node_cpu", 1)
	text := "Telemetry is missing for 3 of the 3 nodes of rule loaded: the fault is the source's or the query's"
	for sentence, tc := range map[string]struct {
		rules string
		want  string
	}{
		"the source has nothing by that name": {loaded, text + ". On 3 of them, metric load of source prom: the source has no value for this node"},
		"several series for one node":         {twice, text + ". On 3 of them, metric load of source prom: it gives 2 series for one node"},
		"the rule says what follows": {strings.Replace(loaded, "actions", "onUnknown: Block, actions", 1),
			text + ", so that onUnknown Block does not act. On 3 of them, metric load of source prom: the source has no value for this node"},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "", newNodes(3), withProm(func(_ context.Context, want telemetry.Request) (*telemetry.Reading, error) {
					r := &telemetry.Reading{Problems: map[telemetry.Key]string{}}
					for _, n := range want.Nodes {
						if want.Metrics[0].Query == "node_cpu" {
							r.Problems[telemetry.Key{Metric: "load", Node: n.Name}] = "it gives 2 series for one node"
						}
					}
					return r, nil
				}))
				w.start()
				defer w.lead()()
				w.rules.write(tc.rules, rules.Pause{})
				w.pass(time.Minute)
				if diff := cmp.Diff([]told{{"Warning TelemetryMissing", tc.want}}, w.takeEvents(), cmp.AllowUnexported(told{})); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestARuleOnANewMetricIsNotBlindBeforeItsFirstReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		prom := &gauge{answer: loads(everyNode(2, 1))}
		w := newWorld(t, "", newNodes(2), withProm(prom.Collect))
		w.start()
		defer w.lead()()
		w.rules.write(loaded, rules.Pause{})
		w.pass(time.Minute)
		w.wantEvents()
		prom.set(nil)
		w.pass(time.Minute)
		w.wantEvents("Warning TelemetryMissing")
		w.rules.write(strings.Replace(loaded, "node_load1", "node_load5", 1), rules.Pause{})
		w.pass(time.Minute)
		w.wantEvents() // blind before, blind after
	})
}
