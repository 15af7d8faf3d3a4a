package kubelet

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

func TestPodsAreReadInTheSameAnswer(t *testing.T) {
	at := func(value float64, ms int64) measured { return measured{value: value, at: time.UnixMilli(ms)} }
	again := func(family string) measured {
		return measured{problem: "the kubelet's answer has several values of " + family}
	}
	one := func(s said) map[telemetry.PodKey]*said {
		return map[telemetry.PodKey]*said{{Namespace: "n", Name: "p"}: &s}
	}
	for sentence, tc := range map[string]struct {
		text string
		want map[telemetry.PodKey]*said
	}{
		"nothing of pods": {whole, map[telemetry.PodKey]*said{}},
		"both values with their times": {
			"pod_cpu_usage_seconds_total{namespace=\"n\",pod=\"p\"} 4.5 7\npod_memory_working_set_bytes{namespace=\"n\",pod=\"p\"} 1e6 8\n",
			one(said{at(4.5, 7), at(1e6, 8)}),
		},
		"values without times have the asked": {
			"pod_cpu_usage_seconds_total{namespace=\"n\",pod=\"p\"} 4.5\npod_memory_working_set_bytes{namespace=\"n\",pod=\"p\"} 0\n",
			one(said{measured{value: 4.5, at: start}, measured{at: start}}),
		},
		"labels in another order, and more of them": {"pod_cpu_usage_seconds_total{pod=\"p\",a=\",}=\",namespace=\"n\"} 1 7\n", one(said{cpu: at(1, 7)})},
		"one of the two":                      {"pod_memory_working_set_bytes{namespace=\"n\",pod=\"p\"} 1 8\n", one(said{memory: at(1, 8)})},
		"a value twice":                       {strings.Repeat("pod_cpu_usage_seconds_total{namespace=\"n\",pod=\"p\"} 1 7\n", 3), one(said{cpu: again(podCPUFamily)})},
		"another name that begins like ours":  {"pod_cpu_usage_seconds_totals{namespace=\"n\",pod=\"p\"} 1 7\n", map[telemetry.PodKey]*said{}},
		"a line without a pod":                {"pod_cpu_usage_seconds_total{namespace=\"n\"} 1 7\n", map[telemetry.PodKey]*said{}},
		"a line that ends in its labels":      {"pod_cpu_usage_seconds_total{namespace=\"n\",pod=\"p\n", map[telemetry.PodKey]*said{}},
		"a line without a value":              {"pod_cpu_usage_seconds_total{namespace=\"n\",pod=\"p\"}\n", map[telemetry.PodKey]*said{}},
		"a line whose time is a word":         {"pod_cpu_usage_seconds_total{namespace=\"n\",pod=\"p\"} 1 now\n", map[telemetry.PodKey]*said{}},
		"a line with escapes":                 {"pod_cpu_usage_seconds_total{namespace=\"n\",pod=\"p\\\"q\"} 1 7\n", map[telemetry.PodKey]*said{}},
		"a broken line harms no other of its": {"pod_cpu_usage_seconds_total{pod=}\npod_cpu_usage_seconds_total{namespace=\"n\",pod=\"p\"} 1 7\n", one(said{cpu: at(1, 7)})},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := parse(strings.NewReader(tc.text), start, true)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.pods, cmp.AllowUnexported(said{}, measured{})); diff != "" {
				t.Errorf("pods (-want +got):\n%s", diff)
			}
		})
	}
}

func TestThePodsOfAnAnswerAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range mostPods + 5 {
		fmt.Fprintf(&text, "pod_cpu_usage_seconds_total{namespace=\"n\",pod=\"p%d\"} 1 7\n", i)
	}
	got, err := parse(strings.NewReader(text.String()+whole), start, true)
	if err != nil || len(got.pods) != mostPods || got.node.cpu.value == 0 {
		t.Errorf("%d pods, %v, %v", len(got.pods), got.node, err)
	}
}

// FuzzPods compares lines that the parser of pods reads with what a parser of the whole
// format makes of them.
func FuzzPods(f *testing.F) {
	f.Add(`namespace="n",pod="p"} 4.5 7`)
	f.Add(`pod="p",x="",namespace="n"} NaN`)
	f.Add(`pod="p", namespace="n", } +Inf -1`)
	f.Fuzz(func(t *testing.T, text string) {
		line := podCPUPrefix
		p := podParser{asked: start, pods: map[telemetry.PodKey]*said{}}
		p.take(append(append([]byte{}, line...), text+"\n"...))
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(strings.NewReader(string(line) + text + "\n"))
		if err != nil || len(families[podCPUFamily].GetMetric()) != 1 {
			return
		}
		for key, pod := range p.pods {
			series := families[podCPUFamily].GetMetric()[0]
			labels := map[string]string{}
			for _, l := range series.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			want := valueOf(series, start)
			if key != (telemetry.PodKey{Namespace: labels["namespace"], Name: labels["pod"]}) || fmt.Sprint(pod.cpu) != fmt.Sprint(want) {
				t.Errorf("%q: %v %v, want %v %v", text, key, pod.cpu, labels, want)
			}
		}
	})
}

// runs is a node with a pod that uses so many cores and bytes.
func runs(pod string, cores, bytes float64) func(*http.Request) (string, error) {
	return func(r *http.Request) (string, error) {
		text, err := fine(r)
		now := time.Now()
		labels := fmt.Sprintf("{namespace=\"team\",pod=%q}", pod)
		return text + fmt.Sprintf("%s%s %g %d\n%s%s %g %d\n", podCPUFamily, labels, cores*float64(now.Unix()%1e6), now.UnixMilli(),
			podMemoryFamily, labels, bytes, now.Add(-time.Second).UnixMilli()), err
	}
}

func key(pod string) telemetry.PodKey { return telemetry.PodKey{Namespace: "team", Name: pod} }

func pods(t *testing.T, s *Source) *telemetry.PodReading {
	t.Helper()
	r, err := s.Pods(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPodsAreReadOnceSomebodyAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, source := newFleet(t, Options{})
		f.change("a", runs("p", 2, 300))
		visit := func() { time.Sleep(15 * time.Second); collect(t, source, named("a")) }
		visit()
		if source.kubelets["a"].pods != nil {
			t.Error("pods are read though nobody asked")
		}
		if r := pods(t, source); len(r.Use)+len(r.Problems) != 0 {
			t.Errorf("the first answer is %+v", r)
		}
		visit()
		if got := pods(t, source).Problems[key("p")]; got != second {
			t.Errorf("after one visit the problem is %q", got)
		}
		visit()
		f.take()
		want := telemetry.PodUse{CPU: 2, Memory: 300, Time: time.Now().Add(-time.Second), Window: 15 * time.Second, Node: "a"}
		if diff := cmp.Diff(want, pods(t, source).Use[key("p")], nearby); diff != "" {
			t.Errorf("use (-want +got):\n%s", diff)
		}
		if asked := f.take(); len(asked) != 0 {
			t.Errorf("for the pods %v were visited", asked)
		}
		for range 21 {
			visit()
		}
		if source.kubelets["a"].pods != nil {
			t.Error("pods are read though nobody has asked for five minutes")
		}
	})
}

func TestPodsThatCannotBeTrusted(t *testing.T) {
	line := func(family, value string) string {
		return fmt.Sprintf("%s{namespace=\"team\",pod=\"p\"} %s\n", family, value)
	}
	for sentence, tc := range map[string]struct{ cpu, memory, want string }{
		"CPU time of NaN":           {line(podCPUFamily, "NaN"), line(podMemoryFamily, "1"), "the kubelet says that NaN s of CPU time were used"},
		"less than none":            {line(podCPUFamily, "-1"), line(podMemoryFamily, "1"), "the kubelet says that -1 s of CPU time were used"},
		"memory of NaN":             {line(podCPUFamily, "5"), line(podMemoryFamily, "NaN"), "the source says NaN, which is no number"},
		"no memory":                 {line(podCPUFamily, "5"), "", "the kubelet's answer has no pod_memory_working_set_bytes of the pod"},
		"no CPU":                    {"", line(podMemoryFamily, "5"), "the kubelet's answer has no pod_cpu_usage_seconds_total of the pod"},
		"values that are all right": {line(podCPUFamily, "5"), line(podMemoryFamily, "1"), ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, source := newFleet(t, Options{})
				f.change("a", func(r *http.Request) (string, error) { return tc.cpu + tc.memory, nil })
				pods(t, source)
				for range 2 {
					collect(t, source, named("a"))
					time.Sleep(15 * time.Second)
				}
				r := pods(t, source)
				if got := r.Problems[key("p")]; got != tc.want || len(r.Use)+len(r.Problems) != 1 {
					t.Errorf("%+v, want %q", r, tc.want)
				}
			})
		})
	}
}

func TestPodsAgeAndAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, source := newFleet(t, Options{MaxWindow: 2 * time.Minute})
		f.change("a", runs("p", 1, 1))
		f.change("b", runs("q", 1, 1))
		visit := func(nodes ...string) *telemetry.PodReading {
			time.Sleep(15 * time.Second)
			collect(t, source, named(nodes...))
			return pods(t, source)
		}
		pods(t, source)
		visit("a", "b")
		if r := visit("a", "b"); len(r.Use) != 2 {
			t.Fatalf("%+v", r)
		}
		f.change("a", refuse)
		if r := visit("a", "b"); len(r.Use) != 2 || time.Since(r.Use[key("p")].Time) != 16*time.Second {
			t.Errorf("a node that cannot be visited: %+v", r)
		}
		for range 8 {
			visit("a", "b")
		}
		r := pods(t, source)
		if want := "the kubelet was last heard of the pod 2m16s ago"; len(r.Use) != 1 || r.Problems[key("p")] != want {
			t.Errorf("after two minutes: %+v", r)
		}
		f.change("b", runs("p", 1, 1)) // it moves, and q is gone
		visit("a", "b")
		if r = visit("a", "b"); len(r.Use) != 1 || r.Use[key("p")].Node != "b" || len(r.Problems) != 0 {
			t.Errorf("after the pod moved: %+v", r)
		}
		f.change("a", nil)
		if r = visit("a"); len(r.Use) != 0 {
			t.Errorf("after its node is gone: %+v", r)
		}
	})
}

// BenchmarkPods is about the memory and the answer for 100,000 pods on 1,000 nodes.
func BenchmarkPods(b *testing.B) {
	source, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	before := heap()
	for i := range 1000 {
		k := &kubelet{}
		for visit := range 2 {
			k.takePods(manyPods(i, time.Now().Add(time.Duration(visit-2)*15*time.Second)), time.Minute)
		}
		source.kubelets[fmt.Sprint(i)] = k
	}
	held := heap() - before
	b.ReportAllocs()
	for b.Loop() {
		if r, _ := source.Pods(b.Context()); len(r.Use) != 100_000 {
			b.Fatal(len(r.Use))
		}
	}
	b.ReportMetric(float64(held)/100_000, "held-B/pod")
}

func manyPods(node int, at time.Time) map[telemetry.PodKey]*said {
	out := map[telemetry.PodKey]*said{}
	for i := range 100 {
		name := fmt.Sprintf("deployment-5d59d67564-%05d", 100*node+i)
		out[telemetry.PodKey{Namespace: strings.Clone("namespace"), Name: name}] = &said{measured{value: float64(at.Unix()), at: at}, measured{value: 1, at: at}}
	}
	return out
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
