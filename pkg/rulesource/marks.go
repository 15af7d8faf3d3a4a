package rulesource

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"

// The marks that a text sets are definitions too: which of its rules sets one is settled
// within a text, and between texts by nothing but which of them may set it at all.
const (
	label kind = "label"
	taint kind = "taint"
)

// setting is how one rule sets a mark.
type setting struct{ rule, text string }

// marksOf returns what a document defines of marks, in its order.
func marksOf(d *rules.Document) (out []definition) {
	at := map[name]int{}
	define := func(k kind, key, text string, r *rules.Rule) {
		n := name{k, rules.Key{Name: key}}
		i, found := at[n]
		if !found {
			i = len(out)
			at[n] = i
			out = append(out, definition{kind: k, key: n.key, origin: r.Origin, content: []setting{}})
		}
		out[i].content = append(out[i].content.([]setting), setting{r.Name, text})
	}
	for i := range d.Rules {
		r := &d.Rules[i]
		if r.Label != nil {
			define(label, r.Label.Key, r.Label.Value, r)
		}
		if r.Taint != nil {
			define(taint, r.Taint.Key, r.Taint.Effect, r)
		}
	}
	return out
}

// setters are the texts that may set each mark.
func setters(winners []claim) map[name]claim {
	out := map[name]claim{}
	for _, w := range winners {
		if w.kind == label || w.kind == taint {
			out[w.name()] = w
		}
	}
	return out
}

// unmark takes from a rule the marks that another text sets.
func unmark(r *rules.Rule, of *text, may map[name]claim) {
	theirs := func(k kind, key string) bool {
		by := may[name{k, rules.Key{Name: key}}].text
		return by != nil && !sameConfigMap(*by, *of)
	}
	if r.Label != nil && theirs(label, r.Label.Key) {
		r.Label = nil
	}
	if r.Taint != nil && theirs(taint, r.Taint.Key) {
		r.Taint = nil
	}
}
