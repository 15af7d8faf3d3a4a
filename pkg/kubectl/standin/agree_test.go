package standin

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// patient is a cluster with what its last leader left, and what the pod shop/web is told.
type patient struct {
	arguments string
	change    func(web *corev1.Pod)
	more      []runtime.Object
	stored    state.Content
	says      func(*v1alpha1.PodVerdict) bool
}

const waits = "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n- {name: waits, when: {metric: memory, above: 90%}, for: 10m, actions: {block: {}}}\n"

func rulesIn(namespace, name, text string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: "u", Labels: map[string]string{"telemetry-scheduler.io/rules": "true"}},
		Data:       map[string]string{"r.yaml": text},
	}
}

func ownedBy(kind, name string) []metav1.OwnerReference {
	return []metav1.OwnerReference{{Kind: kind, Name: name, UID: types.UID("uid-of-" + name), Controller: new(true)}}
}

// full is a sample above every line.
type full struct{ at time.Time }

func (f full) Sample(string, string) (float64, time.Time, string) { return 95, f.at, "" }
func (full) Window(string, string) time.Duration                  { return 0 }

// made is when the nodes were.
var made = time.Now().Add(-24 * time.Hour).Truncate(time.Second)

// fired is what a leader stores of a rule that has fired on a node since long.
func fired(t *testing.T, text, node string) state.Content {
	t.Helper()
	document, mistakes := rules.Parse("telemetry-scheduler/waits/r.yaml", []byte(text), settings.Default().Rules())
	if document == nil {
		t.Fatal(mistakes)
	}
	set := rules.Merge(settings.Default().Rules().Metrics, []*rules.Document{document}, rules.Pause{})
	e, begun := engine.New(engine.Options{}, nil), time.Now().Add(-time.Hour)
	for _, at := range []time.Time{begun, begun.Add(11 * time.Minute)} {
		e.Advance(at, set, []engine.Node{{Name: node, Created: made}}, full{at})
	}
	phases := map[string]json.RawMessage{}
	for _, r := range e.State(func(rules.Key, int) bool { return true }).Rules {
		if r.Nodes[node].Phase != engine.Firing {
			t.Fatalf("the rule is %v", r.Nodes[node].Phase)
		}
		phases[r.Rule.String()], _ = json.Marshal(r)
	}
	return state.Content{"phases": phases}
}

func entry(value any) json.RawMessage {
	out, _ := json.Marshal(value)
	return out
}

func verdictOf(v *v1alpha1.PodVerdict, node string) string {
	i := slices.IndexFunc(v.Nodes, func(n v1alpha1.NodeVerdict) bool { return n.Node == node })
	return v.Nodes[i].Verdict
}

func governs(rule string) func(*v1alpha1.PodVerdict) bool {
	return func(v *v1alpha1.PodVerdict) bool { return slices.Contains(v.Governing, rule) }
}

func TestWhatTheSchedulerKnowsIsKnownHere(t *testing.T) {
	slip := rulesIn(settings.DefaultNamespace, "slipped", strings.Replace(waits, "above", "abve", 1))
	young := node("young")
	young.CreationTimestamp = metav1.NewTime(time.Now().Add(-time.Minute))
	ignores := func(p *corev1.Pod) { p.Annotations = map[string]string{rules.AnnotationIgnore: "line"} }
	ofDeployment := func(p *corev1.Pod) { p.OwnerReferences = ownedBy("ReplicaSet", "web-1") }
	set := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-1", UID: "uid-of-web-1", OwnerReferences: ownedBy("Deployment", "web")}}
	lesson := state.Content{"lessons": {"uid-of-web": entry(map[string]any{"use": map[string]any{"MilliCPU": 100, "Bytes": 3 << 30, "Pods": 1}, "settled": true, "at": time.Now()})}}
	for sentence, p := range map[string]patient{
		"the last good text of a key that has a slip": {
			more:   []runtime.Object{slip},
			stored: state.Content{"texts": {"x": entry(map[string]any{"namespace": settings.DefaultNamespace, "configMap": "slipped", "key": "r.yaml", "uid": "u", "text": waits})}},
			says:   governs("waits"),
		},
		"for how long a rule has been true": {
			change: ignores, more: []runtime.Object{rulesIn(settings.DefaultNamespace, "waits", waits)}, stored: fired(t, waits, "full"),
			says: func(v *v1alpha1.PodVerdict) bool { return verdictOf(v, "full") == "Broke" },
		},
		"that a rule has been true for no longer": {
			stored: state.Content{"phases": {"-": entry(struct{}{})}},
			change: ignores, more: []runtime.Object{rulesIn(settings.DefaultNamespace, "waits", waits)},
			says: func(v *v1alpha1.PodVerdict) bool {
				return governs("waits")(v) && verdictOf(v, "full") == "WouldBreak"
			},
		},
		"what pods of a Deployment were measured to use": {
			change: ofDeployment, more: []runtime.Object{set}, stored: lesson,
			says: func(v *v1alpha1.PodVerdict) bool {
				return v.Estimate.Memory.From == "siblings" && v.Estimate.Memory.Amount >= 3<<30
			},
		},
		"rules of other namespaces, where the operator has them": {
			arguments: "namespaces: {}", more: []runtime.Object{rulesIn("shop", "own", waits)}, says: governs("shop/waits"),
		},
		"but not where he does not": {
			more: []runtime.Object{rulesIn("shop", "own", waits)},
			says: func(v *v1alpha1.PodVerdict) bool { return !governs("shop/waits")(v) },
		},
		"for how long a node is new": {
			arguments: "newNodeGrace: 10m", more: []runtime.Object{young}, says: func(v *v1alpha1.PodVerdict) bool { return v.Board.InGrace == 1 },
		},
		"a node that is new no more": {
			arguments: "newNodeGrace: 1s", more: []runtime.Object{young},
			says: func(v *v1alpha1.PodVerdict) bool {
				return v.Board.InGrace == 0 && verdictOf(v, "young") == "Unmeasured"
			},
		},
		"that pods may ignore rules": {
			change: ignores,
			says:   func(v *v1alpha1.PodVerdict) bool { return !governs("line")(v) },
		},
		"that they may not": {
			arguments: "podExemptions: false", change: ignores,
			says: governs("line"),
		},
		"pods of another scheduler": {
			change: func(p *corev1.Pod) { p.Spec.SchedulerName = "default-scheduler" },
			says: func(v *v1alpha1.PodVerdict) bool {
				return len(v.Notes) == 1 && strings.Contains(v.Notes[0], `the pod asks the scheduler "default-scheduler", which is not this one`)
			},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			if said := p.ask(t); !p.says(said) {
				t.Errorf("it says %s", entry(said))
			}
		})
	}
}

func (p *patient) ask(t *testing.T) *v1alpha1.PodVerdict {
	t.Helper()
	s, err := settings.Read("config.yaml", []byte("kind: KubeSchedulerConfiguration\nleaderElection: {resourceNamespace: telemetry-scheduler}\nprofiles:\n- schedulerName: telemetry-scheduler\n  plugins: {multiPoint: {enabled: [{name: Telemetry}]}}\n  pluginConfig:\n  - {name: Telemetry, args: {"+p.arguments+"}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	objects := cluster3()
	for _, o := range objects[:3] {
		o.(*corev1.Node).CreationTimestamp = metav1.NewTime(made)
	}
	if p.change != nil {
		p.change(objects[4].(*corev1.Pod))
	}
	o := Options{
		Client: fake.NewClientset(append(objects, p.more...)...), Config: metrics(t, map[string]float64{"full": 9.5, "nearly": 8.5, "idle": 1}),
		Settings: s, Release: "telemetry-scheduler", Patience: time.Minute, Warn: func(text string) { t.Error(text) },
	}
	sources, err := o.sources()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(klog.NewContext(t.Context(), logr.Discard()))
	defer stop()
	server, err := o.run(ctx, ctx, sources, p.stored)
	if err != nil {
		t.Fatal(err)
	}
	inside, err := ask.Inside(server.Handler())
	if err != nil {
		t.Fatal(err)
	}
	out := new(v1alpha1.PodVerdict)
	if err := inside.Get(t.Context(), "/pods/shop/web", url.Values{"nodes": {"all"}}, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLimitsAreRequestsWhereNothingElseIsSaid(t *testing.T) {
	limits := corev1.ResourceRequirements{Limits: corev1.ResourceList{"memory": resource.MustParse("2Gi")}}
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		InitContainers: []corev1.Container{{Resources: *limits.DeepCopy()}}, Containers: []corev1.Container{{Resources: *limits.DeepCopy()}},
	}}
	defaults(pod)
	for _, c := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
		if !c.Resources.Requests.Memory().Equal(resource.MustParse("2Gi")) {
			t.Errorf("a container requests %v", c.Resources.Requests)
		}
	}
}

func TestRulesGiveWayToNoPodOfAGroup(t *testing.T) {
	lenient := strings.Replace(strings.Replace(waits, "block: {}", "block: {whenAllBlocked: ScheduleAnyway}", 1), "for: 10m, ", "", 1)
	for _, grouped := range []bool{true, false} {
		p := patient{more: []runtime.Object{rulesIn(settings.DefaultNamespace, "waits", lenient)}, change: func(p *corev1.Pod) {
			if grouped {
				p.Spec.SchedulingGroup = &corev1.PodSchedulingGroup{}
			}
		}}
		if said := p.ask(t); (said.Firm != "") != grouped || !slices.Contains(said.GivingWay, "waits") {
			t.Errorf("grouped %t: gives way %v, firm %q", grouped, said.GivingWay, said.Firm)
		}
	}
}

func TestInformersDropWhatNothingLooksAt(t *testing.T) {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Labels: map[string]string{"a": "b"}, ManagedFields: []metav1.ManagedFieldsEntry{{}}, Annotations: map[string]string{corev1.LastAppliedConfigAnnotation: "long", rules.AnnotationIgnore: "line"}},
		Spec: corev1.PodSpec{
			NodeName: "n", Volumes: []corev1.Volume{{}}, Tolerations: []corev1.Toleration{{Key: "k"}},
			Containers: []corev1.Container{{Name: "main", Env: []corev1.EnvVar{{}}, Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("1")}}}},
		},
	}
	if _, err := lighter(pod); err != nil {
		t.Fatal(err)
	}
	if len(pod.ManagedFields)+len(pod.Spec.Volumes)+len(pod.Spec.Containers[0].Env) > 0 || pod.Annotations[corev1.LastAppliedConfigAnnotation] != "" {
		t.Errorf("it holds %s", entry(pod))
	}
	if pod.Labels["a"] == "" || pod.Annotations[rules.AnnotationIgnore] == "" || pod.Spec.NodeName == "" || len(pod.Spec.Tolerations) == 0 || pod.Spec.Containers[0].Resources.Requests.Cpu().IsZero() {
		t.Errorf("it lost what is needed: %s", entry(pod))
	}
}
