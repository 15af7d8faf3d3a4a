package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// TestTheExampleOfASource runs examples/custom-source, which reads what no source of
// ours does, beside one of ours.
func TestTheExampleOfASource(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "power")
	r.program = "example-custom-source"
	nodes := r.addNodes(3)
	meters := newMeters(t, nodes)
	hungry := nodes.Name(1)
	r.write("rules", map[string]string{"power.yaml": fmt.Sprintf(`apiVersion: telemetry-scheduler.io/v1alpha1
kind: TelemetryRules
metrics:
- {name: power, unit: watts, customMetric: {name: watts}, interval: 1s, maxAge: 2m}
rules:
- name: hungry
  nodes: {matchLabels: {pool: %s}}
  when: {metric: power, above: 400, clear: 350}
  actions: {block: {}}
`, r.name)})
	r.start(sources("- {name: metrics, type: MetricsAPI, interval: 2s}",
		"- {name: racks, type: PowerMeters, interval: 1s, timeout: 10s, options: {url: "+meters.URL+"}}", "minInterval: 1s", "builtin: metrics"))
	r.judged("hungry", 3)
	meters.set(hungry, 430)
	t.Log(r.event(hungry, "TelemetryRuleFiring", "power is 430 watts (power > 400)").Note)
	pods := r.addMany("elsewhere", 9)
	r.bound(pods...)
	if landed := r.nodesOf(pods...); landed[hungry] != 0 {
		t.Errorf("the pods went to %v, and %s draws too much", landed, hungry)
	}
	pinned := r.add(on(r.pod("pinned"), hungry))[0]
	t.Log(r.waits(pinned, "node(s) broke telemetry rule hungry (power > 400)").Note)
	meters.set(hungry, 300)
	r.bound(pinned)

	meters.fail() // for the first time, however slow the machine is: the API server keeps the first text
	t.Log(r.event("telemetry-scheduler", "TelemetrySourceFailed", "source racks: "+meters.URL+" answers 500").Note)
	r.metric(1, up, "source", "metrics")
	r.bound(r.add(r.pod("without"))...)
	r.wantNoFlush()
}

// meters serves the power meters of some nodes, each stamped when it is asked.
type meters struct {
	*httptest.Server
	mu    sync.Mutex
	watts map[string]float64
	fails bool
}

func newMeters(t *testing.T, nodes testbed.Nodes) *meters {
	m := &meters{watts: map[string]float64{}}
	for i := range nodes.Count {
		m.watts[nodes.Name(i)] = 210
	}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

// ServeHTTP implements http.Handler.
func (m *meters) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	list := []map[string]any{}
	for node, watts := range m.watts {
		list = append(list, map[string]any{"machine": node, "sensor": "watts", "value": watts, "at": time.Now()})
	}
	_ = json.NewEncoder(w).Encode(list)
}

func (m *meters) set(node string, watts float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watts[node] = watts
}

func (m *meters) fail() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails = true
}

// TestTheExampleOfEmbedding runs examples/embed, a scheduler of somebody else's with
// a plugin of their own and ours.
func TestTheExampleOfEmbedding(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "embedded")
	r.program = "example-embed"
	hot := r.addNodes(2).Name(0)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle))})
	r.start(quick, replacement{"- name: Telemetry\n", "- name: Pinned\n      - name: Telemetry\n"})
	r.judged("line", 2)
	r.use(hotMemory, hot)
	r.firing("line", 1)

	t.Log(r.waits(r.add(r.pod("unpinned"))[0], "image none is not pinned by its digest").Note)
	var many []testbed.Pod
	for _, p := range r.many("elsewhere", 6) {
		many = append(many, byDigest(p))
	}
	pods := r.add(many...)
	r.bound(pods...)
	if landed := r.nodesOf(pods...); landed[hot] != 0 {
		t.Errorf("the pods went to %v, and %s is hot", landed, hot)
	}
	kept := r.add(byDigest(on(r.pod("kept-off"), hot)))[0]
	t.Log(r.waits(kept, "node(s) broke telemetry rule line").Note)
	r.use("1Gi", hot)
	r.bound(kept)
	r.wantNoFlush()
	r.Stop()
	if r.Running() {
		t.Error("the scheduler does not end when it is told to")
	}
}

// byDigest names the image as the plugin Pinned wants it.
func byDigest(p testbed.Pod) testbed.Pod {
	change := p.Change
	p.Change = func(pod *corev1.Pod) {
		change(pod)
		pod.Spec.Containers[0].Image = "none@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	}
	return p
}
