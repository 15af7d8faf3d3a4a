package telemetry

import (
	"encoding/json"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func marshal(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func key(pod *v1.Pod) types.NamespacedName {
	return types.NamespacedName{Namespace: pod.Namespace, Name: pod.Name}
}

func TestHintAfterANodeChanged(t *testing.T) {
	bigger := func(n *v1.Node) { n.Status.Allocatable[v1.ResourceMemory] = resource.MustParse("200Gi") }
	relabelled := func(n *v1.Node) { n.Labels["pool"] = "b" }
	tainted := func(n *v1.Node) {
		n.Spec.Taints = []v1.Taint{{Key: "dedicated", Value: "x", Effect: v1.TaintEffectNoSchedule}}
	}
	toPoolB := func(p *v1.Pod) { p.Spec.NodeSelector = map[string]string{"pool": "b"} }
	toPoolC := func(p *v1.Pod) { p.Spec.NodeSelector = map[string]string{"pool": "c"} }
	for name, tc := range map[string]struct {
		before, now *v1.Node
		pod         *v1.Pod
		want        fwk.QueueingHint
	}{
		"a node joins":                                            {nil, newNode("n"), newPod("p"), fwk.Queue},
		"a node joins that tolerates nobody":                      {nil, newNode("n", tainted), newPod("p"), fwk.QueueSkip},
		"a node joins another pool":                               {nil, newNode("n"), newPod("p", toPoolC), fwk.QueueSkip},
		"a node grows, which a Board tells":                       {newNode("n"), newNode("n", bigger), newPod("p"), fwk.QueueSkip},
		"a node leaves a rule by its labels, which a Board tells": {newNode("n"), newNode("n", relabelled), newPod("p"), fwk.QueueSkip},
		"a node comes to the pool of the pod":                     {newNode("n"), newNode("n", relabelled), newPod("p", toPoolB), fwk.Queue},
		"a node is freed from a taint":                            {newNode("n", tainted), newNode("n"), newPod("p"), fwk.Queue},
		"a node gets a taint":                                     {newNode("n"), newNode("n", tainted), newPod("p"), fwk.QueueSkip},
		"a node loses a taint that the pod tolerates": {newNode("n", tainted), newNode("n"), newPod("p", func(p *v1.Pod) {
			p.Spec.Tolerations = []v1.Toleration{{Operator: v1.TolerationOpExists}}
		}), fwk.QueueSkip},
		"nothing that matters changes": {newNode("n"), newNode("n"), newPod("p"), fwk.QueueSkip},
	} {
		t.Run(name, func(t *testing.T) {
			var before any
			if tc.before != nil {
				before = tc.before
			}
			got, err := newPlugin(nil).afterNodeChange(klog.Background(), tc.pod, before, tc.now)
			if err != nil || got != tc.want {
				t.Errorf("the hint is %v, %v", got, err)
			}
		})
	}
}

func TestHintAfterAPodWasDeleted(t *testing.T) {
	p := newPlugin(nil)
	p.shared.admitted = &admission{args: &args.Args{NewNodeGrace: time.Hour}}
	p.nodes = nodeLister(
		newNode("old", func(n *v1.Node) { n.CreationTimestamp = metav1.NewTime(time.Now().Add(-2 * time.Hour)) }),
		newNode("young", func(n *v1.Node) { n.CreationTimestamp = metav1.NewTime(time.Now()) }),
	)
	for name, tc := range map[string]struct {
		node string
		want fwk.QueueingHint
	}{
		"a young node is judged by requests":       {"young", fwk.Queue},
		"an old one is judged by what it measures": {"old", fwk.QueueSkip},
		"a node that is gone has no room":          {"gone", fwk.QueueSkip},
	} {
		t.Run(name, func(t *testing.T) {
			deleted := newPod("deleted", onNode(tc.node))
			got, err := p.afterPodDeletion(klog.Background(), newPod("p"), deleted, nil)
			if err != nil || got != tc.want {
				t.Errorf("the hint is %v, %v", got, err)
			}
		})
	}
}

// TestNoHintSpeaksForOtherPlugins: kube-scheduler asks nobody else about an event
// once one plugin has named the pods that it concerns.
func TestNoHintSpeaksForOtherPlugins(t *testing.T) {
	events, err := newPlugin(nil).EventsToRegister(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.PreQueueingHintFn != nil {
			t.Errorf("%v has a PreQueueingHintFn", e.Event)
		}
	}
}

func TestHintAfterThePodItselfChanged(t *testing.T) {
	conditioned := func(p *v1.Pod) {
		p.Status.Conditions = []v1.PodCondition{{Type: v1.PodScheduled, Status: v1.ConditionFalse}}
	}
	for name, tc := range map[string]struct {
		now  *v1.Pod
		want fwk.QueueingHint
	}{
		"its labels":                     {newPod("p", labelled("a", "b")), fwk.Queue},
		"its exemption":                  {newPod("p", annotated(rules.AnnotationIgnore, "*")), fwk.Queue},
		"its requests":                   {newPod("p", needing("1Mi")), fwk.Queue},
		"an annotation of somebody else": {newPod("p", annotated("example.com/x", "y")), fwk.QueueSkip},
		"the condition that says that it was rejected": {newPod("p", conditioned), fwk.QueueSkip},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := newPlugin(nil).afterOwnChange(klog.Background(), tc.now, newPod("p"), tc.now)
			if err != nil || got != tc.want {
				t.Errorf("the hint is %v, %v", got, err)
			}
		})
	}
}

func TestAHintThatCannotReadItsObjectsQueues(t *testing.T) {
	p := newPlugin(nil)
	for name, hint := range map[string]fwk.QueueingHintFn{
		"node": p.afterNodeChange, "deletion": p.afterPodDeletion, "own": p.afterOwnChange,
	} {
		if got, err := hint(klog.Background(), newPod("p"), "nonsense", "nonsense"); err == nil || got != fwk.Queue {
			t.Errorf("%s: the hint is %v, %v", name, got, err)
		}
	}
}
