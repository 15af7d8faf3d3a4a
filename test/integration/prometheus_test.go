package integration

import (
	"fmt"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// promStory is a release whose rules look at what a Prometheus knows.
type promStory struct {
	*release
	prom *testbed.RunningPrometheus
	pool testbed.Nodes
}

func (s *promStory) in(t *testing.T) *promStory { return &promStory{s.release.in(t), s.prom, s.pool} }

// named labels each series with its node.
func named(node string) map[string]string { return map[string]string{"node": node, "instance": node} }

// stallRule is about a metric of the author's own, on the nodes of the release.
func (r *release) stallRule() string {
	return fmt.Sprintf(`apiVersion: telemetry-scheduler.io/v1alpha1
kind: TelemetryRules
metrics:
- {name: working-set, unit: bytes, query: node_memory_working_set_bytes, interval: 2s, maxAge: 10s}
rules:
- name: large
  nodes: {matchLabels: {pool: %s}}
  when: {metric: working-set, above: 50Gi, clear: 40Gi}
  actions: {block: {}}
`, r.name)
}

const brokeStall = "node(s) broke telemetry rule large (working-set > 50Gi)"

func TestRulesOnPrometheus(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "prom")
	pool := r.nodes(4)
	r.must(r.bed.AddNodes(t.Context(), pool))
	prom, err := r.bed.StartPrometheus(t.Context(), testbed.Prometheus{Name: "prom-own", Scrapes: []string{r.bed.KubeletScrape(pool, named)}})
	r.must(err)
	s := &promStory{r, prom, pool}
	r.write("rules", map[string]string{"large.yaml": r.stallRule()})
	r.start(sources("- {name: metrics, type: MetricsAPI, interval: 2s}", "- {name: prom, type: Prometheus, url: '"+prom.URL+"', interval: 1s}", "minInterval: 1s", "builtin: metrics"))
	tell(t, s,
		chapter[*promStory]{"a metric of its author's own is read and judged", (*promStory).judgedByQuery},
		chapter[*promStory]{"the kubectl plugin asks the same server and finds the same nodes", (*promStory).lintAsksTheSame},
		chapter[*promStory]{"the doctor sees series that find no single node, and what it prints mends them", (*promStory).doctorSeesTheJoin},
		chapter[*promStory]{"a node over the line takes no pod", (*promStory).queryBlocks},
		chapter[*promStory]{"a server that dies is told and its values age", (*promStory).serverDies},
		chapter[*promStory]{"a server that comes back is read again", (*promStory).serverComesBack},
		chapter[*promStory]{"a server that freezes holds up no pod", (*promStory).serverFreezes},
		chapter[*promStory]{"a query that is edited into an alert is refused with the query and the threshold split", (*promStory).alertIsRefused},
		chapter[*promStory]{"no pod needed the flush of the queue", func(s *promStory) { s.wantNoFlush() }},
	)
}

func (s *promStory) judgedByQuery() {
	s.judged("large", 4)
	s.metric(4, "telemetry_scheduler_metric_series", "metric", "working-set", "state", "matched")
	s.metric(0, "telemetry_scheduler_metric_failed", "metric", "working-set")
}

func (s *promStory) queryBlocks() {
	hot := s.pool.Name(0)
	s.use("60Gi", hot)
	e := s.event(hot, "TelemetryRuleFiring", "large")
	s.t.Log(e.Note)
	pods := s.addMany("spared", 12)
	s.bound(pods...)
	if landed := s.nodesOf(pods...); landed[hot] != 0 {
		s.t.Errorf("the pods went to %v, and %s is over the line", landed, hot)
	}
	s.add(on(s.pod("pinned"), hot))
	s.waits(s.name+"-pinned", brokeStall)
}

func (s *promStory) serverDies() {
	s.prom.Kill()
	s.metric(0, up, "source", "prom")
	e := s.event("telemetry-scheduler", "TelemetrySourceFailed", "source prom")
	s.t.Log(e.Note)
	s.metric(1, "telemetry_scheduler_rule_source_fault", "rule", "large")
	s.bound(s.name + "-pinned") // nobody is blocked for ever by a server that is gone
}

func (s *promStory) serverComesBack() {
	s.must(s.prom.Restart())
	s.metric(1, up, "source", "prom")
	s.firing("large", 1)
}

func (s *promStory) serverFreezes() {
	s.prom.Pause()
	s.metric(0, up, "source", "prom")
	s.bound(s.addMany("frozen", 4)...)
	s.prom.Resume()
	s.metric(1, up, "source", "prom")
}

func (s *promStory) alertIsRefused() {
	alert := "metrics:\n- {name: working-set, unit: bytes, query: node_memory_working_set_bytes > 5e10}\n"
	s.write("more", map[string]string{"alert.yaml": "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\n" + alert})
	e := s.event("more", "RulesRejected", "query: node_memory_working_set_bytes")
	s.t.Log(e.Note)
}

// TestBuiltinMetricsFromPrometheus runs the shipped rule on a Prometheus that scrapes
// what metrics-server reads elsewhere.
func TestBuiltinMetricsFromPrometheus(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "builtin")
	pool := r.nodes(4)
	r.must(r.bed.AddNodes(t.Context(), pool))
	prom, err := r.bed.StartPrometheus(t.Context(), testbed.Prometheus{Name: "prom-builtin", Scrapes: []string{r.bed.KubeletScrape(pool, named)}})
	r.must(err)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", "metric: memory, above: 90%"), r.blocking("cpu-line", "metric: cpu, above: 90%"))})
	r.start(sources("- {name: prom, type: Prometheus, url: '"+prom.URL+"', interval: 2s}", "minInterval: 1s"))
	r.judged("line", 4)
	r.judged("cpu-line", 4)
	hot := pool.Name(1)
	r.use("62Gi", hot)
	r.firing("line", 1)
	pods := r.addMany("spared", 9)
	r.bound(pods...)
	if landed := r.nodesOf(pods...); landed[hot] != 0 {
		t.Errorf("the pods went to %v, and %s is over the line", landed, hot)
	}
	r.measures(len(pods))
}

// TestPreferencesAreFelt sends pods to the node that uses least.
func TestPreferencesAreFelt(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "wishes")
	r.addNodes(4)
	r.write("rules", map[string]string{"cool.yaml": "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\n" +
		"rules:\n" + r.blocking("seen", "metric: memory, above: 60%", "mode: DryRun") +
		"preferences:\n- {name: cool, metric: memory, prefer: Low}\n"})
	pool := r.nodes(4)
	r.use("50Gi", pool.Name(0), pool.Name(1), pool.Name(2))
	r.start(quick)
	r.metric(1, "telemetry_scheduler_preferences")
	r.firing("seen", 3)
	pods := r.addMany("cool", 6)
	r.bound(pods...)
	landed := r.nodesOf(pods...)
	t.Logf("six pods went to %v", landed)
	if landed[pool.Name(3)] < 4 {
		t.Errorf("only %d of 6 pods went to the coolest node", landed[pool.Name(3)])
	}
	r.bound(r.add(on(r.pod("dry"), pool.Name(0)))...)
	r.metric(float64(1+len(pods)-landed[pool.Name(3)]), "telemetry_scheduler_dry_run_placements_total", "rule", "seen")
}
