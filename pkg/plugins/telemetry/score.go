package telemetry

import (
	"context"
	"fmt"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

var (
	_ fwk.PreScorePlugin = (*Plugin)(nil)
	_ fwk.ScorePlugin    = (*Plugin)(nil)
)

const scoringKey fwk.StateKey = "PreScore" + Name

// scoring is what PreScore froze for one cycle. Score reads it from many
// goroutines.
type scoring struct {
	board   *engine.Board
	scores  *engine.Scores
	account *inflight.Account
}

// Clone implements fwk.StateData; nothing in it changes.
func (s scoring) Clone() fwk.StateData { return s }

// PreScore finds the preferences of a pod, or skips the plugin where there are
// none. Filter and Score of one cycle see one Board.
func (p *Plugin) PreScore(_ context.Context, state fwk.CycleState, pod *v1.Pod, _ []fwk.NodeInfo) *fwk.Status {
	account := p.shared.ledger.Account()
	if c, err := cycleOf(state); err == nil {
		account = c.account
	}
	board := account.Board()
	if board == nil {
		return fwk.NewStatus(fwk.Skip)
	}
	taste := board.Taste(p.pods.Facts(pod))
	if taste.Empty() {
		return fwk.NewStatus(fwk.Skip)
	}
	state.Write(scoringKey, scoring{board, board.Scores(taste), account})
	return nil
}

// Score returns what a node is worth to the pod by telemetry, from 0 to 100. A node
// that the Board does not know has just joined, and counts as a silent one.
func (p *Plugin) Score(_ context.Context, state fwk.CycleState, _ *v1.Pod, info fwk.NodeInfo) (int64, *fwk.Status) {
	data, err := state.Read(scoringKey)
	if err != nil {
		return 0, fwk.AsStatus(fmt.Errorf("reading the preferences of %s: %w", Name, err))
	}
	s := data.(scoring)
	slot := s.board.Slot(info.Node().Name)
	return s.scores.At(slot, s.account.At(slot)), nil
}

// ScoreExtensions implements fwk.ScorePlugin. Points come from all nodes and not
// from those of one cycle, so that there is nothing to normalize.
func (p *Plugin) ScoreExtensions() fwk.ScoreExtensions { return nil }

// countDryRun counts a placement that a dry run would not have allowed, and writes down
// which: that is what people start one for.
func (p *Plugin) countDryRun(ctx context.Context, pod *v1.Pod, name string) {
	account := p.shared.ledger.Account()
	board := account.Board()
	if board == nil || !board.HasDryRuns() {
		return
	}
	// The pod is in the account by now.
	rule, kept := board.WouldKeepOff(p.pods.Facts(pod), engine.Amounts{}, account.At(board.Slot(name)), name)
	if !kept {
		return
	}
	dryRunPlacements.WithLabelValues(rule.Group()).Inc()
	klog.FromContext(ctx).V(2).Info("A dry run would have kept the pod off its node", "rule", rule, "pod", klog.KObj(pod), "node", klog.KRef("", name))
}
