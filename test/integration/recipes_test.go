package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// recipes is a release whose Prometheus has the series that the recipes read, of three
// nodes with a GPU each.
type recipes struct {
	*release
	pool testbed.Nodes
	prom *testbed.RunningPrometheus
}

func (s *recipes) in(t *testing.T) *recipes { return &recipes{s.release.in(t), s.pool, s.prom} }

// TestTheRecipesOnARealPrometheus runs the rules of examples/recipes as they stand, but for
// how long they wait and look back. The series have the names and labels of those who export them, on a
// server that scrapes them, or is sent them, as it is of the real ones.
func TestTheRecipesOnARealPrometheus(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "recipes")
	s := &recipes{release: r, pool: r.nodes(3)}
	s.pool.Labels["nvidia.com/gpu.present"] = "true"
	s.must(s.bed.AddNodes(t.Context(), s.pool))
	s.serve()
	s.export(t.Context())
	s.start(sources("- {name: metrics, type: MetricsAPI, interval: 2s}", "- {name: prom, type: Prometheus, url: '"+s.prom.URL+"', interval: 1s}", "minInterval: 1s", "builtin: metrics"))
	tell(t, s,
		chapter[*recipes]{"node_exporter: no new pods on a node that stalls on memory", (*recipes).stalls},
		chapter[*recipes]{"Kepler: pods go where little power is drawn", (*recipes).power},
		chapter[*recipes]{"OpenCost: pods go where it is cheap", (*recipes).price},
		chapter[*recipes]{"DCGM: no new pods on a node with a hot GPU", (*recipes).heat},
		chapter[*recipes]{"Pixie through OpenTelemetry: rather no pods where answers are slow", (*recipes).slow},
		chapter[*recipes]{"no pod needed the flush of the queue", func(s *recipes) { s.wantNoFlush() }},
	)
}

// serve starts the exporters and the server. The third node has the series of a real
// node_exporter, where this machine counts stalls.
func (s *recipes) serve() {
	began := time.Now()
	exporter, err := testbed.StartExporter(func(path string) string { return s.exposed(path, time.Since(began).Seconds()) })
	s.must(err)
	s.t.Cleanup(exporter.Kill)
	machine, err := s.bed.StartNodeExporter(s.t.Context())
	s.must(err)
	s.t.Cleanup(machine.Kill)
	at := func(path string, labels map[string]string) testbed.Target {
		return testbed.Target{Address: exporter.Address, Path: path, Labels: labels}
	}
	nodes := []testbed.Target{}
	for i := range s.pool.Count {
		target := at(fmt.Sprintf("/node-exporter/%d", i), map[string]string{"instance": s.pool.Name(i)})
		if i == 2 && s.countsStalls(machine) {
			target.Address, target.Path = machine.Address, "/metrics"
		}
		nodes = append(nodes, target)
	}
	s.prom, err = s.bed.StartPrometheus(s.t.Context(), testbed.Prometheus{
		Name: "prom-recipes",
		Scrapes: []string{
			testbed.Scrape("node-exporter", nodes...),
			testbed.Scrape("kepler", at("/kepler", nil)),
			testbed.Scrape("opencost", at("/opencost", nil)) + "  honor_labels: true\n",
			testbed.Scrape("dcgm-exporter", at("/dcgm", map[string]string{"namespace": "gpu-operator", "pod": "dcgm-exporter-x"})),
		},
		More: "otlp: {promote_resource_attributes: [k8s.node.name]}\n",
		Args: []string{"--web.enable-otlp-receiver"},
	})
	s.must(err)
	s.t.Cleanup(s.prom.Kill)
}

func (s *recipes) countsStalls(machine *testbed.NodeExporter) bool {
	m, err := machine.Metrics(s.t.Context())
	s.must(err)
	counts := m["node_pressure_memory_stalled_seconds_total"] != nil
	s.t.Logf("this machine counts stalls: %v", counts)
	return counts
}

// cook puts a recipe in force, for the nodes of the pool and without its patience, and
// returns once its metrics know all of these.
func (s *recipes) cook(name string, metrics ...string) {
	s.t.Helper()
	root, err := testbed.Root()
	s.must(err)
	text, err := os.ReadFile(filepath.Join(root, "examples", "recipes", "rules", name+".yaml"))
	s.must(err)
	hurried := strings.NewReplacer(
		"  interval: 5m\n", "", "  maxAge: 15m\n", "", "  query:", "  interval: 1s\n  maxAge: 30s\n  query:",
		"  nodes: {matchLabels: {", "  nodes: {matchLabels: {pool: "+s.name+", ", "for: 1m", "for: 1s", "[2m]", "[10s]", "[5m]", "[10s]",
	).Replace(string(text))
	if !strings.Contains(hurried, "  nodes:") {
		hurried = strings.Replace(hurried, "  when:", "  nodes: {matchLabels: {pool: "+s.name+"}}\n  when:", 1)
	}
	s.write("rules", map[string]string{"recipe.yaml": hurried})
	for _, m := range metrics {
		s.metric(float64(s.pool.Count), "telemetry_scheduler_metric_series", "metric", m, "state", "matched")
	}
}

// landed counts the nodes of four new pods.
func (s *recipes) landed(name string) map[string]int {
	s.t.Helper()
	pods := s.addMany(name, 4)
	s.bound(pods...)
	landed := s.nodesOf(pods...)
	s.t.Logf("the pods went to %v", landed)
	return landed
}

// keepsOff makes sure that the first node takes no pod.
func (s *recipes) keepsOff(name, rule, because, broke string) {
	s.t.Helper()
	hot := s.pool.Name(0)
	s.t.Log(s.event(hot, "TelemetryRuleFiring", because).Note)
	s.judged(rule, s.pool.Count)
	if landed := s.landed(name); landed[hot] != 0 {
		s.t.Errorf("the pods went to %v, and the rule fires on %s", landed, hot)
	}
	s.t.Log(s.waits(s.add(on(s.pod(name+"-pinned"), hot))[0], broke).Note)
}

func (s *recipes) stalls() {
	s.cook("node-exporter", "memory-stalled", "memory-waiting")
	s.keepsOff("stall", "memory-stalls", "Rule memory-stalls fires: memory-stalled is ", "node(s) broke telemetry rule memory-stalls")
}

// prefers makes sure that most pods go to one node.
func (s *recipes) prefers(name, node string) {
	s.t.Helper()
	s.metric(1, "telemetry_scheduler_preferences")
	if landed := s.landed(name); landed[node] < 3 {
		s.t.Errorf("only %d of 4 pods went to %s", landed[node], node)
	}
}

func (s *recipes) power() {
	s.cook("kepler", "watts")
	s.prefers("power", s.pool.Name(1))
}

func (s *recipes) price() {
	s.cook("opencost", "price")
	s.prefers("price", s.pool.Name(2))
}

func (s *recipes) heat() {
	s.cook("dcgm", "gpu-temperature")
	s.keepsOff("heat", "hot-gpu", "gpu-temperature is 91 celsius (gpu-temperature > 85)", "node(s) broke telemetry rule hot-gpu (gpu-temperature > 85)")
}

func (s *recipes) slow() {
	s.cook("pixie", "http-latency")
	slow := s.pool.Name(1)
	s.t.Log(s.event(slow, "TelemetryRuleFiring", "http-latency is 0.8 s (http-latency > 500ms)").Note)
	if landed := s.landed("slow"); landed[slow] > 1 {
		s.t.Errorf("%d of 4 pods went to the slow node", landed[slow])
	}
}
