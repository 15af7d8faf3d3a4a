package metricsapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"
	"k8s.io/metrics/pkg/client/clientset/versioned/scheme"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// serve starts an API server made of one handler and returns a Source for it.
func serve(t *testing.T, handler http.HandlerFunc) *Source {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	source, err := newSource(&rest.Config{Host: server.URL}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// answer is a handler that always says the same.
func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// kubernetesJSON answers with a list of items that are written in JSON.
func kubernetesJSON(kind, items string) http.HandlerFunc {
	return answer(http.StatusOK, runtime.ContentTypeJSON, `{"kind":"`+kind+`","apiVersion":"metrics.k8s.io/v1beta1","metadata":{},"items":[`+items+`]}`)
}

func nodes(names ...string) telemetry.Request {
	var want telemetry.Request
	for _, name := range names {
		want.Nodes = append(want.Nodes, telemetry.Node{Name: name})
	}
	return want
}

func cpuOf(node string) telemetry.Key {
	return telemetry.Key{Metric: telemetry.UsedCPU, Node: node}
}

func memoryOf(node string) telemetry.Key {
	return telemetry.Key{Metric: telemetry.UsedMemory, Node: node}
}

var measuredAt = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

const (
	goodNode = `{"metadata":{"name":"a"},"timestamp":"2026-11-23T10:00:00Z","window":"10.5s","usage":{"cpu":"1500000001n","memory":"2Gi"}}`
	cpuLess  = `{"metadata":{"name":"b"},"timestamp":"2026-11-23T10:00:00Z","window":"10s","usage":{"memory":"1Ki"}}`
	noUsage  = `{"metadata":{"name":"c"},"timestamp":"2026-11-23T10:00:00Z","window":"10s"}`
)

func TestNodesAreReadWithTheirOwnTimeAndWindow(t *testing.T) {
	absent := "metrics.k8s.io has no metrics of this node"
	good := map[telemetry.Key]telemetry.Sample{
		cpuOf("a"):    {Value: 1.500000001, Time: measuredAt, Window: 10500 * time.Millisecond},
		memoryOf("a"): {Value: 2 << 30, Time: measuredAt},
	}
	for sentence, tc := range map[string]struct {
		items string
		want  telemetry.Request
		read  telemetry.Reading
	}{
		"every wanted node is listed": {
			items: goodNode, want: nodes("a"),
			read: telemetry.Reading{Samples: good, Problems: map[telemetry.Key]string{}},
		},
		"a node that nobody asked for": {
			items: goodNode,
			read:  telemetry.Reading{Samples: good, Problems: map[telemetry.Key]string{}},
		},
		"a wanted node is not listed": {
			items: goodNode, want: nodes("a", "z"),
			read: telemetry.Reading{Samples: good, Missed: map[string]string{"z": absent}},
		},
		"the list is empty": {
			want: nodes("a"),
			read: telemetry.Reading{Missed: map[string]string{"a": absent}},
		},
		"one node has no CPU and one nothing at all": {
			items: cpuLess + "," + noUsage, want: nodes("b", "c"),
			read: telemetry.Reading{
				Samples: map[telemetry.Key]telemetry.Sample{memoryOf("b"): {Value: 1024, Time: measuredAt}},
				Problems: map[telemetry.Key]string{
					cpuOf("b"):    "metrics.k8s.io gives no cpu use",
					cpuOf("c"):    "metrics.k8s.io gives no cpu use",
					memoryOf("c"): "metrics.k8s.io gives no memory use",
				},
			},
		},
		"a node is listed twice": {
			items: goodNode + "," + goodNode, want: nodes("a"),
			read: telemetry.Reading{Samples: map[telemetry.Key]telemetry.Sample{}, Problems: map[telemetry.Key]string{
				cpuOf("a"):    "metrics.k8s.io lists this node more than once",
				memoryOf("a"): "metrics.k8s.io lists this node more than once",
			}},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := serve(t, kubernetesJSON("NodeMetricsList", tc.items)).Collect(t.Context(), tc.want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tc.read, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("reading (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPodsAreAddedUpFromTheirContainers(t *testing.T) {
	source := serve(t, kubernetesJSON("PodMetricsList", `
		{"metadata":{"namespace":"n","name":"two"},"timestamp":"2026-11-23T10:00:00Z","window":"10s","containers":[
			{"name":"x","usage":{"cpu":"250m","memory":"1Mi"}},{"name":"y","usage":{"cpu":"1","memory":"3Mi"}}]},
		{"metadata":{"namespace":"n","name":"none"},"timestamp":"2026-11-23T10:00:00Z","window":"10s","containers":[]},
		{"metadata":{"namespace":"n","name":"half"},"timestamp":"2026-11-23T10:00:00Z","window":"10s","containers":[
			{"name":"x","usage":{"cpu":"250m"}}]},
		{"metadata":{"namespace":"n","name":"negative"},"timestamp":"2026-11-23T10:00:00Z","window":"10s","containers":[
			{"name":"x","usage":{"cpu":"1","memory":"-1"}}]}`))
	source.now = func() time.Time { return measuredAt }
	got, err := source.Pods(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := &telemetry.PodReading{
		Use: map[telemetry.PodKey]telemetry.PodUse{
			{Namespace: "n", Name: "two"}: {CPU: 1.25, Memory: 4 << 20, Time: measuredAt, Window: 10 * time.Second},
		},
		Problems: map[telemetry.PodKey]string{
			{Namespace: "n", Name: "none"}:     "metrics.k8s.io gives no container of this pod",
			{Namespace: "n", Name: "half"}:     "metrics.k8s.io gives no memory use of container x",
			{Namespace: "n", Name: "negative"}: "the source says a negative use (-1)",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reading (-want +got):\n%s", diff)
	}
}

func TestAFailedListSaysWhatItMeans(t *testing.T) {
	status := func(code int, reason, message string) http.HandlerFunc {
		return answer(code, runtime.ContentTypeJSON, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"`+reason+`","message":"`+message+`"}`)
	}
	for sentence, tc := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"nobody serves the API":           {answer(404, "text/plain", "404 page not found"), "the cluster serves no metrics.k8s.io/v1beta1; install metrics-server or configure another source: the server could not find the requested resource"},
		"the role is absent":              {status(403, "Forbidden", "nodes.metrics.k8s.io is forbidden"), "the scheduler's account may not list nodes in metrics.k8s.io; give it the role of our manifests: nodes.metrics.k8s.io is forbidden"},
		"metrics-server is down":          {answer(503, "text/plain", "service unavailable"), "the API server cannot reach the server of metrics.k8s.io; see `kubectl get apiservice v1beta1.metrics.k8s.io`: "},
		"an error of the server":          {status(500, "InternalError", "etcd sneezed"), "listing nodes in metrics.k8s.io: etcd sneezed"},
		"a page for people":               {answer(200, "text/html", "<html>hello</html>"), "metrics.k8s.io did not answer in the format of a Kubernetes API; something else may be listening there: "},
		"a page that pretends to be JSON": {answer(200, "application/json", "<html>hello</html>"), "metrics.k8s.io did not answer in the format of a Kubernetes API; something else may be listening there: "},
		"JSON cut short":                  {answer(200, "application/json", `{"kind":"NodeMetricsList","apiVersion":"metrics.k8s.io/v1beta1","items":[`), "metrics.k8s.io did not answer in the format of a Kubernetes API; something else may be listening there: "},
		"NaN for a quantity":              {kubernetesJSON("NodeMetricsList", strings.Replace(goodNode, "2Gi", "NaN", 1)), "metrics.k8s.io did not answer in the format of a Kubernetes API; something else may be listening there: "},
	} {
		t.Run(sentence, func(t *testing.T) {
			reading, err := serve(t, tc.handler).Collect(t.Context(), nodes("a"))
			if err == nil {
				t.Fatalf("no error, but %+v", reading)
			}
			if !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("error\n%s\ndoes not begin with\n%s", err, tc.want)
			}
		})
	}
}

func TestAServerThatHangsCostsNoMoreThanTheDeadline(t *testing.T) {
	source := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := source.Collect(ctx, nodes("a"))
	if err == nil || !strings.HasPrefix(err.Error(), "metrics.k8s.io did not answer in time: ") {
		t.Errorf("error: %v", err)
	}
}

func TestOurTokenDoesNotFollowARedirection(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a stranger was asked with the authorization %q", r.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	source, err := New(&rest.Config{Host: server.URL, BearerToken: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = source.Collect(t.Context(), nodes("a"))
	if !errors.Is(err, telemetry.ErrRedirect) {
		t.Errorf("error: %v", err)
	}
}

func TestAPageOfAnErrorIsNotRepeatedAtLength(t *testing.T) {
	_, err := serve(t, answer(500, "text/html", "<html>"+strings.Repeat("sorry ", 100_000))).Collect(t.Context(), nodes("a"))
	if err == nil || len(err.Error()) > 4<<10 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
}

func TestAServerThatIsDownIsNamed(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	source, err := New(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	_, err = source.Collect(t.Context(), nodes("a"))
	if err == nil || !strings.HasPrefix(err.Error(), "listing nodes in metrics.k8s.io: Get ") {
		t.Errorf("error: %v", err)
	}
}

func TestAnAnswerWithoutEndIsCutOff(t *testing.T) {
	source := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", runtime.ContentTypeJSON)
		chunk := []byte(strings.Repeat(" ", 1<<16))
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	_, err := source.Collect(t.Context(), nodes("a"))
	if err == nil || err.Error() != "the list of nodes in metrics.k8s.io is larger than 1 MiB, which no cluster needs" {
		t.Errorf("error: %v", err)
	}
}

func TestProtobufIsPreferredAndRead(t *testing.T) {
	list := &v1beta1.NodeMetricsList{Items: []v1beta1.NodeMetrics{{}}}
	list.Items[0].Name = "a"
	info, found := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), runtime.ContentTypeProtobuf)
	if !found {
		t.Fatal("the scheme knows no protobuf")
	}
	source := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if accept := r.Header.Get("Accept"); !strings.HasPrefix(accept, runtime.ContentTypeProtobuf+",") {
			t.Errorf("Accept: %s", accept)
		}
		w.Header().Set("Content-Type", runtime.ContentTypeProtobuf)
		if err := scheme.Codecs.EncoderForVersion(info.Serializer, v1beta1.SchemeGroupVersion).Encode(list, w); err != nil {
			t.Error(err)
		}
	})
	got, err := source.Collect(t.Context(), nodes("a"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Problems) != 2 || got.Problems[cpuOf("a")] != "metrics.k8s.io gives no cpu use" {
		t.Errorf("reading: %+v", got)
	}
}
