package telemetry

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	v1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Where lenient rules keep a pod off every node that takes it otherwise, the least
// violating one gets it. PostFilter sees that: no node was feasible, so that every one
// was filtered, and a rejection of ours means that all other plugins accepted the node,
// because our Filter is the last. It gives the pod a pass to that node and has it
// activated; Filter lets the pass through in the next cycle, and Reserve ends it.

// anyway is a pass in one cycle.
type anyway struct {
	pass *pass
	// lenient are the rules that give way, and firm is how the others see the nodes.
	lenient engine.Governance
	firm    *engine.View
	// ended is set once the cycle has failed: preemption must not find room by the
	// pass.
	ended atomic.Bool
	// broken is what the node breaks, once the pass was used.
	broken atomic.Pointer[engine.Violation]
}

// present returns the pass that a pod brings into a cycle; nil for none.
func (c *cycle) present(p *pass, now time.Time) *anyway {
	if !p.stands(c.view, c.need, now) {
		return nil
	}
	return &anyway{pass: p, lenient: c.board.Lenient(c.governing), firm: c.board.View(c.board.Firm(c.governing))}
}

// letsThrough reports whether the pod has a pass to a node that only lenient rules keep
// it off.
func (c *cycle) letsThrough(info fwk.NodeInfo) bool {
	a, name := c.anyway, info.Node().Name
	if a == nil || a.pass.node != name || a.ended.Load() || c.view.Node(name) == nil {
		return false
	}
	if _, kept := c.keptOff(a.firm, info); kept {
		return false
	}
	broken, _ := c.board.Violation(a.lenient, c.candidate(info, engine.Amounts{}))
	a.broken.Store(&broken)
	return true
}

// candidate is a node to which others have a pass for what is promised.
func (c *cycle) candidate(info fwk.NodeInfo, promised engine.Amounts) engine.Candidate {
	node := c.view.Node(info.Node().Name)
	out := engine.Candidate{Node: info.Node().Name, Need: c.need, Arrived: c.account.At(node.Slot()).Plus(promised)}
	if node.CountsRequests() {
		out.Requested = requestedOn(info).Plus(promised)
	}
	return out
}

// goAnyway gives the pod a pass to the node that breaks the lenient rules least, if
// only they keep it off some. The pod's former pass has ended.
func (p *Plugin) goAnyway(state fwk.CycleState, pod *v1.Pod, statuses fwk.NodeToStatusReader) (*fwk.PostFilterResult, *fwk.Status) {
	former := cmp.Or(p.shared.waiting.takePass(pod.UID), brought(state))
	next, status := p.nextPass(state, pod, statuses, former)
	if next == nil {
		return withdrawn(pod, former), status
	}
	p.shared.give(next)
	return framework.NewPostFilterResultWithNominatedNode(next.node), status
}

// brought returns the pass that a pod brought into a cycle; nil for none. The waker may
// have let the pod go meanwhile, and its pass with it.
func brought(state fwk.CycleState) *pass {
	if c, err := cycleOf(state); err == nil && c.anyway != nil {
		return c.anyway.pass
	}
	return nil
}

// nextPass returns nil where no node is to be had by giving way.
func (p *Plugin) nextPass(state fwk.CycleState, pod *v1.Pod, statuses fwk.NodeToStatusReader, former *pass) (*pass, *fwk.Status) {
	c, err := cycleOf(state)
	if err != nil { // another plugin refused the pod before ours was asked
		return nil, fwk.NewStatus(fwk.Unschedulable)
	}
	tried := c.anyway != nil
	if tried {
		c.anyway.ended.Store(true)
	}
	lenient := c.board.Lenient(c.governing)
	if lenient.Empty() {
		return nil, fwk.NewStatus(fwk.Unschedulable)
	}
	if wrong := p.shared.disorder(pod.Spec.SchedulerName); wrong != "" {
		return nil, fwk.NewStatus(fwk.Unschedulable, "rules with ScheduleAnyway do not give way in this profile: "+wrong)
	}
	next := newPass(pod, former, tried, time.Now())
	least, found := c.board.LeastViolating(lenient, p.candidates(c, statuses, next))
	if !found {
		return nil, fwk.NewStatus(fwk.Unschedulable)
	}
	next.node, next.view = least.Node, c.view
	return next, fwk.NewStatus(fwk.Success, "rules with ScheduleAnyway give way on node "+least.Node)
}

// withdrawn takes back the nomination of an earlier pass, which would hold room.
func withdrawn(pod *v1.Pod, former *pass) *fwk.PostFilterResult {
	if former == nil || pod.Status.NominatedNodeName != former.node {
		return nil
	}
	return framework.NewPostFilterResultWithNominatedNode("")
}

// candidates are the nodes of the Board that only lenient rules keep the pod off, without
// those that a pass led to in vain, unless no others are left.
func (p *Plugin) candidates(c *cycle, statuses fwk.NodeToStatusReader, next *pass) (fresh []engine.Candidate) {
	var again []engine.Candidate
	firm := c.board.View(c.board.Firm(c.governing))
	promised := p.shared.waiting.promised(next.pod.UID, time.Now())
	infos, _ := p.handle.SnapshotSharedLister().NodeInfos().List() // which cannot fail
	for _, info := range infos {
		name := info.Node().Name
		if statuses.Get(name).Plugin() != Name || c.view.Node(name) == nil { // one that has just joined
			continue
		}
		if _, kept := c.keptOff(firm, info); kept {
			continue
		}
		if slices.Contains(next.refused, name) {
			again = append(again, c.candidate(info, promised[name]))
			continue
		}
		fresh = append(fresh, c.candidate(info, promised[name]))
	}
	if len(fresh) == 0 {
		next.refused = nil
		return again
	}
	return fresh
}

// PostBind tells that a pod was bound by a pass.
func (p *Plugin) PostBind(ctx context.Context, state fwk.CycleState, pod *v1.Pod, node string) {
	c, err := cycleOf(state)
	if err != nil || c.anyway == nil {
		return
	}
	if broken := c.anyway.broken.Load(); broken != nil && broken.Node == node {
		p.tell(ctx, pod, broken)
	}
}
