package custommetrics

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var measuredAt = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// groups is what discovery says of an API server with an adapter.
const groups = `{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"custom.metrics.k8s.io","versions":[{"groupVersion":"custom.metrics.k8s.io/v1beta2","version":"v1beta2"}],"preferredVersion":{"groupVersion":"custom.metrics.k8s.io/v1beta2","version":"v1beta2"}}]}`

// adapter is an API server whose answers to metrics tests set.
type adapter struct {
	mu    sync.Mutex
	asked []string
	say   http.HandlerFunc
}

func (a *adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if !strings.HasPrefix(r.URL.Path, "/apis/custom.metrics.k8s.io/v1beta2/") {
		_, _ = io.WriteString(w, groups)
		return
	}
	a.mu.Lock()
	a.asked = append(a.asked, r.URL.Path+"?"+r.URL.Query().Get("metricLabelSelector"))
	a.mu.Unlock()
	a.say(w, r)
}

func serve(t *testing.T, o Options, say http.HandlerFunc) (*Source, *adapter) {
	t.Helper()
	a := &adapter{say: say}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	source, err := New(&rest.Config{Host: server.URL}, o)
	if err != nil {
		t.Fatal(err)
	}
	return source, a
}

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func values(items ...string) http.HandlerFunc {
	return answering(http.StatusOK, `{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","metadata":{},"items":[`+strings.Join(items, ",")+`]}`)
}

func valueOf(node, value, more string) string {
	return `{"describedObject":{"kind":"Node","name":"` + node + `","apiVersion":"/v1"},"metric":{"name":"heat"},"timestamp":"2026-11-23T10:00:00Z","value":"` + value + `"` + more + `}`
}

func heat(combine telemetry.Combine) telemetry.Request {
	return telemetry.Request{Metrics: []telemetry.Metric{{Name: "gpu-heat", Custom: &telemetry.CustomMetric{Name: "heat"}, Combine: combine}}}
}

func key(node string) telemetry.Key { return telemetry.Key{Metric: "gpu-heat", Node: node} }

func TestValuesOfNodes(t *testing.T) {
	at := func(value float64) telemetry.Sample { return telemetry.Sample{Value: value, Time: measuredAt} }
	twice := `custom.metrics.k8s.io has 2 values of heat for this node, and "combine" does not say what they make`
	for sentence, tc := range map[string]struct {
		say  http.HandlerFunc
		how  telemetry.Combine
		want telemetry.Reading
	}{
		"each node has one": {values(valueOf("a", "71", ""), valueOf("b", "-1500m", "")), telemetry.CombineNone,
			telemetry.Reading{Samples: map[telemetry.Key]telemetry.Sample{key("a"): at(71), key("b"): at(-1.5)}}},
		"the API says over which time": {values(valueOf("a", "71", `,"windowSeconds":60`)), telemetry.CombineNone,
			telemetry.Reading{Samples: map[telemetry.Key]telemetry.Sample{key("a"): {Value: 71, Time: measuredAt, Window: time.Minute}}}},
		"a node has two": {values(valueOf("a", "1", ""), valueOf("a", "2", ""), valueOf("b", "3", "")), telemetry.CombineNone,
			telemetry.Reading{Samples: map[telemetry.Key]telemetry.Sample{key("b"): at(3)}, Problems: map[telemetry.Key]string{key("a"): twice}}},
		"a node has two and the greater counts": {values(valueOf("a", "1", ""), valueOf("a", "2", "")), telemetry.CombineMax,
			telemetry.Reading{Samples: map[telemetry.Key]telemetry.Sample{key("a"): at(2)}}},
		"no node has any": {values(), telemetry.CombineNone, telemetry.Reading{}},
	} {
		t.Run(sentence, func(t *testing.T) {
			source, _ := serve(t, Options{}, tc.say)
			got, err := source.Collect(t.Context(), heat(tc.how))
			if err != nil {
				t.Fatal(err)
			}
			tc.want.Metrics = []string{"gpu-heat"}
			if diff := cmp.Diff(&tc.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("reading (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatCanGoWrong(t *testing.T) {
	status := func(code int, reason string) http.HandlerFunc {
		return answering(code, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"`+reason+`","message":"so it is"}`)
	}
	const late = "custom.metrics.k8s.io did not answer in time for heat: "
	for sentence, tc := range map[string]struct {
		say  http.HandlerFunc
		want string
	}{
		"nobody knows the metric":   {status(404, "NotFound"), "custom.metrics.k8s.io has no metric heat of nodes; see what its adapter serves: "},
		"the role is absent":        {status(403, "Forbidden"), "the scheduler's account may not get nodes/heat in custom.metrics.k8s.io; give it that right: "},
		"the adapter is down":       {status(503, "ServiceUnavailable"), "the API server cannot reach the adapter of custom.metrics.k8s.io; "},
		"it answers HTML":           {answering(200, "<html>welcome</html>"), "reading heat of custom.metrics.k8s.io: "},
		"it answers without an end": {answering(200, strings.Repeat("x", 1<<21)), "the values of heat in custom.metrics.k8s.io are larger than 1 MiB"},
		"it sends our token away": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere/", http.StatusFound)
		}, "the answer is a redirection, and our credentials are for the API server alone"},
		"it does not answer":          {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, late},
		"it answers with other kinds": {answering(200, `{"kind":"NodeList","apiVersion":"v1","items":[]}`), "reading heat of custom.metrics.k8s.io: "},
	} {
		t.Run(sentence, func(t *testing.T) {
			o := Options{MaxBytes: 1 << 20}
			if tc.want == late {
				o.Timeout = 200 * time.Millisecond
			}
			source, _ := serve(t, o, tc.say)
			_, err := source.Collect(t.Context(), heat(telemetry.CombineNone))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("the error is %v, want %q in it", err, tc.want)
			}
		})
	}
}

func TestEachMetricFailsAloneAndIsAskedOnce(t *testing.T) {
	source, a := serve(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/bad") {
			answering(500, "no")(w, r)
			return
		}
		values(valueOf("a", "71", ""))(w, r)
	})
	got, err := source.Collect(t.Context(), telemetry.Request{Metrics: []telemetry.Metric{
		{Name: "good", Custom: &telemetry.CustomMetric{Name: "heat", Selector: labels.SelectorFromSet(labels.Set{"card": "0"})}},
		{Name: "bad", Custom: &telemetry.CustomMetric{Name: "bad"}},
		{Name: telemetry.UsedCPU},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Samples) != 1 || got.Faults["good"] != "" || got.Faults["bad"] == "" || !strings.Contains(got.Faults[telemetry.UsedCPU], errNotCustom.Error()) {
		t.Errorf("the reading is %+v", got)
	}
	want := []string{"/apis/custom.metrics.k8s.io/v1beta2/nodes/*/bad?", "/apis/custom.metrics.k8s.io/v1beta2/nodes/*/heat?card=0"}
	if diff := cmp.Diff(want, a.asked, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestAnAPIThatIsNotThere(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"kind":"APIGroupList","apiVersion":"v1","groups":[]}`)
	}))
	t.Cleanup(server.Close)
	source, err := New(&rest.Config{Host: server.URL}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.Collect(t.Context(), heat(telemetry.CombineNone)); err == nil || !strings.Contains(err.Error(), "custom.metrics.k8s.io") {
		t.Errorf("the error is %v", err)
	}
}
