package prometheus

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// measures makes the server answer the default queries of pods, with ages.
func (s *server) measures(cpu, memory, cpuAges, memoryAges []string) {
	s.set(PodCPU, cpu...)
	s.set(PodMemory, memory...)
	s.agedBy(podIdentity.labels, "pod_cpu_usage_seconds_total", cpuAges...)
	s.agedBy(podIdentity.labels, "pod_memory_working_set_bytes", memoryAges...)
}

// podValues returns cores, bytes, age when the test began and window of each pod, or its
// problem.
func (s *server) podValues(r *telemetry.PodReading) map[string]string {
	got := map[string]string{}
	for key, u := range r.Use {
		got[podText(key)] = fmt.Sprintf("%v %v %v %v", u.CPU, u.Memory, s.began.Sub(u.Time).Round(time.Second), u.Window)
	}
	for key, problem := range r.Problems {
		got[podText(key)] = problem
	}
	return got
}

func TestWhatPodsUse(t *testing.T) {
	for sentence, tc := range map[string]struct {
		cpu, memory, cpuAges, memoryAges []string
		want                             map[string]string
	}{
		"a pod is as old as the older of its values": {
			[]string{"namespace=n,pod=p 0.5", "namespace=n,pod=q 1"}, []string{"namespace=n,pod=p 100", "namespace=n,pod=q 200"},
			[]string{"namespace=n,pod=p 30s", "namespace=n,pod=q 5s"}, []string{"namespace=n,pod=p 10s", "namespace=n,pod=q 60s"},
			map[string]string{"n/p": "0.5 100 30s 2m0s", "n/q": "1 200 1m0s 2m0s"},
		},
		"one of a name in each namespace": {
			[]string{"namespace=n,pod=p 1", "namespace=m,pod=p 2"}, []string{"namespace=n,pod=p 10", "namespace=m,pod=p 20"},
			[]string{"namespace=n,pod=p 1s", "namespace=m,pod=p 1s"}, []string{"namespace=n,pod=p 1s", "namespace=m,pod=p 1s"},
			map[string]string{"n/p": "1 10 1s 2m0s", "m/p": "2 20 1s 2m0s"},
		},
		"labels that a scrape renamed": {
			[]string{"namespace=kube-system,pod=p,exported_namespace=n 1"}, []string{"namespace=kube-system,pod=agent,exported_namespace=n,exported_pod=p 10"},
			[]string{"namespace=kube-system,pod=p,exported_namespace=n 1s"}, []string{"namespace=kube-system,pod=agent,exported_namespace=n,exported_pod=p 1s"},
			map[string]string{"n/p": "1 10 1s 2m0s"},
		},
		"a value is missing": {
			[]string{"namespace=n,pod=p 1"}, []string{"namespace=n,pod=q 10"},
			[]string{"namespace=n,pod=p 1s"}, []string{"namespace=n,pod=q 1s"},
			map[string]string{"n/p": "the server has no memory use of the pod", "n/q": "the server has no CPU use of the pod"},
		},
		"series of no pod are left out": {
			[]string{"namespace=n 7", "namespace=n,pod=p 1"}, []string{"pod=p 7", "namespace=n,pod=p 10"},
			[]string{"namespace=n 1s", "namespace=n,pod=p 1s"}, []string{"pod=p 1s", "namespace=n,pod=p 1s"},
			map[string]string{"n/p": "1 10 1s 2m0s"},
		},
		"nonsense stays with its pod": {
			[]string{"namespace=n,pod=nan NaN", "namespace=n,pod=neg -1", "namespace=n,pod=p 1", "namespace=n,pod=old 1"},
			[]string{"namespace=n,pod=nan 1", "namespace=n,pod=neg 1", "namespace=n,pod=p 10", "namespace=n,pod=old 1"},
			[]string{"namespace=n,pod=nan 1s", "namespace=n,pod=neg 1s", "namespace=n,pod=p 1s"},
			[]string{"namespace=n,pod=nan 1s", "namespace=n,pod=neg 1s", "namespace=n,pod=p 1s", "namespace=n,pod=old 1s"},
			map[string]string{
				"n/nan": `the query "` + PodCPU + `": it gives NaN, which is no number`,
				"n/neg": "the source says a negative use (-1)", "n/p": "1 10 1s 2m0s",
				"n/old": `the query "` + PodCPU + `": nobody can say how old its value of this pod is: what it reads has ended, or an ageQuery has no series of it`,
			},
		},
		"two series for one pod": {
			[]string{"namespace=n,pod=p 1", "namespace=x,exported_namespace=n,pod=p 2"}, []string{"namespace=n,pod=p 1"},
			[]string{"namespace=n,pod=p 1s"}, []string{"namespace=n,pod=p 1s"},
			map[string]string{"n/p": `the query "` + PodCPU + `": it gives 2 series for one pod, such as {exported_namespace="n", namespace="x", pod="p"} and {namespace="n", pod="p"}; aggregate them, or say how to combine them`},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := serve(t)
			s.measures(tc.cpu, tc.memory, tc.cpuAges, tc.memoryAges)
			r, err := source(t, Options{URL: s.URL}).Pods(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, s.podValues(r)); diff != "" {
				t.Errorf("pods (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPodsAreAskedWithTheMatchersOfTheSource(t *testing.T) {
	for sentence, tc := range map[string]struct {
		options Options
		want    []string
	}{
		"by default": {Options{Matchers: []string{`cluster="eu"`}}, []string{
			strings.Replace(PodMemory, "_bytes", `_bytes{cluster="eu"}`, 1), strings.Replace(PodCPU, "_total", `_total{cluster="eu"}`, 1),
			`min by (exported_namespace, exported_pod, namespace, pod) (max by (exported_namespace, exported_pod, instance, job, namespace, pod) (timestamp(pod_cpu_usage_seconds_total{cluster="eu"})))`,
			`min by (exported_namespace, exported_pod, namespace, pod) (max by (exported_namespace, exported_pod, instance, job, namespace, pod) (timestamp(pod_memory_working_set_bytes{cluster="eu"})))`,
		}},
		"those of the operator": {Options{PodCPU: "c", PodMemory: "m", Matchers: []string{`cluster="eu"`}}, []string{
			`c{cluster="eu"}`, `m{cluster="eu"}`,
			`min by (exported_namespace, exported_pod, namespace, pod) (max by (exported_namespace, exported_pod, instance, job, namespace, pod) (timestamp(c{cluster="eu"})))`,
			`min by (exported_namespace, exported_pod, namespace, pod) (max by (exported_namespace, exported_pod, instance, job, namespace, pod) (timestamp(m{cluster="eu"})))`,
		}},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := serve(t)
			for _, query := range tc.want {
				s.set(query, "namespace=n,pod=p "+unix(time.Now()))
			}
			tc.options.URL = s.URL
			if r, err := source(t, tc.options).Pods(t.Context()); err != nil || len(r.Use) != 1 {
				t.Errorf("%+v, %v", r, err)
			}
			slices.Sort(tc.want)
			if diff := cmp.Diff(tc.want, s.queries()); diff != "" {
				t.Errorf("queries (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPodsThatCannotBeReadSayWhichQueryFailed(t *testing.T) {
	const pod = "namespace=n,pod=p"
	for sentence, tc := range map[string]struct {
		options Options
		server  func(*server)
		want    string
	}{
		"nobody scrapes the kubelets": {Options{}, func(*server) {}, `the query "` + PodCPU + `": it gives no series, so that no pod is measured; have /metrics/resource of the kubelets scraped, or write podCPU and podMemory under queries of the source`},
		"the second query alone fails": {Options{PodCPU: "c", PodMemory: "m"}, func(s *server) {
			s.set("c", pod+" 1")
			s.agedBy(podIdentity.labels, "c", pod+" 1s")
			s.says("m", 422, "application/json", `{"status":"error","errorType":"execution","error":"too many samples"}`)
		}, `the query "m": the server refuses: execution: too many samples`},
		"its ages fail": {Options{PodCPU: "c", PodMemory: "m"}, func(s *server) {
			s.set("c", pod+" 1")
			s.says(timing{selector: "c"}.query(podIdentity.labels...), 503, "text/plain", "")
		}, `the query "c": asking for the ages of c: the server answers 503 Service Unavailable`},
		"series without a pod": {Options{PodCPU: "c"}, func(s *server) { s.set("c", "node=a 1") },
			`the query "c": its series have no labels namespace and pod; keep both in the query; the first one is {node="a"}`},
		"a query that does not parse":  {Options{PodCPU: "c("}, func(*server) {}, `the query "c(": it does not parse: unclosed left parenthesis`},
		"a query that cannot be timed": {Options{PodCPU: "vector(1)"}, func(*server) {}, `the query "vector(1)": the age of its values cannot be derived: it reads no series, so that nobody can say how old its values are; write another query under queries of the source`},
		"an answer that is too large":  {Options{PodCPU: "c", MaxBytes: 100}, func(s *server) { s.set("c", pod+" 1", pod+"2 1", pod+"3 1") }, `the query "c": the answer is larger than 100 bytes; aggregate more, or let the operator raise maxBytes`},
		"a server that says no to all": {Options{}, func(s *server) { s.says("time()", 401, "text/plain", "") }, "the server does not accept our credentials (401)"},
		"ages that belong to something": {Options{PodCPU: "c"}, func(s *server) {
			s.set("c", pod+" 1")
			s.agedBy([]string{"namespace", "pod", "exported_namespace", "exported_pod"}, "c", "node=a 1s")
		}, `the query "c": the age of its values cannot be derived: the series of c have no label namespace or pod or exported_namespace or exported_pod, by which the values are told apart; write another query under queries of the source`},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := serve(t)
			tc.server(s)
			tc.options.URL = s.URL
			r, err := source(t, tc.options).Pods(t.Context())
			if want := s.URL + ": " + tc.want; err == nil || err.Error() != want {
				t.Errorf("%+v\n%v\nwant\n%s", r, err, want)
			}
		})
	}
}

// TestThePodsOfARangeThatSlidesAge is about a pod of which no new samples come while
// the rate over the old ones changes.
func TestThePodsOfARangeThatSlidesAge(t *testing.T) {
	s := serve(t)
	const pod = "namespace=n,pod=p"
	src := source(t, Options{URL: s.URL})
	at := time.Now().Add(-30 * time.Second)
	for i, cpu := range []string{" 1", " 0.4"} {
		s.measures([]string{pod + cpu}, []string{pod + " 10"}, nil, []string{pod + " 1s"})
		s.set(timing{selector: "pod_cpu_usage_seconds_total"}.query(podIdentity.labels...), pod+" "+unix(at))
		r, err := src.Pods(t.Context())
		if err != nil || r.Use[telemetry.PodKey{Namespace: "n", Name: "p"}].CPU != 1 {
			t.Errorf("reading %d: %+v, %v", i, r, err)
		}
	}
}

// TestPodsAreTimedByWhateverSeriesAndValuesShare is about how it is with nodes too:
// group_left may bring the labels by which values are told apart from other series.
func TestPodsAreTimedByWhateverSeriesAndValuesShare(t *testing.T) {
	const query = `x * on (instance, id) group_left (namespace, pod) y`
	s := serve(t)
	s.set(query, "namespace=n,pod=p,instance=i 1", "namespace=n,pod=q,instance=k 2")
	s.agedBy(podIdentity.labels, "x", " 5s")
	s.aged("instance", "x", "instance=i 5s", "instance=k 7s")
	s.agedBy(podIdentity.labels, "y", "namespace=n,pod=p 1s", "namespace=n,pod=q 1s")
	s.set("m", "namespace=n,pod=p 10", "namespace=n,pod=q 20")
	s.agedBy(podIdentity.labels, "m", "namespace=n,pod=p 1s", "namespace=n,pod=q 1s")
	r, err := source(t, Options{URL: s.URL, PodCPU: query, PodMemory: "m"}).Pods(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"n/p": "1 10 5s 0s", "n/q": "2 20 7s 0s"}, s.podValues(r)); diff != "" {
		t.Errorf("pods (-want +got):\n%s", diff)
	}
}

func TestThePodsOfARangeThatMayHaveSlidBeforeWait(t *testing.T) {
	s := serve(t)
	const pod = "namespace=n,pod=p"
	src := source(t, Options{URL: s.URL})
	for _, tc := range []struct{ age, want string }{
		{"70s", `the query "` + PodCPU + `": the newest sample in its range was over 1m0s old when this pod was first read, so that the value may have slid; a newer one is waited for`},
		{"5s", "1 10 5s 2m0s"},
	} {
		s.measures([]string{pod + " 1"}, []string{pod + " 10"}, []string{pod + " " + tc.age}, []string{pod + " 1s"})
		r, err := src.Pods(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"n/p": tc.want}, s.podValues(r)); diff != "" {
			t.Errorf("with a sample of %s ago (-want +got):\n%s", tc.age, diff)
		}
	}
}
