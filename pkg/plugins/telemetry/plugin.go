package telemetry

import (
	"context"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/events"
	fwk "k8s.io/kube-scheduler/framework"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Name is the plugin's name in scheduler configurations.
const Name = args.PluginName

// Plugin adapts one profile to what all profiles share.
type Plugin struct {
	shared *Shared
	handle fwk.Handle
	pods   inquiry.Reader
	nodes  corelisters.NodeLister
	events events.EventRecorder
}

var (
	_ fwk.SignPlugin        = (*Plugin)(nil)
	_ fwk.EnqueueExtensions = (*Plugin)(nil)
	_ fwk.PreFilterPlugin   = (*Plugin)(nil)
	_ fwk.FilterPlugin      = (*Plugin)(nil)
	_ fwk.PostFilterPlugin  = (*Plugin)(nil)
	_ fwk.ReservePlugin     = (*Plugin)(nil)
	_ fwk.PostBindPlugin    = (*Plugin)(nil)
)

// Name implements fwk.Plugin.
func (p *Plugin) Name() string { return Name }

// SignPod returns everything about a pod that a rule may ever look at. It is the
// same for every rule set and Board, because a signature is made when the pod
// enters the queue and compared with later ones.
func (p *Plugin) SignPod(_ context.Context, pod *v1.Pod) ([]fwk.SignFragment, *fwk.Status) {
	return []fwk.SignFragment{
		{Key: fwk.LabelsSignerName, Value: pod.Labels},
		{Key: Name, Value: signatureOf(pod)},
	}, nil
}

// PreFilter pins the Board for the cycle, or skips the plugin where no rule
// governs the pod. Without a Board nothing is known, and nothing is blocked.
func (p *Plugin) PreFilter(_ context.Context, state fwk.CycleState, pod *v1.Pod, _ []fwk.NodeInfo) (*fwk.PreFilterResult, *fwk.Status) {
	c := p.begin(pod)
	if c == nil {
		p.shared.waiting.leave(pod.UID)
		return nil, fwk.NewStatus(fwk.Skip)
	}
	p.shared.waiting.attempt(pod.UID, c)
	state.Write(cycleKey, c)
	return p.restrict(c, pod), nil
}

// begin returns nil for a pod that telemetry has nothing to say about. A pod
// that has its node is in the queue to be resized there, not to be placed.
func (p *Plugin) begin(pod *v1.Pod) *cycle {
	account := p.shared.ledger.Account()
	board := account.Board()
	if board == nil || pod.Spec.NodeName != "" {
		return nil
	}
	governing := board.Govern(p.pods.Facts(pod))
	if governing.Empty() && !p.shared.holds.Any() {
		return nil
	}
	c := &cycle{board: board, governing: governing, account: account, view: board.View(governing)}
	units, complaints := p.shared.judgedBy(pod, board.View(p.shared.awaited(board, pod, governing)))
	c.units, c.need = units, units.Amounts()
	p.complain(pod, complaints)
	if pass := p.shared.waiting.passOf(pod.UID); pass != nil {
		c.anyway = c.present(pass, time.Now())
	}
	return c
}

// PreFilterExtensions implements fwk.PreFilterPlugin. What victims of a
// preemption use is not known to be gone before telemetry says so.
func (p *Plugin) PreFilterExtensions() fwk.PreFilterExtensions { return nil }

// Filter rejects a node on which a governing rule keeps pods off or would be
// broken by this pod. A node that the Board does not know has just joined: no rule can
// have fired there yet, and it is judged by what its pods request.
func (p *Plugin) Filter(_ context.Context, state fwk.CycleState, pod *v1.Pod, info fwk.NodeInfo) *fwk.Status {
	c, err := cycleOf(state)
	if err != nil {
		return fwk.AsStatus(err)
	}
	if reason, kept := c.keptOff(c.view, info); kept && !c.letsThrough(info) {
		return p.reject(c, pod, info, reason)
	}
	return p.heldBack(c, pod, info)
}

// PostFilter ends the attempt of a pod that waits, so that the room that it was
// offered goes on to the next. It cures nothing but what lenient rules do, and leaves
// the rest to other plugins.
func (p *Plugin) PostFilter(_ context.Context, state fwk.CycleState, pod *v1.Pod, statuses fwk.NodeToStatusReader) (*fwk.PostFilterResult, *fwk.Status) {
	p.shared.waiting.failed(pod.UID, p.triedWith(state))
	if status := p.strayed(state, pod); status != nil {
		return nil, status
	}
	return p.goAnyway(state, pod, statuses)
}

// triedWith returns the Version of the Board of a cycle; of the newest one where
// another plugin refused the pod before ours was asked.
func (p *Plugin) triedWith(state fwk.CycleState) uint64 {
	if c, err := cycleOf(state); err == nil {
		return c.board.Version
	}
	if board := p.shared.board(); board != nil {
		return board.Version
	}
	return 0
}

// reject makes the status of one node, and lets the pod wait for telemetry at the
// first one in a cycle.
func (p *Plugin) reject(c *cycle, pod *v1.Pod, info fwk.NodeInfo, reason engine.Reason) *fwk.Status {
	if c.rejected.CompareAndSwap(false, true) {
		p.shared.wait(pod, c, reason)
	}
	if !c.fleeting.Load() && c.mayPass(info) && c.fleeting.CompareAndSwap(false, true) {
		p.shared.waiting.flee(pod, c)
	}
	// Preemption cannot cure what a node measures. The pod's own nominated node is
	// the exception: there UnschedulableAndUnresolvable would start a second
	// preemption while the victims of the first are still leaving.
	code := fwk.UnschedulableAndUnresolvable
	if pod.Status.NominatedNodeName == info.Node().Name {
		code = fwk.Unschedulable
	}
	return c.statuses.next(code, c.board.Reason(reason))
}

// Reserve takes the pod into account and ends its waiting, unless it only tries where
// the pods of a group could go together: then it is in flight for the others of the
// group, and no more. It runs after a skipped PreFilter too, so that there may be
// nothing of ours in the cycle state.
func (p *Plugin) Reserve(ctx context.Context, state fwk.CycleState, pod *v1.Pod, node string) *fwk.Status {
	p.shared.ledger.Reserve(pod, node, p.reserved(state, pod))
	if !isTrial(state) {
		p.consume(state, pod, node)
		p.shared.waiting.leave(pod.UID)
		p.countDryRun(ctx, pod, node)
	}
	return nil
}

// Unreserve gives back what Reserve took, and has those looked at who wait for it. The
// queue tries the pod again by itself. What a trial of a group gives back waits for the
// next Board: the group itself would be tried again at once, and for ever.
func (p *Plugin) Unreserve(_ context.Context, state fwk.CycleState, pod *v1.Pod, _ string) {
	p.shared.ledger.Unreserve(pod)
	if !isTrial(state) {
		p.restore(state)
		p.shared.wake()
	}
}

// isTrial reports whether kube-scheduler only tries where the pods of a group could go.
func isTrial(state fwk.CycleState) bool { return state != nil && state.IsPodGroupSchedulingCycle() }

// Factory returns the constructor for the scheduler's registry. It runs once for
// each profile and may run more often: it starts nothing.
func (s *Shared) Factory() frameworkruntime.PluginFactory {
	return func(_ context.Context, raw runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
		a, err := decodeArgs(raw, s.opts.SourceTypes)
		if err == nil {
			err = s.admit(handle.ProfileName(), a)
		}
		if err != nil {
			return nil, fmt.Errorf("plugin %s in profile %s: %w", Name, handle.ProfileName(), err)
		}
		s.watchOrder(handle)
		informers := handle.SharedInformerFactory().Core().V1()
		return &Plugin{
			shared: s,
			handle: handle,
			nodes:  informers.Nodes().Lister(),
			events: handle.EventRecorder(),
			pods:   inquiry.Reader{Namespaces: informers.Namespaces().Lister(), Exemptions: a.PodExemptions},
		}, nil
	}
}
