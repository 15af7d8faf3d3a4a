package rulesource

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Limits are how many rules and preferences one namespace may have.
type Limits struct{ Rules, Preferences int }

// mostText bounds the texts of one namespace together, in bytes: whoever writes
// more than rules need must not make everybody else's wait to be read.
const mostText = 256 << 10

// room is what one namespace may have, less what its earlier keys took. A nil room
// has no end.
type room struct {
	namespace string
	limits    Limits
	names     map[name]*text // who took them
	read      int // bytes
}

func newRoom(namespace string, limits Limits) *room {
	return &room{namespace: namespace, limits: limits, names: map[name]*text{}}
}

// reads reports whether a text is read at all.
func (r *room) reads(t *text, body string) (rules.Mistake, bool) {
	if r == nil {
		return rules.Mistake{}, true
	}
	if r.read+len(body) > mostText {
		return rules.Mistake{
			File:    t.String(),
			Message: fmt.Sprintf("with the %d bytes of this key the rules of namespace %s are longer than the %d bytes that are read of a namespace", len(body), r.namespace, mostText),
			Mend:    "write less, or remove keys that are not needed",
		}, false
	}
	r.read += len(body)
	return rules.Mistake{}, true
}

// over returns the mistakes by which claims go beyond the limits. The same name in
// another ConfigMap counts once.
func (r *room) over(claims []claim) []rules.Mistake {
	if r == nil {
		return nil
	}
	return append(r.beyond(claims, rule, r.limits.Rules), r.beyond(claims, preference, r.limits.Preferences)...)
}

func (r *room) beyond(claims []claim, k kind, limit int) []rules.Mistake {
	count, first := r.count(k), claim{}
	for _, c := range claims {
		if c.kind != k || r.names[c.name()] != nil {
			continue
		}
		if count++; count == limit+1 {
			first = c
		}
	}
	if first.text == nil {
		return nil
	}
	return []rules.Mistake{{
		File: first.origin.File, Line: first.origin.Line, Column: first.origin.Column,
		Message: fmt.Sprintf("with this key namespace %s has %d %ss%s, and it may have %d", r.namespace, count, k, r.others(k), limit),
		Mend:    fmt.Sprintf("remove %d, or ask whoever runs the scheduler to raise namespaceLimits.%ss", count-limit, k),
	}}
}

func (r *room) count(k kind) (n int) {
	for taken := range r.names {
		if taken.kind == k {
			n++
		}
	}
	return n
}

// others names the keys that came first and count, in parentheses.
func (r *room) others(k kind) string {
	counts := map[Unit]int{}
	for n, by := range r.names {
		if n.kind == k {
			counts[by.Unit]++
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

// take notes what came into force.
func (r *room) take(claims []claim) {
	if r == nil {
		return
	}
	for _, c := range claims {
		if r.names[c.name()] == nil {
			r.names[c.name()] = c.text
		}
	}
}

// resolveTenant decides what of one namespace's texts is in force. It is pure: parse
// knows the metrics of the cluster's rules. Older ConfigMaps come first where there
// is no room for all.
func resolveTenant(texts []text, good map[Unit]GoodText, parse parseFunc, limits Limits) outcome {
	ordered := slices.SortedFunc(slices.Values(texts), func(a, b text) int {
		return cmp.Or(a.created.Compare(b.created), compareUnits(a.Unit, b.Unit))
	})
	return resolveWith(ordered, good, loader{parse: parse, room: newRoom(texts[0].Namespace, limits)})
}
