package telemetry

import (
	"slices"
	"sync"
	"sync/atomic"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/noderesources"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/hold"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Room that is held for pods about to come back is taken, for everybody whom the Hold
// binds: by requests as NodeResourcesFit counts, and by expected use as rules do.

// reasonHeld is what a pod's Event says.
const reasonHeld = "node(s) kept room for pods that are being moved there"

// Holds are what is held on nodes: whoever evicts adds to them, and Reserve consumes them.
func (s *Shared) Holds() *hold.Holds { return &s.holds }

// unhold has those tried again who were refused for room that is held.
func (s *Shared) unhold() {
	s.strays.pods.Clear()
	s.unbounce()
}

// unbounce has those tried again who bounced.
func (s *Shared) unbounce() {
	s.bounced.free.Store(true)
	s.wake()
}

// heldBack refuses a node whose room is held for others, and one that the pod is to keep
// away from. Nothing is held on nearly all nodes, nearly always.
func (p *Plugin) heldBack(c *cycle, pod *v1.Pod, info fwk.NodeInfo) *fwk.Status {
	if c.from.Has(info.Node().Name) {
		return c.statuses.next(fwk.UnschedulableAndUnresolvable, reasonLeft)
	}
	held := p.shared.holds.On(info.Node().Name)
	if held == nil || isDaemon(pod) {
		return nil
	}
	with, use, bound := p.withHeld(pod, info, held)
	if !bound || c.fitsBeside(pod, info, with, use, p.handle) {
		return nil
	}
	p.shared.bounced.add(pod)
	if !slices.Equal(p.shared.holds.On(info.Node().Name), held) { // nobody else would tell the pod
		p.shared.unhold()
	}
	return c.statuses.next(fwk.UnschedulableAndUnresolvable, reasonHeld)
}

// isDaemon reports whether a pod belongs to a DaemonSet: it can go to no other node, and
// comes before who can.
func isDaemon(pod *v1.Pod) bool {
	owner := metav1.GetControllerOfNoCopy(pod)
	return owner != nil && owner.Kind == "DaemonSet"
}

// withHeld returns a node as it is with those pods on it whose room is held from a pod,
// and what they are expected to use; false where nothing is held from it.
func (p *Plugin) withHeld(pod *v1.Pod, info fwk.NodeInfo, held []*hold.Hold) (with fwk.NodeInfo, use engine.Amounts, bound bool) {
	owner, priority := p.shared.ownerOf(pod), corev1helpers.PodPriority(pod)
	for _, h := range held {
		if !h.Binds(owner, priority) {
			continue
		}
		if !bound {
			with, bound = info.Snapshot(), true
		}
		addTo(with, h.Pod)
		use = use.Plus(h.Use.Amounts())
	}
	return with, use, bound
}

// addTo puts a pod onto a node. It fails only for affinity terms that the API server
// would have refused.
func addTo(info fwk.NodeInfo, pod *v1.Pod) {
	if added, err := framework.NewPodInfo(pod); err == nil {
		info.AddPodInfo(added)
	}
}

// fitsBeside reports whether a node takes a pod with others that are held room.
func (c *cycle) fitsBeside(pod *v1.Pod, info, with fwk.NodeInfo, use engine.Amounts, handle fwk.Handle) bool {
	if lacking(pod, with, handle) > lacking(pod, info, handle) {
		return false
	}
	node := c.view.Node(info.Node().Name)
	if node == nil {
		_, kept := c.keptOffNew(c.view, with)
		return !kept
	}
	var requested engine.Amounts
	if node.CountsRequests() {
		requested = requestedOn(with)
	}
	_, kept := node.WouldBreak(c.need, c.account.At(node.Slot()).Plus(use), requested)
	return !kept
}

// lacking counts the resources of which a node has too little for a pod. Some may be
// lacking by themselves, where the profile ignores them.
func lacking(pod *v1.Pod, info fwk.NodeInfo, handle fwk.Handle) int {
	enabled := utilfeature.DefaultFeatureGate.Enabled
	return len(noderesources.Fits(pod, info, handle.SharedDRAManager(), noderesources.ResourceRequestsOptions{
		EnablePodLevelResources:   enabled(features.PodLevelResources),
		EnableDRAExtendedResource: enabled(features.DRAExtendedResource),
	}))
}

// heldKey is where a cycle keeps the Hold that its Reserve consumed.
const heldKey fwk.StateKey = "Held" + Name

// consumed is a Hold that ends with the binding of a pod.
type consumed struct{ *hold.Hold }

// Clone implements fwk.StateData.
func (c consumed) Clone() fwk.StateData { return c }

// consume ends a Hold of the pod's owner, for as long as the pod stays reserved.
func (p *Plugin) consume(state fwk.CycleState, pod *v1.Pod, node string) {
	if !p.shared.holds.Any() {
		return
	}
	if taken := p.shared.holds.Consume(p.shared.ownerOf(pod), node); taken != nil && state != nil {
		state.Write(heldKey, consumed{taken})
	}
}

// restore gives back what consume took, for a pod that was not bound.
func (p *Plugin) restore(state fwk.CycleState) {
	if state == nil {
		return
	}
	if taken, err := state.Read(heldKey); err == nil {
		p.shared.holds.Add(taken.(consumed).Hold)
		state.Delete(heldKey)
	}
}

// bounced are the pods that were refused for room that is held, until some is released.
type bounced struct {
	// free is set once some was.
	free atomic.Bool
	mu   sync.Mutex
	pods map[types.UID]*v1.Pod
}

func (b *bounced) add(pod *v1.Pod) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pods == nil {
		b.pods = map[types.UID]*v1.Pod{}
	}
	b.pods[pod.UID] = pod
}

// take returns all of them once room was released, and lets them go: whoever is refused
// again comes back.
func (b *bounced) take() []*v1.Pod {
	if !b.free.Swap(false) {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]*v1.Pod, 0, len(b.pods))
	for _, pod := range b.pods {
		out = append(out, pod)
	}
	b.pods = nil
	return out
}
