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
// it is tried again at once, anywhere but where its predecessor was moved from, and then
// anywhere. Points for nodes would not do for that, because other plugins like a node that
// has the images; nor would it do to wait, because a pod is better where it was than nowhere.

// leg is where a pod may go now.
type leg int

const (
	anywhere leg = iota
	// homeward is where room is held for the pod.
	homeward
	// away is anywhere but where its predecessor was moved from.
	away
)

// nextLegs follow a leg that led nowhere, and strayedReasons are what a pod's Event says of it.
var (
	nextLegs       = map[leg]leg{homeward: away, away: anywhere}
	strayedReasons = map[leg]string{
		homeward: "the room held for the pod cannot take it; other nodes are tried next",
		away:     "no other node can take the pod; the one that it was moved from is tried next",
	}
)

// reasonLeft is what a pod's Event says of the node that its predecessor was moved from.
const reasonLeft = "node(s) had the pod moved away"

// strays are the pods that could not go to the room held for them, by UID: their legs. They
// are forgotten when room is released.
type strays struct{ pods sync.Map }

func (s *strays) leg(uid types.UID) leg {
	if l, known := s.pods.Load(uid); known {
		return l.(leg)
	}
	return homeward
}

// restrict keeps a pod for which room is held to its leg; nil restricts nothing.
func (p *Plugin) restrict(c *cycle, pod *v1.Pod) *fwk.PreFilterResult {
	if !p.shared.holds.Any() {
		return nil
	}
	owner, homes, from := p.shared.ownerOf(pod), sets.New[string](), sets.New[string]()
	for _, h := range p.shared.holds.All() {
		if h.Owner == owner {
			homes.Insert(h.Node)
			from.Insert(h.From)
		}
	}
	if homes.Len() == 0 {
		return nil
	}
	switch c.leg = p.shared.strays.leg(pod.UID); c.leg {
	case homeward:
		return &fwk.PreFilterResult{NodeNames: homes}
	case away:
		c.from = from
	}
	return nil
}

// strayed has a pod tried on its next leg. Nothing is to be preempted for it before the
// last one.
func (p *Plugin) strayed(state fwk.CycleState, pod *v1.Pod) *fwk.Status {
	c, err := cycleOf(state)
	if err != nil || c.leg == anywhere {
		return nil
	}
	p.shared.strays.pods.Store(pod.UID, nextLegs[c.leg])
	p.shared.bounced.add(pod)
	p.shared.unbounce()
	return fwk.NewStatus(fwk.UnschedulableAndUnresolvable, strayedReasons[c.leg])
}
