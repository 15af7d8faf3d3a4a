package home

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/klog/v2"
	extenderv1 "k8s.io/kube-scheduler/extender/v1"
	fwk "k8s.io/kube-scheduler/framework"
	internalcache "k8s.io/kubernetes/pkg/scheduler/backend/cache"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/hold"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// repelling keeps a pod off zones or nodes with pods of its label.
func repelling(topology string) func(*v1.Pod) {
	return func(pod *v1.Pod) {
		pod.Labels = map[string]string{"app": "shop"}
		pod.Spec.Affinity = &v1.Affinity{PodAntiAffinity: &v1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []v1.PodAffinityTerm{{
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "shop"}}, TopologyKey: topology,
		}}}}
	}
}

func tainted(key string, effect v1.TaintEffect) func(*v1.Node) {
	return func(node *v1.Node) { node.Spec.Taints = append(node.Spec.Taints, v1.Taint{Key: key, Effect: effect}) }
}

func toleratingAll(pod *v1.Pod) {
	pod.Spec.Tolerations = []v1.Toleration{{Operator: v1.TolerationOpExists}}
}

func zone(name string) func(*v1.Node) {
	return func(node *v1.Node) { node.Labels[v1.LabelTopologyZone] = name }
}

func TestAHomeIsWhatTheWholeFilterChainAccepts(t *testing.T) {
	for name, tc := range map[string]struct {
		used    map[string]float64
		victim  *v1.Pod
		objects []runtime.Object
		want    string // the home
		why     string // a part of it, where there is none
	}{
		"a node with room":                       {map[string]float64{"hot": 95, "cool": 40}, newPod("v", "hot", "10Gi"), nil, "cool", ""},
		"never its own node":                     {map[string]float64{"hot": 10}, newPod("v", "hot", "10Gi"), nil, "", "there is no other node"},
		"not one that would break its rule":      {map[string]float64{"hot": 95, "warm": 86}, newPod("v", "hot", "8Gi"), nil, "", "1 node(s) would break telemetry rule memory-above-90"},
		"one that would not, by a little":        {map[string]float64{"hot": 95, "warm": 86}, newPod("v", "hot", "3Gi"), nil, "warm", ""},
		"not one that is full by requests":       {map[string]float64{"hot": 95, "full": 10}, newPod("v", "hot", "10Gi"), []runtime.Object{newPod("other", "full", "95Gi")}, "", "1 Insufficient memory"},
		"not one that is cordoned":               {map[string]float64{"hot": 95, "b": 10}, newPod("v", "hot", "10Gi", toleratingAll), []runtime.Object{newNode("b", func(n *v1.Node) { n.Spec.Unschedulable = true })}, "", "1 node(s) are cordoned"},
		"not one that is not ready":              {map[string]float64{"hot": 95, "b": 10}, newPod("v", "hot", "10Gi"), []runtime.Object{newNode("b", func(n *v1.Node) { n.Status.Conditions = nil })}, "", "1 node(s) are not ready"},
		"not one that an autoscaler will remove": {map[string]float64{"hot": 95, "b": 10}, newPod("v", "hot", "10Gi", toleratingAll), []runtime.Object{newNode("b", tainted("DeletionCandidateOfClusterAutoscaler", v1.TaintEffectPreferNoSchedule))}, "", "1 node(s) are about to be removed"},
		"not one whose taint it has to tolerate": {map[string]float64{"hot": 95, "b": 10}, newPod("v", "hot", "10Gi"), []runtime.Object{newNode("b", tainted("gpu", v1.TaintEffectNoSchedule))}, "", "1 node(s) had untolerated taint"},
		"not one that its selector excludes": {map[string]float64{"hot": 95, "b": 10}, newPod("v", "hot", "10Gi", func(pod *v1.Pod) {
			pod.Spec.NodeSelector = map[string]string{"pool": "general"}
		}), nil, "", "didn't match Pod's node affinity/selector"},
		"the victim itself repels nobody": {map[string]float64{"hot": 95, "b": 10}, newPod("v", "hot", "10Gi", repelling(v1.LabelTopologyZone)),
			[]runtime.Object{newNode("hot", zone("z")), newNode("b", zone("z"))}, "b", ""},
		"a sibling does": {map[string]float64{"hot": 95, "b": 10, "c": 10}, newPod("v", "hot", "10Gi", repelling(v1.LabelTopologyZone)),
			[]runtime.Object{newNode("hot", zone("y")), newNode("b", zone("z")), newNode("c", zone("z")), newPod("sibling", "c", "1Gi", repelling(v1.LabelTopologyZone))}, "", "anti-affinity"},
		"a pod of another scheduler is proved by our first profile": {map[string]float64{"hot": 95, "warm": 86}, newPod("v", "hot", "8Gi", func(pod *v1.Pod) { pod.Spec.SchedulerName = "default-scheduler" }), nil, "", "would break telemetry rule"},
		"a pending pod that waits for the room comes first": {map[string]float64{"hot": 95, "b": 10}, newPod("v", "hot", "60Gi"),
			[]runtime.Object{newPod("waiter", "", "75Gi")}, "", "1 pending pods come first there"},
		"one of lower priority does not": {map[string]float64{"hot": 95, "b": 10}, newPod("v", "hot", "60Gi", withPriority(10)),
			[]runtime.Object{newPod("waiter", "", "75Gi", withPriority(9))}, "b", ""},
		"nor does one that the node would not take": {map[string]float64{"hot": 95, "b": 10}, newPod("v", "hot", "60Gi"),
			[]runtime.Object{newPod("waiter", "", "99Gi"), newPod("other", "b", "5Gi")}, "b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := newTown(t, tc.used, append(tc.objects, tc.victim)...).ask(tc.victim)
			if got.Node != tc.want || got.Found != (tc.want != "") || tc.why != "" && !strings.Contains(got.Why, tc.why) {
				t.Errorf("the home is %q, because %q; want %q, because %q", got.Node, got.Why, tc.want, tc.why)
			}
		})
	}
}

func cores(n string) func(*v1.Pod) {
	return func(p *v1.Pod) { p.Spec.Containers[0].Resources.Requests[v1.ResourceCPU] = resource.MustParse(n) }
}

func TestPendingPodsTakeAPlaceEachAndNoMore(t *testing.T) {
	victim := newPod("v", "hot", "60Gi")
	for name, tc := range map[string]struct {
		waiting []runtime.Object
		want    string
	}{
		"one leaves the second home":        {[]runtime.Object{newPod("w", "", "75Gi")}, "c"},
		"two leave none":                    {[]runtime.Object{newPod("w", "", "75Gi"), newPod("x", "", "75Gi")}, ""},
		"small ones leave room beside them": {[]runtime.Object{newPod("w", "", "5Gi"), newPod("x", "", "5Gi")}, "b"},
		"one that fits nowhere leaves all":  {[]runtime.Object{newPod("w", "", "120Gi")}, "b"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t, map[string]float64{"hot": 95, "b": 10, "c": 10}, append(tc.waiting, victim)...)
			if got := w.ask(victim); got.Node != tc.want || got.Claimed != (tc.want == "") {
				t.Errorf("the home is %q, claimed %v, because %q; want %q", got.Node, got.Claimed, got.Why, tc.want)
			}
		})
	}
}

// What another move leaves may be taken before its victim has left.
func TestAHomeDoesNotCountOnRoomThatAnotherMoveLeaves(t *testing.T) {
	first, second := newPod("first", "a", "1Gi", cores("6")), newPod("second", "b", "1Gi", cores("7"))
	w := newTown(t, map[string]float64{"a": 10, "b": 10, "c": 10}, first, second, newPod("resident", "c", "1Gi", cores("3500m")))
	move := w.ask(first)
	if !move.Found {
		t.Fatal(move.Why)
	}
	if got := w.ask(second, move.Move); got.Found {
		t.Errorf("while first is still on a, the home of second is %s", got.Node)
	}
}

// A pod is moved for what it uses, which is more than its like do.
func TestTheReplacementIsTakenToUseWhatTheVictimDoes(t *testing.T) {
	victim := newPod("v", "hot", "10Gi")
	w := newTown(t, map[string]float64{"hot": 95, "cool": 70}, victim)
	q := Question{Victim: victim, Replacement: Replacement(victim, nil), Suits: everywhere}
	for _, tc := range []struct {
		gib  float64
		home string
	}{{5, "cool"}, {15, "cool"}, {25, ""}} {
		q.Least = engine.Amounts{Memory: tc.gib * (1 << 30), Pods: 1}
		got, err := w.prover.Look().Prove(t.Context(), q, nil)
		if err != nil || got.Node != tc.home || got.Found && got.Use.Bytes != int64(max(10, tc.gib))<<30 {
			t.Errorf("a pod that uses %v GiB has the home %q for %d bytes, because %q, %v", tc.gib, got.Node, got.Use.Bytes, got.Why, err)
		}
	}
}

// asked is an extender that refuses all nodes but one.
type asked struct {
	fwk.Extender
	calls int
}

func (*asked) Name() string              { return "asked" }
func (*asked) IsFilter() bool            { return true }
func (*asked) IsIgnorable() bool         { return false }
func (*asked) IsInterested(*v1.Pod) bool { return true }
func (e *asked) Filter(_ *v1.Pod, nodes []fwk.NodeInfo) ([]fwk.NodeInfo, extenderv1.FailedNodesMap, extenderv1.FailedNodesMap, error) {
	e.calls++
	return slices.DeleteFunc(slices.Clone(nodes), func(n fwk.NodeInfo) bool { return n.Node().Name != "n7" }), nil, nil, nil
}

func TestExtendersAreAskedTwiceAtMost(t *testing.T) {
	used, e := map[string]float64{"hot": 95}, &asked{}
	for i := range 9 {
		used[fmt.Sprint("n", i)] = 10
	}
	victim := newPod("v", "hot", "1Gi")
	w := newTown(t, used, victim)
	w.sched.Extenders = []fwk.Extender{e}
	if got := w.ask(victim); got.Node != "n7" || e.calls != 2 {
		t.Errorf("the home is %q after %d calls, because %q", got.Node, e.calls, got.Why)
	}
}

func TestTelemetryChoosesAmongHomes(t *testing.T) {
	victim := newPod("v", "hot", "10Gi")
	w := newTown(t, map[string]float64{"hot": 95, "a": 50, "b": 20, "c": 70, "d": 10}, victim)
	room := map[string]float64{"a": 50, "b": 80, "c": 30, "d": 90}
	got := w.askOf(victim, func(node string, need, _ engine.Amounts) (float64, bool, string) {
		if need.Memory != 10<<30 {
			t.Errorf("the pod is judged by %v bytes", need.Memory)
		}
		return room[node], node != "d", "node(s) have memory > 70%"
	})
	if got.Node != "b" {
		t.Errorf("the home is %s, because %s; want b, which has most room of those that suit", got.Node, got.Why)
	}
}

func TestTwoMovesDoNotCountOnOnePlace(t *testing.T) {
	first, second := newPod("first", "hot", "30Gi"), newPod("second", "hot", "30Gi")
	for name, tc := range map[string]struct {
		used float64
		room string
		want string
	}{
		"by requests":               {10, "50Gi", "Insufficient memory"},
		"by what telemetry says":    {40, "1Gi", "would break telemetry rule"},
		"where there is for both":   {10, "1Gi", ""},
		"where there is for no one": {70, "1Gi", "would break telemetry rule"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t, map[string]float64{"hot": 95, "cool": tc.used}, first, second, newPod("resident", "cool", tc.room))
			move := w.ask(first)
			var after []Move
			if move.Found {
				after = append(after, move.Move)
			}
			got := w.ask(second, after...)
			if got.Found != (tc.want == "") || !strings.Contains(got.Why, tc.want) {
				t.Errorf("the second has the home %q, because %q; want %q", got.Node, got.Why, tc.want)
			}
			if again := w.ask(second); name != "where there is for no one" && !again.Found {
				t.Errorf("without the first there is no home, because %q: moves stick", again.Why)
			}
		})
	}
}

func TestHeldRoomIsNobodysHome(t *testing.T) {
	victim := newPod("v", "hot", "30Gi")
	w := newTown(t, map[string]float64{"hot": 95, "cool": 40}, victim)
	moved := newPod("moved", "", "30Gi")
	w.shared.Holds().Add(&hold.Hold{Node: "cool", Owner: "owner-moved", Pod: moved, Use: inflight.Units{Bytes: 30 << 30, Pods: 1}, Until: noon})
	if got := w.ask(victim); got.Found {
		t.Errorf("the home is %s, where 30 GiB of the 50 that are left are held", got.Node)
	}
}

func TestNothingIsProvedBeforeTheFirstBoard(t *testing.T) {
	if newTown(t, nil).prover.Look() != nil {
		t.Error("there is something to look at without a Board")
	}
}

// The scheduler's cache hands each change of claims to one snapshot alone.
func TestLookingTakesNoClaimFromTheScheduler(t *testing.T) {
	w := newTown(t, map[string]float64{"a": 10})
	logger, live := klog.Background(), internalcache.NewEmptySnapshot()
	if err := w.sched.Cache.UpdateSnapshot(logger, live); err != nil {
		t.Fatal(err)
	}
	pod := newPod("p", "a", "1Gi", func(pod *v1.Pod) {
		claim := v1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}
		pod.Spec.Volumes = []v1.Volume{{Name: "data", VolumeSource: v1.VolumeSource{PersistentVolumeClaim: &claim}}}
	})
	if err := w.sched.Cache.AddPod(logger, pod); err != nil {
		t.Fatal(err)
	}
	sight := w.prover.Look()
	sight.imagine(nil, pod, engine.Amounts{})
	if w.prover.lister.IsPVCUsedByPods("default/data") {
		t.Error("the claim of the victim is in use in the copy without it")
	}
	sight.imagine(nil, nil, engine.Amounts{})
	if !w.prover.lister.IsPVCUsedByPods("default/data") {
		t.Error("the claim is not in use in the copy")
	}
	if err := w.sched.Cache.UpdateSnapshot(logger, live); err != nil {
		t.Fatal(err)
	}
	if !live.StorageInfos().IsPVCUsedByPods("default/data") {
		t.Error("the scheduler does not see that the claim is in use")
	}
}

func TestProofsLeaveTheSchedulersCacheAsItIs(t *testing.T) {
	victim := newPod("v", "hot", "10Gi")
	w := newTown(t, map[string]float64{"hot": 95, "cool": 40}, victim)
	move := w.ask(victim)
	w.ask(newPod("other", "hot", "10Gi"), move.Move)
	nodes := w.sched.Cache.Dump().Nodes
	if hot, cool := len(nodes["hot"].Pods), len(nodes["cool"].Pods); hot != 1 || cool != 0 {
		t.Errorf("after two proofs the cache has %d and %d pods, want 1 and 0", hot, cool)
	}
}

func TestProofsAskTheAPIServerNothing(t *testing.T) {
	var objects []runtime.Object
	for i := range 50 {
		objects = append(objects, newPod(fmt.Sprint("v", i), "hot", "1Gi"))
	}
	w := newTown(t, map[string]float64{"hot": 95, "cool": 40}, append(objects, newPod("waiter", "", "75Gi"))...)
	w.watched.ClearActions()
	w.asked.ClearActions()
	for _, o := range objects {
		if answer := w.ask(o.(*v1.Pod)); !answer.Found {
			t.Fatal(answer.Why)
		}
	}
	if asked := append(w.watched.Actions(), w.asked.Actions()...); len(asked) > 0 {
		t.Errorf("for 50 proofs the API server was asked %d times, first to %s %s", len(asked), asked[0].GetVerb(), asked[0].GetResource())
	}
}

func TestRoomThatIsHeldForAPodIsItsOwn(t *testing.T) {
	victim := newPod("v", "hot", "30Gi")
	w := newTown(t, map[string]float64{"hot": 95, "cool": 40}, victim)
	held := &hold.Hold{Node: "cool", Owner: "owner-v", Pod: Replacement(victim, nil), Use: inflight.Units{Bytes: 30 << 30, Pods: 1}, Until: noon}
	w.shared.Holds().Add(held)
	for name, tc := range map[string]struct {
		own  *hold.Hold
		want bool
	}{
		"the pod's own": {held, true},
		"another's":     {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			q := Question{Victim: victim, Replacement: Replacement(victim, nil), Held: tc.own, Suits: everywhere}
			answer, err := w.prover.Look().Prove(t.Context(), q, nil)
			if err != nil || answer.Found != tc.want {
				t.Errorf("a home is found: %v (%s, %v), want %v", answer.Found, answer.Why, err, tc.want)
			}
		})
	}
}
