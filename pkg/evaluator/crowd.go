package evaluator

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// turn says in which direction a pair crossed the line.
type turn uint8

const (
	noTurn turn = iota
	beganToFire
	// stillFires is what a new leader found.
	stillFires
	endedFiring
)

// turnOf reads a transition as people see it: Firing and Keeping both keep pods
// off, so that only entering and leaving the two matters.
func turnOf(t engine.Transition) turn {
	before, after := keepsOff(t.From), keepsOff(t.To)
	switch {
	case !t.Since.IsZero():
		return stillFires
	case after && !before:
		return beganToFire
	case before && !after:
		return endedFiring
	default:
		return noTurn
	}
}

func keepsOff(p engine.Phase) bool { return p == engine.Firing || p == engine.Keeping }

// crowd is the turns of one tick, rule and direction. Those that ended with their nodes
// are a crowd of their own: one reason stands for all.
type crowd struct {
	rule    rules.Key
	turn    turn
	gone    bool
	force   force
	members []engine.Transition
}

// crowdsOf gathers transitions in the order in which each crowd began, and leaves
// out those that are no turn.
func crowdsOf(transitions []engine.Transition) []crowd {
	type kind struct {
		rule rules.Key
		turn turn
		gone bool
	}
	var out []crowd
	index := map[kind]int{}
	for _, t := range transitions {
		k := kind{t.Rule, turnOf(t), t.Gone}
		if k.turn == noTurn {
			continue
		}
		i, found := index[k]
		if !found {
			i = len(out)
			index[k] = i
			out = append(out, crowd{rule: k.rule, turn: k.turn, gone: k.gone})
		}
		out[i].members = append(out[i].members, t)
	}
	return out
}

// log writes one line for all members, and the numbers of the first one.
func (c *crowd) log(logger klog.Logger) {
	first := c.members[0]
	says := []any{"rule", c.rule, "nodes", len(c.members), "node", klog.KRef("", first.Node), "because", first.Sentence}
	if c.force.words != "" {
		says = append(says, "force", c.force.words)
	}
	switch c.turn {
	case beganToFire:
		logger.Info("A rule fires", says...)
	case stillFires:
		logger.Info("A rule still fires", append(says, "since", first.Since)...)
	default:
		logger.Info("A rule no longer fires", says...)
	}
}

// onRule stands for the Events on nodes that are not sent.
func (c *crowd) onRule(place *corev1.ObjectReference, nodes int) event {
	if c.turn != endedFiring {
		return manyFiring(place, c, nodes)
	}
	return manyInactive(place, c, nodes)
}

// onTenantsRule tells of all members at once, with the numbers of the first.
func (c *crowd) onTenantsRule(place *corev1.ObjectReference) event {
	return tenantsTurn(place, c)
}

// onNode tells of one member.
func (c *crowd) onNode(node *corev1.Node, place *corev1.ObjectReference, t engine.Transition) event {
	if c.turn != endedFiring {
		return nodeFiring(node, place, c, t)
	}
	return nodeInactive(node, place, c, t)
}
