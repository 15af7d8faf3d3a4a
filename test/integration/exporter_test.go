package integration

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// stallStory is a release whose rules look at a rate, with an exporter on each node.
type stallStory struct {
	*release
	exporters []*stalling
	pool      testbed.Nodes
}

func (s *stallStory) in(t *testing.T) *stallStory {
	return &stallStory{s.release.in(t), s.exporters, s.pool}
}

// stalling is the exporter of a node whose tasks wait for memory.
type stalling struct {
	*testbed.Exporter
	// percent is how much of the time they wait.
	percent atomic.Int64
	died    time.Time
}

// waited adds up what they waited, at each scrape.
func (s *stalling) waited() func(string) string {
	var mu sync.Mutex // a scrape that came too late may still be answered beside the next one
	last, total := time.Now(), 0.0
	return func(string) string {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		total += now.Sub(last).Seconds() * float64(s.percent.Load()) / 100
		last = now
		return fmt.Sprintf("node_pressure_memory_waiting_seconds_total %f\n", total)
	}
}

func (r *release) stalling() *stalling {
	r.t.Helper()
	s := &stalling{}
	var err error
	s.Exporter, err = testbed.StartExporter(s.waited())
	r.must(err)
	r.t.Cleanup(s.Kill)
	return s
}

// stallWindow is how far back stallQuery looks: for much longer than a sample counts,
// which is long enough for a machine that stands still for some seconds.
const (
	stallWindow = 20 * time.Second
	stallQuery  = "100 * rate(node_pressure_memory_waiting_seconds_total[20s])"
)

// stallRules judge one metric, each for pods of its own, and differ in what follows
// from silence.
func (r *release) stallRules(query string) map[string]string {
	metric := fmt.Sprintf("metrics:\n- {name: stall, unit: percent, query: '%s', interval: 1s, maxAge: 8s}\n", query)
	return map[string]string{"stall.yaml": document(
		r.blocking("careful", "metric: stall, above: 40%", "onUnknown: Block", "pods: {matchLabels: {rule: careful}}"),
		r.blocking("lenient", "metric: stall, above: 40%", "pods: {matchLabels: {rule: lenient}}"),
	) + metric}
}

const (
	brokeCareful   = "node(s) broke telemetry rule careful (stall > 40 percent)"
	brokeLenient   = "node(s) broke telemetry rule lenient (stall > 40 percent)"
	unknownCareful = "node(s) had unknown telemetry for rule careful (stall > 40 percent)"
)

// governed is a pod of a rule that only the hot node can take.
func (s *stallStory) governed(rule, name string) string {
	p := on(s.pod(name), s.pool.Name(0))
	p.Labels = map[string]string{"rule": rule}
	s.add(p)
	return p.Name
}

func TestAnExporterThatDiesUnderARule(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "stalls")
	s := &stallStory{release: r, pool: r.nodes(4)}
	r.must(r.bed.AddNodes(t.Context(), s.pool))
	var targets []testbed.Target
	for i := range s.pool.Count {
		s.exporters = append(s.exporters, r.stalling())
		targets = append(targets, testbed.Target{Address: s.exporters[i].Address, Labels: map[string]string{"node": s.pool.Name(i)}})
	}
	s.exporters[0].percent.Store(80)
	prom, err := r.bed.StartPrometheus(t.Context(), testbed.Prometheus{Name: "prom-stalls", Scrapes: []string{testbed.Scrape("nodes", targets...)}})
	r.must(err)
	r.write("rules", r.stallRules(stallQuery))
	r.start(sources("- {name: metrics, type: MetricsAPI, interval: 2s}", "- {name: prom, type: Prometheus, url: '"+prom.URL+"', interval: 1s}", "minInterval: 1s", "newNodeGrace: 1s", "builtin: metrics"))
	tell(t, s,
		chapter[*stallStory]{"a node that stalls takes no pod", (*stallStory).stalls},
		chapter[*stallStory]{"its exporter dies and the node is unknown, which each rule takes as it says", (*stallStory).exporterDies},
		chapter[*stallStory]{"the scheduling loop notices nothing", (*stallStory).loopGoesOn},
		chapter[*stallStory]{"the exporter comes back and the node is what it was", (*stallStory).exporterComesBack},
		chapter[*stallStory]{"a query that the server warns of is told, and costs no pod anything", (*stallStory).queryFails},
		chapter[*stallStory]{"a real recovery binds the pod that waited for it", (*stallStory).recovers},
		chapter[*stallStory]{"no pod needed the flush of the queue", func(s *stallStory) { s.wantNoFlush() }},
	)
}

func (s *stallStory) stalls() {
	s.judged("careful", 4)
	s.firing("careful", 1)
	s.firing("lenient", 1)
	s.waits(s.governed("careful", "careful"), brokeCareful)
	s.waits(s.governed("lenient", "lenient"), brokeLenient)
}

// exporterDies tells relief from silence: the pod of the rule that allows is let go
// because nothing is known, and the other one waits on.
func (s *stallStory) exporterDies() {
	s.exporters[0].Kill()
	s.exporters[0].died = time.Now()
	s.metric(1, "telemetry_scheduler_rule_unknown_nodes", "rule", "careful")
	s.metric(0, "telemetry_scheduler_rule_source_fault", "rule", "careful")
	s.metric(1, up, "source", "prom")
	e := s.event(s.pool.Name(0), "TelemetryRuleInactive", "lenient")
	s.t.Log(e.Note)
	s.bound(s.name + "-lenient")
	e = s.waits(s.governed("careful", "unknown"), unknownCareful)
	s.t.Log(e.Note)
	s.waits(s.name+"-careful", brokeCareful)
}

func (s *stallStory) loopGoesOn() {
	pods := s.many("meanwhile", 8)
	for i := range pods {
		pods[i].Labels = map[string]string{"rule": "careful"}
	}
	names := s.add(pods...)
	s.bound(names...)
	if landed := s.nodesOf(names...); landed[s.pool.Name(0)] != 0 {
		s.t.Errorf("the pods went to %v, and nothing is known of %s", landed, s.pool.Name(0))
	}
	s.metric(0, "telemetry_scheduler_metric_failed", "metric", "stall")
}

// exporterComesBack waits until the rate looks back on nothing: one that has a gap in
// its window sinks when the samples before the gap leave it.
func (s *stallStory) exporterComesBack() {
	s.eventually(func(context.Context) error {
		if gone := time.Since(s.exporters[0].died); gone <= stallWindow {
			return fmt.Errorf("the exporter is gone for %v", gone)
		}
		return nil
	})
	s.must(s.exporters[0].Restart())
	s.judged("careful", 4)
	s.firing("careful", 1)
	s.metric(4, "telemetry_scheduler_metric_series", "metric", "stall", "state", "matched")
	s.waits(s.governed("lenient", "again"), brokeLenient)
}

func (s *stallStory) queryFails() {
	s.write("rules", s.stallRules("100 * quantile by (node) (1.5, rate(node_pressure_memory_waiting_seconds_total[20s]))"))
	e := s.event("rules", "TelemetryMetricFailed", "the server warns: PromQL warning: quantile value should be between 0 and 1, got 1.5")
	s.t.Log(e.Note)
	s.metric(1, "telemetry_scheduler_metric_failed", "metric", "stall")
	s.metric(1, up, "source", "prom")
	s.metric(1, "telemetry_scheduler_rule_source_fault", "rule", "careful")
	s.bound(s.addMany("failing", 4)...)
	s.write("rules", s.stallRules(stallQuery))
	s.event("rules", "TelemetryMetricRecovered", "stall")
	s.metric(0, "telemetry_scheduler_metric_failed", "metric", "stall")
	s.firing("careful", 1)
}

func (s *stallStory) recovers() {
	s.waits(s.governed("careful", "last"), brokeCareful)
	s.exporters[0].percent.Store(0)
	s.bound(s.name + "-last")
	s.firing("careful", 0)
}

var _ teller[*stallStory] = (*stallStory)(nil)
