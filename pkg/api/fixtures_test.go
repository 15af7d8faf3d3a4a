package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/events"
	fwk "k8s.io/kube-scheduler/framework"
	corev1defaults "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	telemetrysource "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// noon is when rules were evaluated, and asked a moment later.
var (
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	asked = noon.Add(2 * time.Second)
)

// text is what the examples are about.
const text = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: TelemetryRules
metrics:
- name: heat
  query: node_hwmon_temp_celsius
  source: infra
  unit: celsius
rules:
- name: memory-above-90
  description: No new pods on nodes that use over 90 % of their memory.
  when: {metric: memory, above: 90%, clear: 85%}
  for: 1m
  actions: {block: {}}
- name: hot
  when: {any: [{metric: heat, above: 70}, {metric: cpu, above: 95%}]}
  onUnknown: Block
  pods: {matchLabels: {app: web}}
  actions: {block: {}, avoid: {points: 20}}
- name: nothing-else-runs
  when: {metric: cpu, above: 4%}
  onUnknown: Block
  pods: {matchLabels: {app: batch}}
  actions: {block: {whenAllBlocked: ScheduleAnyway}}
- name: trial
  when: {metric: pods, above: 50%}
  mode: DryRun
  actions: {block: {}}
preferences:
- {name: spare-memory, metric: memory, prefer: Low, weight: 3}
`

// readings are what each node says: memory, cpu, pods and heat; a negative one it does
// not say.
var readings = map[string][4]float64{
	"full":   {94.2, 50, 10, 40},
	"idle":   {20, 5, 2, 30},
	"nearly": {86, 40, 10, 35},
	"silent": {40, -1, 10, -1},
	"warm":   {50, 50, 10, 81},
	"young":  {-1, -1, 2, -1},
}

type samples struct{ at time.Time }

// Sample implements engine.Samples.
func (s samples) Sample(metric, node string) (float64, time.Time, string) {
	column := map[string]int{"memory": 0, "cpu": 1, "pods": 2, "heat": 3}[metric]
	if value := readings[node][column]; value >= 0 {
		return value, s.at, ""
	}
	return 0, time.Time{}, "the source has no value for this node"
}

// Window implements engine.Samples.
func (samples) Window(metric, _ string) time.Duration {
	if metric == "cpu" {
		return 30 * time.Second
	}
	return 0
}

func ruleSet(t testing.TB, pause rules.Pause) *rules.RuleSet {
	t.Helper()
	metrics := rules.Builtins(15*time.Second, time.Minute)
	document, mistakes := rules.Parse("telemetry-scheduler/rules/all.yaml", []byte(text), rules.Options{
		Metrics: metrics, Sources: map[string]rules.SourceKind{"infra": rules.SourceOfQueries},
	})
	if document == nil {
		t.Fatal(mistakes)
	}
	return rules.Merge(metrics, []*rules.Document{document}, pause)
}

// newBoard judges the nodes every half minute until noon, with what is in flight then.
func newBoard(t testing.TB, pause rules.Pause, ledger *inflight.Ledger) *engine.Board {
	t.Helper()
	var nodes []engine.Node
	size := engine.Amounts{CPU: 16, Memory: 100 << 30, Pods: 110}
	for name := range readings {
		node := engine.Node{Name: name, Created: noon.Add(-time.Hour), Allocatable: size, Capacity: size}
		if name == "young" {
			node.Created = noon.Add(-time.Minute)
		}
		nodes = append(nodes, node)
	}
	set, e := ruleSet(t, pause), engine.New(engine.Options{NewNodeGrace: 3 * time.Minute}, new(engine.State))
	for ago := 4; ago > 0; ago-- {
		at := noon.Add(-time.Duration(ago) * 30 * time.Second)
		e.Advance(at, set, nodes, samples{at})
	}
	flights := ledger.Take(noon, engine.Horizon(set))
	for i := range nodes {
		nodes[i].Flights = flights[nodes[i].Name]
	}
	board, _ := e.Advance(noon, set, nodes, samples{noon.Add(-3 * time.Second)})
	return board
}

// world is a Server with what it answers from.
type world struct {
	*Server
	t       testing.TB
	shared  *telemetry.Shared
	factory informers.SharedInformerFactory
	oracle  Oracle
	leading Leader
	panics  bool
}

func newWorld(t testing.TB, pause rules.Pause) *world {
	t.Helper()
	w := &world{t: t, shared: telemetry.NewShared(telemetry.Options{SourceTypes: []string{"MetricsAPI"}}), leading: Leader{Self: true}}
	factory := informers.NewSharedInformerFactory(fake.NewClientset(), 0)
	w.factory = factory
	w.admit(t, factory)
	for _, pod := range w.pods() {
		if err := factory.Core().V1().Pods().Informer().GetStore().Add(pod); err != nil {
			t.Fatal(err)
		}
	}
	w.fly(t, pause)
	w.oracle = queue{w.shared.Oracle(factory)}
	w.Server = New(Options{
		Default: corev1defaults.SetObjectDefaults_Pod,
		Oracle:  w.oracle, Profiles: w.shared.Profiles, SourceTypes: map[string]string{"metrics": "MetricsAPI", "infra": "Prometheus"},
		Leader: func() Leader { return w.leading }, Now: func() time.Time { return asked },
	})
	w.Know(w, w)
	return w
}

// queue has pods that wait.
type queue struct{ Oracle }

// Waiting implements Oracle.
func (queue) Waiting() []inquiry.Waiter {
	waits := func(name string, rule, reason string, kind engine.Kind, since time.Duration, attempts int) inquiry.Waiter {
		return inquiry.Waiter{
			Namespace: "shop", Name: name, UID: "uid-of-" + name, Scheduler: "telemetry-scheduler",
			Refusal: inquiry.Refusal{Rule: rules.Key{Name: rule}, Kind: kind, Reason: reason},
			Since:   noon.Add(-since), Refused: noon.Add(-10 * time.Second), Attempts: attempts,
		}
	}
	const blind = "node(s) have no telemetry for rule hot (any of heat, cpu)"
	return []inquiry.Waiter{
		waits("web-2", "hot", blind, engine.UnknownTelemetry, time.Minute, 3),
		waits("web-1", "hot", blind, engine.UnknownTelemetry, time.Hour, 40),
		waits("batch", "memory-above-90", "node(s) would break telemetry rule memory-above-90 (memory > 90 percent)", engine.WouldBreak, 20*time.Second, 1),
	}
}

// admit has a profile in which rules may give way, and follows the pods.
func (w *world) admit(t testing.TB, factory informers.SharedInformerFactory) {
	t.Helper()
	if _, err := w.shared.Factory()(t.Context(), nil, profile{factory: factory}); err != nil {
		t.Fatal(err)
	}
	if err := w.shared.Follow(factory); err != nil {
		t.Fatal(err)
	}
}

// profile is what the plugin asks of the framework.
type profile struct {
	fwk.Handle
	factory informers.SharedInformerFactory
}

func (profile) ProfileName() string                                      { return "telemetry-scheduler" }
func (p profile) SharedInformerFactory() informers.SharedInformerFactory { return p.factory }
func (profile) EventRecorder() events.EventRecorderLogger                { return nil }
func (profile) ListPlugins() *config.Plugins {
	ours := config.PluginSet{Enabled: []config.Plugin{{Name: telemetry.Name}}}
	return &config.Plugins{Filter: ours, PostFilter: ours, PostBind: ours}
}

// pods are those that the scheduler knows.
func (w *world) pods() []*v1.Pod {
	odd := newPod("odd", "batch", "1Gi")
	odd.Annotations = map[string]string{rules.AnnotationEstimate: "memory=-1Gi"}
	first := newPod("first", "else", "88Gi")
	first.Spec.NodeName = "young"
	return []*v1.Pod{
		first, newPod("web", "web", "8Gi"), newPod("batch", "batch", "1Gi"), odd, newPod("coming", "web", "1Gi"), placed(newPod("there", "web", "1Gi")),
		began(newPod("sibling", "web", "4Gi"), "idle", 10*time.Minute), began(newPod("young", "web", "4Gi"), "warm", time.Minute),
	}
}

// fly makes the Board: before it came "young", and after it "coming".
func (w *world) fly(t testing.TB, pause rules.Pause) {
	t.Helper()
	ledger, pods := w.shared.InFlight(), map[string]*v1.Pod{}
	ledger.Measurable(noon)
	for _, pod := range w.pods() {
		pods[pod.Name] = pod
	}
	use := func(name string) telemetrysource.PodKey { return telemetrysource.PodKey{Namespace: "shop", Name: name} }
	ledger.Take(noon, 6*time.Minute) // looks back at the pods
	ledger.Learn(&telemetrysource.PodReading{Use: map[telemetrysource.PodKey]telemetrysource.PodUse{
		use("sibling"): {CPU: 0.75, Memory: 6 << 30, Time: noon.Add(-10 * time.Second)}, use("young"): {CPU: 0.1, Memory: 1 << 30, Time: noon.Add(-10 * time.Second)},
	}}, noon)
	board := newBoard(t, pause, ledger)
	w.shared.Publish(board, nil)
	ledger.Reserve(pods["coming"], "idle", ledger.Estimate(pods["coming"]).Units)
}

// began lets a pod run on a node.
func began(pod *v1.Pod, node string, ago time.Duration) *v1.Pod {
	pod.Spec.NodeName = node
	pod.Status.ContainerStatuses = []v1.ContainerStatus{{State: v1.ContainerState{
		Running: &v1.ContainerStateRunning{StartedAt: metav1.NewTime(noon.Add(-ago))},
	}}}
	return pod
}

func newPod(name, app, memory string) *v1.Pod {
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop", UID: types.UID("uid-of-" + name), Labels: map[string]string{"app": app},
			OwnerReferences: []metav1.OwnerReference{{Kind: "StatefulSet", Name: app, UID: types.UID(app), Controller: new(true)}}},
		Spec: v1.PodSpec{SchedulerName: "telemetry-scheduler", Containers: []v1.Container{{Name: "main", Resources: v1.ResourceRequirements{
			Requests: v1.ResourceList{v1.ResourceMemory: resource.MustParse(memory), v1.ResourceCPU: resource.MustParse("500m")},
		}}}},
	}
}

func placed(pod *v1.Pod) *v1.Pod {
	pod.Spec.NodeName = "idle"
	return pod
}

// Sources implements Evaluator.
func (w *world) Sources() []evaluator.SourceReport {
	if w.panics {
		panic("the evaluator has a bug")
	}
	return []evaluator.SourceReport{
		{Name: "metrics", Builtin: true, Interval: 15 * time.Second, Read: noon.Add(-time.Second)},
		{Name: "infra", Interval: 30 * time.Second, Read: noon.Add(-time.Minute), Fault: "source infra: the server answers 503", Failing: noon.Add(-30 * time.Second), Notes: []string{"its clock is 40s ahead"}, Ahead: new(40 * time.Second)},
	}
}

// Metrics implements Evaluator.
func (w *world) Metrics() []evaluator.MetricHealth {
	return []evaluator.MetricHealth{{Name: "heat", Source: "infra", Join: &telemetrysource.JoinTable{
		Label: "instance", By: "internalIP", Matched: 4, Foreign: []string{"10.0.0.9:9100"}, ForeignCount: 1, Silent: []string{"silent"}, SilentCount: 1,
	}}}
}

// Report implements Rules.
func (w *world) Report() *rulesource.Report {
	unit := rulesource.Unit{Namespace: "telemetry-scheduler", ConfigMap: "rules", Key: "all.yaml"}
	other := rulesource.Unit{Namespace: "telemetry-scheduler", ConfigMap: "rules", Key: "more.yaml"}
	return &rulesource.Report{
		Keys: []rulesource.KeyReport{{Unit: unit, InForce: rulesource.TextCurrent}, {Unit: other, InForce: rulesource.TextNone, Mistakes: []rules.Mistake{
			{File: other.String(), Line: 6, Column: 33, Path: "rules[0].when.above", Message: `"above": 90 can be read as 90% or as 9000%`, Mend: "write the one that you mean, with its %"},
		}}},
		Unread:    []rules.Mistake{{File: "telemetry-scheduler/rules/old.yml", Message: "keys of rules end in .yaml, and this one does not", Mend: `name it "old.yaml"`}},
		Conflicts: []rulesource.ConflictReport{{Kind: "rule", Name: rules.Key{Name: "hot"}, Loser: rules.Origin{File: "telemetry-scheduler/older/a.yaml", Line: 3, Column: 3}, Winner: rules.Origin{File: unit.String(), Line: 13, Column: 3}}},
	}
}

// ask sends a request to the handler. path is what follows the prefix.
func (w *world) ask(t testing.TB, request string, body ...string) *httptest.ResponseRecorder {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	out := httptest.NewRecorder()
	w.Handler().ServeHTTP(out, httptest.NewRequest(method, "/telemetry-scheduler/v1alpha1"+path, strings.NewReader(strings.Join(body, ""))))
	return out
}

// get wants an answer.
func (w *world) get(t testing.TB, path string) string {
	t.Helper()
	answer := w.ask(t, "GET "+path)
	if answer.Code != http.StatusOK {
		t.Fatalf("GET %s answers %d: %s", path, answer.Code, answer.Body)
	}
	return answer.Body.String()
}

// wordy has much to say of the stop button.
type wordy struct {
	Rules
	mistakes []rules.Mistake
}

// Report implements Rules.
func (w wordy) Report() *rulesource.Report { return &rulesource.Report{PauseMistakes: w.mistakes} }
