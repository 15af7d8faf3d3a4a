package evaluator

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// maxNodeEvents bounds the Events on single nodes of one rule, tick and
// direction; when half a cluster jumps over the line one Event says so.
const maxNodeEvents = 10

// turn says in which direction a pair crossed the line.
type turn uint8

const (
	noTurn turn = iota
	beganToFire
	endedFiring
)

// turnOf reads a transition as people see it: Firing and Keeping both keep pods
// off, so that only entering and leaving the two matters.
func turnOf(t engine.Transition) turn {
	before, after := keepsOff(t.From), keepsOff(t.To)
	switch {
	case after && !before:
		return beganToFire
	case before && !after:
		return endedFiring
	default:
		return noTurn
	}
}

func keepsOff(p engine.Phase) bool { return p == engine.Firing || p == engine.Keeping }

// crowd counts the turns of one rule in one direction.
type crowd struct {
	rule rules.Key
	turn turn
}

// announce sends the Events of one tick, as the leader. Before everything was
// read once, missing telemetry is no news.
func (e *Evaluator) announce(set *rules.RuleSet, board *engine.Board, transitions []engine.Transition) {
	if !e.speaking || !e.isReady {
		return
	}
	about := e.references(set)
	crowds := map[crowd]int{}
	for _, t := range transitions {
		c := crowd{t.Rule, turnOf(t)}
		crowds[c]++
		if c.turn != noTurn && crowds[c] <= maxNodeEvents {
			e.announceNode(about(t.Rule), c.turn, t)
		}
	}
	for c, n := range crowds {
		if n > maxNodeEvents && c.turn != noTurn {
			e.announceCrowd(about(c.rule), c, n-maxNodeEvents)
		}
	}
	for _, v := range e.judged.update(faultsOf(board), about) {
		e.send(v)
	}
}

func (e *Evaluator) announceNode(rule *corev1.ObjectReference, to turn, t engine.Transition) {
	node, err := e.opts.Nodes.Lister().Get(t.Node)
	if err != nil {
		return // it is gone, and so is who would read about it
	}
	if to == beganToFire {
		e.send(nodeFiring(node, rule, t))
		return
	}
	e.send(nodeInactive(node, rule, t))
}

func (e *Evaluator) announceCrowd(rule *corev1.ObjectReference, c crowd, nodes int) {
	if rule == nil {
		return
	}
	if c.turn == beganToFire {
		e.send(manyFiring(rule, c.rule.String(), nodes))
		return
	}
	e.send(manyInactive(rule, c.rule.String(), nodes))
}

// references returns a function that finds the place of a rule; nil for a rule
// that is gone.
func (e *Evaluator) references(set *rules.RuleSet) func(rules.Key) *corev1.ObjectReference {
	var byKey map[rules.Key]*rules.Rule
	return func(k rules.Key) *corev1.ObjectReference {
		if byKey == nil {
			byKey = make(map[rules.Key]*rules.Rule, len(set.Rules))
			for i := range set.Rules {
				byKey[set.Rules[i].Key()] = &set.Rules[i]
			}
		}
		if r := byKey[k]; r != nil {
			return e.opts.Rules.Reference(r)
		}
		return nil
	}
}
