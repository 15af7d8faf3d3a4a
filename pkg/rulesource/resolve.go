package rulesource

import (
	"fmt"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// standing says which text of a unit is in force.
type standing uint8

const (
	inForce  standing = iota // the text that stands in the ConfigMap
	lastGood                 // an earlier text, because that one is broken
	nothing                  // none: it is broken and never loaded before
)

// result is what became of one unit.
type result struct {
	text     *text
	standing standing
	// mistakes of the text that stands in the ConfigMap, warnings included.
	mistakes []rules.Mistake
}

// outcome is everything that follows from the texts.
type outcome struct {
	rules     []rules.Rule
	results   []result // ordered by unit
	conflicts []conflict
	// good holds the texts to keep, for the units that still exist.
	good map[Unit]GoodText
}

// parseFunc reads one text; see rules.Parse.
type parseFunc func(file, body string) ([]rules.Rule, []rules.Mistake)

// resolve decides what is in force. It is pure: texts are what exists, ordered
// by unit, and good is what loaded before.
func resolve(texts []text, good map[Unit]GoodText, parse parseFunc) outcome {
	out := outcome{good: map[Unit]GoodText{}}
	var claims []claim
	for begin := 0; begin < len(texts); {
		end := begin + 1
		for end < len(texts) && sameConfigMap(texts[begin], texts[end]) {
			end++
		}
		claims = append(claims, out.addConfigMap(texts[begin:end], good, parse)...)
		begin = end
	}
	winners, conflicts := settle(claims)
	out.conflicts = conflicts
	for _, w := range winners {
		w.rule.Paused = w.text.paused
		out.rules = append(out.rules, w.rule)
	}
	return out
}

func sameConfigMap(a, b text) bool {
	return a.Namespace == b.Namespace && a.ConfigMap == b.ConfigMap
}

// addConfigMap resolves the keys of one ConfigMap in their order and returns
// what they claim.
func (o *outcome) addConfigMap(texts []text, good map[Unit]GoodText, parse parseFunc) []claim {
	taken := map[rules.Key]claim{}
	var claims []claim
	for i := range texts {
		t := &texts[i]
		found, mistakes := load(t, t.Text, taken, parse)
		r := result{text: t, mistakes: mistakes}
		known, hasGood := good[t.Unit]
		hasGood = hasGood && known.UID == t.UID
		switch {
		case !broken(mistakes):
			o.good[t.Unit] = t.GoodText
		case hasGood:
			o.good[t.Unit] = known
			found, r.standing = fallBack(t, known.Text, taken, parse)
		default:
			found, r.standing = nil, nothing
		}
		for _, c := range found {
			taken[c.rule.Key()] = c
		}
		claims = append(claims, found...)
		o.results = append(o.results, r)
	}
	return claims
}

// fallBack loads the last good text. It can be refused too: by a newer version
// of the program, or because an earlier key took one of its names meanwhile.
func fallBack(t *text, body string, taken map[rules.Key]claim, parse parseFunc) ([]claim, standing) {
	found, mistakes := load(t, body, taken, parse)
	if broken(mistakes) {
		return nil, nothing
	}
	return found, lastGood
}

// load reads one text and checks its names against the earlier keys of the same
// ConfigMap.
func load(t *text, body string, taken map[rules.Key]claim, parse parseFunc) ([]claim, []rules.Mistake) {
	parsed, mistakes := parse(t.String(), body)
	var claims []claim
	for _, r := range parsed {
		earlier, found := taken[r.Key()]
		if found && !sameRule(earlier.rule, r) {
			mistakes = append(mistakes, takenMistake(r, earlier))
		}
		claims = append(claims, claim{text: t, rule: r})
	}
	return claims, mistakes
}

func takenMistake(r rules.Rule, earlier claim) rules.Mistake {
	return rules.Mistake{
		File: r.Origin.File, Line: r.Origin.Line, Column: r.Origin.Column,
		Message: fmt.Sprintf("rule %q is defined in key %s of the same ConfigMap already", r.Name, earlier.text.Key),
		Mend:    "give one of them another name, or remove one",
	}
}

func broken(mistakes []rules.Mistake) bool {
	for _, m := range mistakes {
		if !m.Warning {
			return true
		}
	}
	return false
}
