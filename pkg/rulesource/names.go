package rulesource

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// kind is what a definition defines. Names of different kinds do not meet.
type kind string

const (
	metric     kind = "metric"
	rule       kind = "rule"
	preference kind = "preference"
)

// definition is one thing that has a name.
type definition struct {
	kind   kind
	key    rules.Key
	origin rules.Origin
	// content is the rules.Metric, rules.Rule or rules.Preference, or the settings of a mark.
	content any
}

// definitions returns what a document defines, in its order.
func definitions(d *rules.Document) []definition {
	if d == nil {
		return nil
	}
	var out []definition
	for _, m := range d.Metrics {
		out = append(out, definition{metric, rules.Key{Name: m.Name}, m.Origin, m})
	}
	for _, r := range d.Rules {
		out = append(out, definition{rule, r.Key(), r.Origin, r})
	}
	for _, p := range d.Preferences {
		out = append(out, definition{preference, p.Key(), p.Origin, p})
	}
	return append(out, marksOf(d)...)
}

// counts returns what a definition takes of a namespace's room.
func (d definition) counts() Counts {
	switch c := d.content.(type) {
	case rules.Rule:
		return Counts{Rules: 1, Terms: c.Terms()}
	case rules.Preference:
		return Counts{Preferences: 1, Terms: c.Terms()}
	}
	return Counts{}
}

// claim is one name that one unit defines.
type claim struct {
	text *text
	definition
}

// name tells definitions apart.
type name struct {
	kind kind
	key  rules.Key
}

func (d definition) name() name { return name{d.kind, d.key} }

// conflict says that the loser's definition is set aside for the winner's.
type conflict struct{ winner, loser claim }

// same reports whether two definitions say the same. Where they were written is not
// part of what they say.
func (d definition) same(other definition) bool {
	return reflect.DeepEqual(withoutOrigin(d.content), withoutOrigin(other.content))
}

func withoutOrigin(content any) any {
	switch c := content.(type) {
	case rules.Metric:
		c.Origin = rules.Origin{}
		return c
	case rules.Rule:
		c.Origin = rules.Origin{}
		return c
	case rules.Preference:
		c.Origin = rules.Origin{}
		return c
	}
	return content
}

// compareClaims orders claims by kind and name, and of one name the winner first: the
// newer ConfigMap, then the greater name. The key decides only between equal
// definitions, because within one ConfigMap a second one is a mistake.
func compareClaims(a, b claim) int {
	return cmp.Or(
		cmp.Compare(a.kind, b.kind),
		a.key.Compare(b.key),
		b.text.created.Compare(a.text.created),
		cmp.Compare(b.text.ConfigMap, a.text.ConfigMap),
		cmp.Compare(a.text.Key, b.text.Key),
	)
}

// settle returns one claim for each name, ordered, and
// the claims that lost against a different definition. Equal definitions do not
// conflict: ConfigMaps with a hash in their name overlap during a rollout.
func settle(claims []claim) (winners []claim, conflicts []conflict) {
	ordered := slices.SortedStableFunc(slices.Values(claims), compareClaims)
	for _, c := range ordered {
		last := len(winners) - 1
		if last < 0 || winners[last].name() != c.name() {
			winners = append(winners, c)
			continue
		}
		if !winners[last].same(c.definition) {
			conflicts = append(conflicts, conflict{winner: winners[last], loser: c})
		}
	}
	return winners, conflicts
}
