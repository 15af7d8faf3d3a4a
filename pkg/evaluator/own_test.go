package evaluator

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// loaded is a metric of its author's own with a rule on it; other rules may follow.
const loaded = "metrics:\n- {name: load, query: node_load1}\nrules:\n- {name: loaded, when: {metric: load, above: 8}, actions: {block: {}}}\n"

// withProm adds a source that reads queries, every ten seconds at most.
func withProm(answer sourceFunc) func(*Options) {
	return func(o *Options) {
		o.Sources = append(o.Sources, Source{Name: "prom", Interval: 10 * time.Second, Source: answer})
	}
}

// loads answers every metric that it is asked for with the same values.
func loads(values map[string]float64) sourceFunc {
	return func(_ context.Context, want telemetry.Request) (*telemetry.Reading, error) {
		r := &telemetry.Reading{Samples: map[telemetry.Key]telemetry.Sample{}}
		for i := range want.Metrics {
			for node, value := range values {
				r.Samples[telemetry.Key{Metric: want.Metrics[i].Name, Node: node}] = telemetry.Sample{Value: value, Time: time.Now()}
			}
		}
		return r, nil
	}
}

func TestARuleOnAMetricOfItsOwnFollowsItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		prom := &gauge{answer: loads(map[string]float64{"n0": 9, "n1": 1})}
		w := newWorld(t, loaded, newNodes(2), withProm(prom.Collect))
		w.memory.set(everyNode(2, 50))
		w.start()
		w.wantTurns("loaded n0 inactive-firing")
		prom.lie(loads(map[string]float64{"n0": 1, "n1": 9}))
		w.pass(33 * time.Second)
		w.wantTurns("loaded n0 firing-inactive", "loaded n1 inactive-firing")
		if got, want := w.explain("loaded", "n1"), "load is 9 (load > 8)"; !strings.Contains(got, want) {
			t.Errorf("explained by %q, want %q in it", got, want)
		}
	})
}

func TestAMetricIsAskedForAtItsOwnPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		asked := map[string]int{}
		text := "metrics:\n- {name: quick, query: a, interval: 10s}\n- {name: slow, query: b, interval: 1m}\n- {name: unused, query: c}\n" +
			"rules:\n- {name: r, when: {any: [{metric: quick, above: 1}, {metric: slow, above: 1}]}, actions: {block: {}}}\n"
		w := newWorld(t, text, newNodes(1), withProm(func(_ context.Context, want telemetry.Request) (*telemetry.Reading, error) {
			mu.Lock()
			defer mu.Unlock()
			for i := range want.Metrics {
				asked[want.Metrics[i].Query]++
			}
			return empty, nil
		}))
		w.start()
		w.pass(10 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if n := asked["a"]; n < 55 || n > 67 {
			t.Errorf("what is wanted every 10 s was asked for %d times in 10 minutes", n)
		}
		if n := asked["b"]; n < 9 || n > 12 {
			t.Errorf("what is wanted every minute was asked for %d times in 10 minutes", n)
		}
		if asked["c"] != 0 {
			t.Error("what no rule looks at was asked for")
		}
	})
}

func TestAnEditedQueryIsAskedAtOnceAndItsOldValuesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var asked []string
		w := newWorld(t, loaded, newNodes(1), withProm(func(_ context.Context, want telemetry.Request) (*telemetry.Reading, error) {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, want.Metrics[0].Query)
			if want.Metrics[0].Query == "node_load1" {
				return loads(map[string]float64{"n0": 9})(t.Context(), want)
			}
			return empty, nil
		}))
		w.start()
		w.wantTurns("loaded n0 inactive-firing")
		w.rules.write(strings.Replace(loaded, "node_load1", "node_load5", 1), rules.Pause{})
		w.pass(10 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		if diff := cmp.Diff([]string{"node_load1", "node_load5"}, asked); diff != "" {
			t.Errorf("queries (-want +got):\n%s", diff)
		}
		if got := w.explain("loaded", "n0"); !strings.Contains(got, "no value") {
			t.Errorf("explained by %q, and the old query's value is not the new one's", got)
		}
	})
}

func TestAReadingThatWasUnderWayWhenItsQueryWasEditedIsNotBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hold atomic.Int64
		w := newWorld(t, loaded, newNodes(1), withProm(func(_ context.Context, want telemetry.Request) (*telemetry.Reading, error) {
			time.Sleep(time.Duration(hold.Load()))
			if want.Metrics[0].Query == "node_load1" {
				return loads(map[string]float64{"n0": 9})(t.Context(), want)
			}
			return loads(map[string]float64{"n0": 1})(t.Context(), want)
		}))
		w.start()
		w.wantTurns("loaded n0 inactive-firing")
		hold.Store(int64(3 * time.Second))
		w.pass(31 * time.Second) // the next reading is under way
		w.rules.write(strings.Replace(loaded, "node_load1", "node_load5", 1), rules.Pause{})
		w.pass(10 * time.Second)
		if got, want := w.explain("loaded", "n0"), "load is 1"; !strings.Contains(got, want) {
			t.Errorf("explained by %q, want %q in it", got, want)
		}
	})
}

func TestOneQueryThatFailsLeavesTheOthersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := "metrics:\n- {name: good, query: a}\n- {name: bad, query: b, maxAge: 2m}\n" +
			"rules:\n- {name: good, when: {metric: good, above: 1}, actions: {block: {}}}\n- {name: bad, when: {metric: bad, above: 1}, actions: {block: {}}}\n"
		var broken atomic.Bool
		w := newWorld(t, text, newNodes(1), withProm(func(ctx context.Context, want telemetry.Request) (*telemetry.Reading, error) {
			r, err := loads(map[string]float64{"n0": 9})(ctx, want)
			if broken.Load() {
				delete(r.Samples, telemetry.Key{Metric: "bad", Node: "n0"})
				r.Faults = map[string]string{"bad": "query b: it timed out"}
			}
			return r, err
		}))
		w.start()
		defer w.lead()()
		w.wantTurns("bad n0 inactive-firing", "good n0 inactive-firing")
		w.takeEvents()
		broken.Store(true)
		w.pass(time.Minute)
		w.wantEvents("Warning TelemetryMetricFailed")
		if !w.keepsOff("n0") || !strings.Contains(w.explain("bad", "n0"), "bad is 9") {
			t.Errorf("a value that still counts is not believed: %s", w.explain("bad", "n0"))
		}
		w.pass(2 * time.Minute)
		if got, want := w.explain("bad", "n0"), "bad is unknown: query b: it timed out"; !strings.Contains(got, want) {
			t.Errorf("explained by %q, want %q in it", got, want)
		}
		if got, want := w.explain("good", "n0"), "good is 9"; !strings.Contains(got, want) {
			t.Errorf("explained by %q, want %q in it", got, want)
		}
		if got := w.logged(); got["A metric cannot be read; what was read before ages"] != 1 {
			t.Errorf("the log says %v", got)
		}
		want := []MetricHealth{{Name: "bad", Source: "prom", Fault: "query b: it timed out"}, {Name: "good", Source: "prom"}}
		if diff := cmp.Diff(want, w.Metrics()); diff != "" {
			t.Errorf("health (-want +got):\n%s", diff)
		}
		w.takeEvents()
		broken.Store(false)
		w.pass(40 * time.Second)
		w.wantEvents("Normal TelemetryMetricRecovered", "Normal TelemetryBack")
	})
}

func TestWhatIsOddAboutASourceIsLoggedWhenItChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var late atomic.Bool
		w := newWorld(t, loaded, newNodes(1), withProm(func(ctx context.Context, want telemetry.Request) (*telemetry.Reading, error) {
			r, err := loads(map[string]float64{"n0": 1})(ctx, want)
			if late.Load() {
				r.Notes = []string{"the clock of the server is five minutes behind"}
			}
			return r, err
		}))
		w.start()
		late.Store(true)
		w.pass(5 * time.Minute)
		late.Store(false)
		w.pass(5 * time.Minute)
		if got := w.logged()["What is odd about a telemetry source changed"]; got != 2 {
			t.Errorf("it was logged %d times, want 2", got)
		}
	})
}

func TestThePodsOfAnAddressAreFound(t *testing.T) {
	pod := func(phase corev1.PodPhase, host bool, node string, ips ...string) *corev1.Pod {
		p := &corev1.Pod{Spec: corev1.PodSpec{NodeName: node, HostNetwork: host}, Status: corev1.PodStatus{Phase: phase}}
		for _, ip := range ips {
			p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: ip})
		}
		return p
	}
	got := podIndex([]*corev1.Pod{
		pod(corev1.PodRunning, false, "n0", "10.0.0.1", "fd00::1"),
		pod(corev1.PodSucceeded, false, "n1", "10.0.0.2"),
		pod(corev1.PodFailed, false, "n1", "10.0.0.1"),
		pod(corev1.PodRunning, true, "n1", "192.168.0.1"),
		pod(corev1.PodPending, false, "n2", "10.0.0.3"),
	})
	want := map[string]string{"10.0.0.1": "n0", "fd00::1": "n0", "10.0.0.3": "n2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("index (-want +got):\n%s", diff)
	}
}

func TestAFingerprintTellsMetricsApart(t *testing.T) {
	seen := map[string]telemetry.Metric{}
	for _, m := range []telemetry.Metric{
		{}, {Name: "a"}, {Query: "a"}, {AgeQuery: "a"}, {ZeroWhile: "a"}, {Join: telemetry.Join{Series: "a"}}, {Join: telemetry.Join{Node: "a"}},
		{Combine: "a"}, {Window: 1}, {MaxAge: 1}, {Custom: &telemetry.CustomMetric{}}, {Custom: &telemetry.CustomMetric{Name: "a"}},
	} {
		if other, taken := seen[m.Fingerprint()]; taken {
			t.Errorf("%s and %s look the same", fmt.Sprintf("%+v", m), fmt.Sprintf("%+v", other))
		}
		seen[m.Fingerprint()] = m
	}
}
