package rulesource

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Counts are numbers of what namespaces have.
type Counts struct {
	Rules, Preferences int
	// Terms are the comparisons of conditions and the values of selectors: what rules
	// cost for each node.
	Terms int
}

// Limits are how much one namespace may have, and how much all of them together.
type Limits struct{ Each, Together Counts }

const (
	// mostText bounds the texts of one namespace together, in bytes: whoever writes
	// more than rules need must not make everybody else's wait to be read.
	mostText = 256 << 10
	// mostTextTogether bounds those of all namespaces.
	mostTextTogether = 4 << 20
)

// room is what somebody may have, less what earlier keys took. A nil room has no end.
type room struct {
	words  wording
	limits Counts
	text   int // bytes
	// around is the room that all namespaces share; nil in that one itself.
	around *room

	// names are those that came into force.
	names map[name]*holding
	used  Counts
	// read are the bytes that were read, key those of the present key.
	read, key int
}

// holding is what one name has taken: the text of the first key that has it, and the
// most terms that any of that name has.
type holding struct {
	text   *text
	counts Counts
}

// wording is how a room speaks of itself.
type wording struct{ has, may, setting string }

func newRoom(namespace string, limits Counts, around *room) *room {
	words := wording{"namespace " + namespace + " has", "it may have", "namespaceLimits"}
	return &room{words: words, limits: limits, text: mostText, around: around, names: map[name]*holding{}}
}

func newSharedRoom(limits Counts) *room {
	words := wording{"all namespaces together have", "they may have", "namespaceLimits.together"}
	return &room{words: words, limits: limits, text: mostTextTogether, names: map[name]*holding{}}
}

// begin turns to the next key.
func (r *room) begin() {
	for ; r != nil; r = r.around {
		r.key = 0
	}
}

// reads reports whether a text is read at all. Of several texts of one key the
// longest counts.
func (r *room) reads(t *text, body string) (rules.Mistake, bool) {
	if t.refused > 0 && body == t.Text {
		return rules.Mistake{
			File: t.String(), Check: rules.CheckLimits,
			Message: fmt.Sprintf("with the %d bytes of this ConfigMap %s more than the %d bytes of rules that are read, counting %d at least for each, or all namespaces together more than %d",
				t.refused, r.words.has, mostHeld, leastHeld, mostHeldTogether),
			Mend: "write less, or remove what is not needed",
		}, false
	}
	for in := r; in != nil; in = in.around {
		if in.read+max(0, len(body)-in.key) > in.text {
			return rules.Mistake{
				File: t.String(), Check: rules.CheckLimits,
				Message: fmt.Sprintf("with the %d bytes of this key %s more than the %d bytes of rules that are read", len(body), in.words.has, in.text),
				Mend:    "write less, or remove keys that are not needed",
			}, false
		}
	}
	for in := r; in != nil; in = in.around {
		more := max(0, len(body)-in.key)
		in.read, in.key = in.read+more, in.key+more
	}
	return rules.Mistake{}, true
}

// over returns the mistakes by which claims go beyond the limits. The same name in
// another ConfigMap counts once.
func (r *room) over(claims []claim) (out []rules.Mistake) {
	for ; r != nil; r = r.around {
		out = append(out, r.beyond(claims, "rules", "rules", func(c Counts) int { return c.Rules })...)
		out = append(out, r.beyond(claims, "preferences", "preferences", func(c Counts) int { return c.Preferences })...)
		out = append(out, r.beyond(claims, "comparisons and values of selectors", "terms", func(c Counts) int { return c.Terms })...)
	}
	return out
}

func (r *room) beyond(claims []claim, what, field string, of func(Counts) int) []rules.Mistake {
	count, limit, first := of(r.used), of(r.limits), claim{}
	for _, c := range claims {
		count += of(r.adds(c))
		if count > limit && first.text == nil {
			first = c
		}
	}
	if first.text == nil {
		return nil
	}
	return []rules.Mistake{{
		File: first.origin.File, Line: first.origin.Line, Column: first.origin.Column, Check: rules.CheckLimits,
		Message: fmt.Sprintf("with this key %s %d %s%s, and %s %d", r.words.has, count, what, r.others(of), r.words.may, limit),
		Mend:    fmt.Sprintf("remove %d, or ask whoever runs the scheduler to raise %s.%s", count-limit, r.words.setting, field),
	}}
}

// adds returns what a claim takes beyond what others of its name have taken.
func (r *room) adds(c claim) Counts {
	more := c.counts()
	if held := r.names[c.name()]; held != nil {
		return Counts{Terms: max(0, more.Terms-held.counts.Terms)}
	}
	return more
}

// others names the keys that came first and count, in parentheses. Those of other
// namespaces are nobody's business.
func (r *room) others(of func(Counts) int) string {
	counts := map[Unit]int{}
	for _, held := range r.names {
		if n := of(held.counts); n > 0 && r.around != nil {
			counts[held.text.Unit] += n
		}
	}
	if len(counts) == 0 {
		return ""
	}
	var words []string
	for _, u := range slices.SortedFunc(maps.Keys(counts), compareUnits) {
		words = append(words, fmt.Sprintf("%d in %s/%s", counts[u], u.ConfigMap, u.Key))
	}
	return " (" + firstOf(words) + ")"
}

// add brings in what a name takes beyond what it had.
func (h *holding) add(more Counts) { h.counts = h.counts.plus(more) }

func (c Counts) plus(o Counts) Counts {
	return Counts{c.Rules + o.Rules, c.Preferences + o.Preferences, c.Terms + o.Terms}
}

// take notes what came into force.
func (r *room) take(claims []claim) {
	for ; r != nil; r = r.around {
		for _, c := range claims {
			more := r.adds(c)
			r.used = r.used.plus(more)
			if r.names[c.name()] == nil {
				r.names[c.name()] = &holding{text: c.text}
			}
			r.names[c.name()].add(more)
		}
	}
}

// resolveTenant decides what of one namespace's texts is in force. It is pure: parse
// knows the metrics of the cluster's rules. Older ConfigMaps come first where there
// is no room for all.
func resolveTenant(texts []text, good map[Unit]GoodText, parse parseFunc, room *room) outcome {
	ordered := slices.SortedFunc(slices.Values(texts), func(a, b text) int {
		return cmp.Or(a.created.Compare(b.created), compareUnits(a.Unit, b.Unit))
	})
	return resolveWith(ordered, good, loader{parse: parse, room: room})
}
