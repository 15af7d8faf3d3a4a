package evaluator

import (
	"time"

	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// logTick writes down what a tick changed, and each change on its own for those who look at
// single nodes. A tick that changed nothing is only for them.
func logTick(logger klog.Logger, board *engine.Board, transitions []engine.Transition, took time.Duration) {
	level := 2
	if len(transitions) == 0 {
		level = 4
	}
	logger.V(level).Info("Rules were evaluated", "inForce", len(board.RuleSet().Rules), "nodes", board.Size(), "transitions", len(transitions), "took", took)
	each := logger.V(4)
	if !each.Enabled() {
		return
	}
	for i := range transitions {
		t := &transitions[i]
		each.Info("A rule is in another phase on a node", "rule", t.Rule, "node", klog.KRef("", t.Node), "from", t.From, "to", t.To, "because", t.Sentence)
	}
}
