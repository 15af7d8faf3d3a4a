package telemetry

import (
	"sync"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	fwk "k8s.io/kube-scheduler/framework"
)

// A pod that comes in the place of one that was moved goes to the room that is held for
// it: other nodes may let it in and be beyond what was proved. Where it cannot go there,
// it is tried again at once, and may go anywhere.

// strays are the pods that could not go to the room held for them, by UID. They are
// forgotten when room is released.
type strays struct{ pods sync.Map }

func (s *strays) has(uid types.UID) bool { _, known := s.pods.Load(uid); return known }

// homeward restricts a pod to the node on which room is held for it; nil where none is.
func (p *Plugin) homeward(c *cycle, pod *v1.Pod) *fwk.PreFilterResult {
	if !p.shared.holds.Any() || p.shared.strays.has(pod.UID) {
		return nil
	}
	owner, nodes := p.shared.ownerOf(pod), sets.New[string]()
	for _, h := range p.shared.holds.All() {
		if h.Owner == owner {
			nodes.Insert(h.Node)
		}
	}
	if c.homeward = nodes.Len() > 0; !c.homeward {
		return nil
	}
	return &fwk.PreFilterResult{NodeNames: nodes}
}

// strayed has a pod tried anywhere that could not go where room is held for it. Nothing is
// to be preempted for it before.
func (p *Plugin) strayed(state fwk.CycleState, pod *v1.Pod) *fwk.Status {
	c, err := cycleOf(state)
	if err != nil || !c.homeward {
		return nil
	}
	p.shared.bounced.add(pod)
	p.shared.unhold()
	p.shared.strays.pods.Store(pod.UID, nil)
	return fwk.NewStatus(fwk.UnschedulableAndUnresolvable, reasonStrayed)
}

// reasonStrayed is what a pod's Event says.
const reasonStrayed = "the room held for the pod cannot take it; all nodes are tried next"
