package standin

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
	clienttesting "k8s.io/client-go/testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

const line = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: TelemetryRules
rules:
- {name: line, when: {metric: memory, above: 90%}, actions: {block: {}}}
`

func node(name string) *corev1.Node {
	has := corev1.ResourceList{"cpu": resource.MustParse("4"), "memory": resource.MustParse("10Gi"), "pods": resource.MustParse("10")}
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.NodeStatus{Allocatable: has, Capacity: has}}
}

func cluster3() []runtime.Object {
	return []runtime.Object{
		node("full"), node("nearly"), node("idle"),
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}},
		&corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "1"},
			Spec:       corev1.PodSpec{SchedulerName: "telemetry-scheduler", Containers: []corev1.Container{{Name: "main", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"memory": resource.MustParse("1Gi")}}}}},
		},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: settings.DefaultNamespace, Name: "rules", Labels: map[string]string{"telemetry-scheduler.io/rules": "true"}}, Data: map[string]string{"line.yaml": line}},
	}
}

// metrics is a metrics API that knows the use of memory, in GiB, by node.
func metrics(t *testing.T, gib map[string]float64) *rest.Config {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/nodes") {
			out.WriteHeader(http.StatusNotFound)
			return
		}
		var items []string
		for name, used := range gib {
			items = append(items, fmt.Sprintf(`{"metadata": {"name": %q}, "timestamp": %q, "window": "10s", "usage": {"cpu": "1", "memory": "%.0f"}}`, name, time.Now().Format(time.RFC3339), used*(1<<30)))
		}
		out.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(out, `{"kind": "NodeMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "items": [%s]}`, strings.Join(items, ","))
	}))
	t.Cleanup(server.Close)
	return &rest.Config{Host: server.URL}
}

// asked starts a stand-in and asks it for a path.
func asked(t *testing.T, o Options, path string, query url.Values, into any) error {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	inside, err := stand(ctx, o)
	if err != nil {
		return err
	}
	return inside.Get(ctx, path, query, into)
}

func TestItAnswersAsAReplicaWould(t *testing.T) {
	var warned []string
	var said v1alpha1.PodVerdict
	o := Options{
		Client: fake.NewClientset(cluster3()...), Config: metrics(t, map[string]float64{"full": 9.5, "nearly": 8.5, "idle": 1}),
		Settings: settings.Default(), Release: "telemetry-scheduler", Patience: time.Minute, Warn: func(text string) { warned = append(warned, text) },
	}
	if err := asked(t, o, "/pods/shop/web", url.Values{"nodes": {"all"}}, &said); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range said.Nodes {
		got = append(got, n.Node+" "+n.Verdict)
	}
	if want := []string{"full Broke", "idle Takes", "nearly WouldBreak"}; !slices.Equal(got, want) {
		t.Errorf("the nodes say %v, want %v: %+v", got, want, said)
	}
	if len(warned) > 0 {
		t.Errorf("it warns %v", warned)
	}
	if writes := writesOf(o.Client.(*fake.Clientset)); len(writes) > 0 {
		t.Errorf("it writes: %v", writes)
	}
}

func writesOf(client *fake.Clientset) (out []string) {
	for _, a := range client.Actions() {
		if !slices.Contains([]string{"get", "list", "watch"}, a.GetVerb()) {
			out = append(out, a.GetVerb()+" "+a.GetResource().Resource)
		}
	}
	return out
}

func TestARightThatIsMissingIsSaidAtOnce(t *testing.T) {
	client := fake.NewClientset(cluster3()...)
	client.PrependReactor("list", "pods", func(a clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(a.GetResource().GroupResource(), "", fmt.Errorf("no right"))
	})
	_, err := Start(t.Context(), Options{Client: client, Settings: settings.Default(), Release: "telemetry-scheduler", Patience: time.Minute})
	if !apierrors.IsForbidden(err) {
		t.Errorf("got %v", err)
	}
}

func TestASourceThatCannotBeReadFromHereIsSaid(t *testing.T) {
	s, err := settings.Read("config.yaml", []byte("kind: KubeSchedulerConfiguration\nleaderElection: {resourceNamespace: telemetry-scheduler}\nprofiles:\n- pluginConfig:\n  - {name: Telemetry, args: {builtin: metrics, sources: [{name: metrics, type: Kubelet}, {name: power, type: PowerMeters}]}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var warned []string
	var list v1alpha1.SourceList
	objects := append(cluster3(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: settings.DefaultNamespace, Name: "watts", Labels: map[string]string{"telemetry-scheduler.io/rules": "true"}},
		Data:       map[string]string{"w.yaml": "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nmetrics: [{name: watts, source: power, unit: watts, customMetric: {name: watts}}]\npreferences: [{name: cool, metric: watts, prefer: Low}]\n"},
	})
	o := Options{
		Client: fake.NewClientset(objects...), Config: metrics(t, map[string]float64{"full": 9.5}),
		Settings: s, Release: "telemetry-scheduler", Patience: time.Minute, Warn: func(text string) { warned = append(warned, text) },
	}
	if err := asked(t, o, "/sources", nil, &list); err != nil {
		t.Fatal(err)
	}
	if len(warned) != 2 || !strings.Contains(warned[0], "the metrics API, which tells what they say, is read") || !strings.Contains(warned[1], "only the scheduler itself knows sources of the type PowerMeters") {
		t.Errorf("it warns %q", warned)
	}
	if len(list.Items) != 2 || !list.Items[0].Up {
		t.Errorf("the sources are %+v", list.Items)
	}
	o.URLs = map[string]string{"nobody": "http://x"}
	if _, err := Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), `no source called "nobody"`) {
		t.Errorf("got %v", err)
	}
}

func TestWhatASourceThatIsDownKnowsIsNotTakenForFree(t *testing.T) {
	s, err := settings.Read("config.yaml", []byte("kind: KubeSchedulerConfiguration\nleaderElection: {resourceNamespace: telemetry-scheduler}\nprofiles:\n- pluginConfig:\n  - {name: Telemetry, args: {builtin: infra, sources: [{name: infra, type: Prometheus, url: 'http://127.0.0.1:1'}]}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var warned []string
	o := Options{
		Client: fake.NewClientset(cluster3()...), Config: metrics(t, nil), Settings: s, Release: "telemetry-scheduler", Patience: time.Minute,
		Warn: func(text string) { warned = append(warned, text) },
	}
	here, err := stand(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var said v1alpha1.PodVerdict
	if err := here.Get(t.Context(), "/pods/shop/web", url.Values{"nodes": {"all"}}, &said); err != nil {
		t.Fatal(err)
	}
	if len(said.Groups) != 1 || said.Groups[0].Verdict != "Unmeasured" || !slices.Equal(said.Groups[0].Unknown, []string{"line"}) {
		t.Errorf("the groups are %+v", said.Groups)
	}
	for _, n := range said.Nodes {
		if n.Verdict != "Unmeasured" || !slices.Equal(n.Unknown, []string{"line"}) || n.Says == "" || len(n.Comparisons) != 1 {
			t.Errorf("a node says %+v", n)
		}
	}
	if text := strings.Join(warned, "\n"); !strings.Contains(text, "The source infra cannot be read") || !strings.Contains(text, "--source-url infra=") {
		t.Errorf("it warns %q", warned)
	}
	if err := here.Incomplete(); err == nil || !strings.Contains(err.Error(), "infra") {
		t.Errorf("the answer is said to be whole: %v", err)
	}
}
