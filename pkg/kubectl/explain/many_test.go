package explain

import (
	"bytes"
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
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/standin"
)

// many is how many nodes must stay readable.
const many = 5000

const lines = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: TelemetryRules
rules:
- {name: line, when: {metric: memory, above: 90%}, actions: {block: {}}}
`

func nameOf(i int) string { return fmt.Sprintf("ip-10-%02d-%02d", i/100, i%100) }

// crowd is a cluster of many nodes with one pod that waits.
func crowd() []runtime.Object {
	has := corev1.ResourceList{"cpu": resource.MustParse("4"), "memory": resource.MustParse("10Gi"), "pods": resource.MustParse("10")}
	out := []runtime.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}},
		&corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "1"},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"memory": resource.MustParse("1Gi")}}}}},
		},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: settings.DefaultNamespace, Name: "rules", Labels: map[string]string{"telemetry-scheduler.io/rules": "true"}}, Data: map[string]string{"line.yaml": lines}},
	}
	for i := range many {
		out = append(out, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: nameOf(i)}, Status: corev1.NodeStatus{Allocatable: has, Capacity: has}})
	}
	return out
}

// measuredCrowd is a metrics API: of ten nodes two are full, three nearly, and one is silent.
func measuredCrowd(t testing.TB) *rest.Config {
	var items []string
	for i := range many {
		if gib := []float64{9.5, 9.6, 8.5, 8.4, 8.3, 1, 2, 3, 4, 0}[i%10]; gib > 0 {
			items = append(items, fmt.Sprintf(`{"metadata": {"name": %q}, "timestamp": %q, "window": "10s", "usage": {"cpu": "1", "memory": "%.0f"}}`, nameOf(i), time.Now().Format(time.RFC3339), gib*(1<<30)))
		}
	}
	text := fmt.Sprintf(`{"kind": "NodeMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "items": [%s]}`, strings.Join(items, ","))
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/nodes") {
			out.WriteHeader(http.StatusNotFound)
			return
		}
		out.Header().Set("Content-Type", "application/json")
		_, _ = out.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	return &rest.Config{Host: server.URL}
}

// inParts has a scheduler answer in parts of some hundreds, and counts them.
type inParts struct {
	scheduler
	parts map[string]int
}

func (p *inParts) Get(ctx context.Context, path string, query url.Values, answer any) error {
	small := url.Values{}
	for name, values := range query {
		small[name] = values
	}
	small.Set("limit", "900")
	p.parts[path]++
	return p.scheduler.Get(ctx, path, small, answer)
}

// asked starts who answers for many nodes.
func asked(t testing.TB) *inParts {
	t.Helper()
	server, err := standin.Start(t.Context(), standin.Options{
		Client: fake.NewClientset(crowd()...), Config: measuredCrowd(t), Settings: settings.Default(), Release: "telemetry-scheduler", Patience: time.Minute,
		Warn: func(text string) { t.Error(text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	inside, err := ask.Inside(server.Handler())
	if err != nil {
		t.Fatal(err)
	}
	return &inParts{scheduler: inside, parts: map[string]int{}}
}

var web = &question{namespace: "shop", name: "web"}

func shown(t testing.TB, a *answer, wide, detail bool) []string {
	t.Helper()
	var out bytes.Buffer
	if err := a.show(&out, cli.Paint{}, wide, detail); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

func TestManyNodesStayReadable(t *testing.T) {
	s := asked(t)
	grouped, err := (&options{}).collect(t.Context(), s, web)
	if err != nil {
		t.Fatal(err)
	}
	text := shown(t, grouped, false, false)
	if len(text) > 25 {
		t.Errorf("%d lines are shown of %d nodes", len(text), many)
	}
	for _, want := range []string{"Takes        2000", "Unmeasured   500", "WouldBreak   1500", "Broke        1000"} {
		if !slices.ContainsFunc(text, func(line string) bool { return strings.HasPrefix(line, want) }) {
			t.Errorf("no line says %q:\n%s", want, strings.Join(text, "\n"))
		}
	}

	s.parts = map[string]int{}
	all, err := (&options{all: true}).collect(t.Context(), s, web)
	if err != nil {
		t.Fatal(err)
	}
	if s.parts["/pods/shop/web"] != 6 || s.parts["/values"] != 6 {
		t.Errorf("the parts that were asked for are %v", s.parts)
	}
	wantAll(t, all)
	if rows := len(shown(t, all, true, false)) - len(shown(t, grouped, true, false)); rows != many-len(grouped.Nodes) {
		t.Errorf("all has %d lines more", rows)
	}
}

// wantAll finds each node once, in order, and what is measured of it.
func wantAll(t *testing.T, a *answer) {
	t.Helper()
	if len(a.Nodes) != many || len(a.Values) != many || a.Continue != "" {
		t.Fatalf("there are %d nodes and %d values, and %q goes on", len(a.Nodes), len(a.Values), a.Continue)
	}
	for i := range many {
		if a.Nodes[i].Node != nameOf(i) || a.Values[i].Node != nameOf(i) {
			t.Fatalf("in the place of %s stand %s and a value of %s", nameOf(i), a.Nodes[i].Node, a.Values[i].Node)
		}
	}
}

// BenchmarkExplain takes the answers from a replica in this process: what the scheduler
// spends is in it.
func BenchmarkExplain(b *testing.B) {
	s := asked(b)
	for name, o := range map[string]*options{"grouped": {}, "all": {all: true}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				a, err := o.collect(b.Context(), s.scheduler, web)
				if err != nil {
					b.Fatal(err)
				}
				shown(b, a, true, false)
			}
		})
	}
}
