package rulesource

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// claim is one name that one unit defines.
type claim struct {
	text *text
	rule rules.Rule
}

// conflict says that the loser's definition is set aside for the winner's.
type conflict struct{ winner, loser claim }

// sameRule reports whether two definitions say the same. Where they were
// written, and whether their ConfigMap is paused, is not part of what they say.
func sameRule(a, b rules.Rule) bool {
	a.Origin, b.Origin = rules.Origin{}, rules.Origin{}
	a.Paused, b.Paused = false, false
	return reflect.DeepEqual(a, b)
}

// compareClaims orders claims by name, and of one name the winner first: the
// newer ConfigMap, then the greater name. The key decides only between equal
// definitions, because within one ConfigMap a second one is a mistake.
func compareClaims(a, b claim) int {
	return cmp.Or(
		cmp.Compare(a.rule.Namespace, b.rule.Namespace),
		cmp.Compare(a.rule.Name, b.rule.Name),
		b.text.created.Compare(a.text.created),
		cmp.Compare(b.text.ConfigMap, a.text.ConfigMap),
		cmp.Compare(a.text.Key, b.text.Key),
	)
}

// settle returns one claim for each name, ordered by namespace and name, and
// the claims that lost against a different definition. Equal definitions do not
// conflict: ConfigMaps with a hash in their name overlap during a rollout.
func settle(claims []claim) (winners []claim, conflicts []conflict) {
	ordered := slices.SortedStableFunc(slices.Values(claims), compareClaims)
	for _, c := range ordered {
		last := len(winners) - 1
		if last < 0 || winners[last].rule.Key() != c.rule.Key() {
			winners = append(winners, c)
			continue
		}
		if !sameRule(winners[last].rule, c.rule) {
			conflicts = append(conflicts, conflict{winner: winners[last], loser: c})
		}
	}
	return winners, conflicts
}
