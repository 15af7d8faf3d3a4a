package engine

import (
	"fmt"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Reason says why a pod may not go to a node. Board.Reason gives its words.
type Reason int

// Each rule has these reasons, in this order.
const (
	broke = iota
	wouldBreak
	unknown
	reasonKinds
)

func reasonOf(rule, kind int) Reason { return Reason(rule*reasonKinds + kind) }

// rule is the index of the rule that the reason is about.
func (r Reason) rule() int { return int(r) / reasonKinds }

// reasonsOf builds the words once: kube-scheduler counts nodes by equal strings,
// so that they name the rule and no measured number. They must not hold a percent
// sign either, because kube-scheduler makes its Event with the sentence as a
// format.
func reasonsOf(set *rules.RuleSet) []string {
	out := make([]string, 0, len(set.Rules)*reasonKinds)
	for i := range set.Rules {
		r := &set.Rules[i]
		rule := fmt.Sprintf("rule %s (%s)", r.Key(), shorten(spellPercent(r.When.String())))
		out = append(out, "node(s) broke telemetry "+rule, "node(s) would break telemetry "+rule, "node(s) had unknown telemetry for "+rule)
	}
	return out
}

func spellPercent(text string) string { return strings.ReplaceAll(text, "%", " percent") }

// longestCondition keeps several reasons within the 1,024 bytes of an Event.
const longestCondition = 120

func shorten(text string) string {
	runes := []rune(text)
	if len(runes) <= longestCondition {
		return text
	}
	return string(runes[:longestCondition-1]) + "…"
}
