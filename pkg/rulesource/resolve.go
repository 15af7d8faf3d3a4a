package rulesource

import (
	"fmt"
	"maps"
	"reflect"

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
	// defined counts what the text in force defines.
	defined map[kind]int
}

// outcome is everything that follows from the texts.
type outcome struct {
	// document holds all definitions in force.
	document rules.Document
	// known are the metrics with which the texts were read.
	known     map[string]rules.Metric
	results   []result
	conflicts []conflict
	// good holds the texts to keep, for the units that still exist.
	good map[Unit]GoodText
}

// parser reads texts.
type parser struct {
	// metrics returns those that a text defines, and parse all of it where the named
	// metrics are known; see rules.MetricsOf and rules.Parse.
	metrics func(file, body string) []rules.Metric
	parse   func(file, body string, known map[string]rules.Metric) (*rules.Document, []rules.Mistake)
	// before are the metrics that were known the last time, so that texts that were
	// read with the same need not be read again.
	before map[string]rules.Metric
}

// parseFunc reads one text where it is settled which metrics there are.
type parseFunc func(file, body string) (*rules.Document, []rules.Mistake)

// mostRounds bounds how often texts are read until they agree on their metrics.
const mostRounds = 5

// resolve decides what is in force. It is pure: texts are what exists, ordered
// by unit, and good is what loaded before. Texts use each other's metrics, and a
// text that does not load takes its metrics along: so it begins with all metrics
// that anybody defines, and goes on with those that are in force, until these are
// the same.
func resolve(texts []text, good map[Unit]GoodText, p parser) outcome {
	known := map[string]rules.Metric{}
	for i := range texts {
		for _, m := range p.metrics(texts[i].String(), texts[i].Text) {
			known[m.Name] = m
		}
	}
	for round := 1; ; round++ {
		if reflect.DeepEqual(known, p.before) {
			known = p.before
		}
		out := resolveWith(texts, good, loader{parse: func(file, body string) (*rules.Document, []rules.Mistake) { return p.parse(file, body, known) }})
		now := byName(out.document.Metrics)
		if round == mostRounds || reflect.DeepEqual(known, now) {
			out.known = known
			return out
		}
		known = now
	}
}

func byName(metrics []rules.Metric) map[string]rules.Metric {
	out := make(map[string]rules.Metric, len(metrics))
	for _, m := range metrics {
		out[m.Name] = m
	}
	return out
}

func resolveWith(texts []text, good map[Unit]GoodText, l loader) outcome {
	out := outcome{good: map[Unit]GoodText{}}
	var claims []claim
	for begin := 0; begin < len(texts); {
		end := begin + 1
		for end < len(texts) && sameConfigMap(texts[begin], texts[end]) {
			end++
		}
		claims = append(claims, out.addConfigMap(texts[begin:end], good, l)...)
		begin = end
	}
	winners, conflicts := settle(claims)
	out.conflicts = conflicts
	may := setters(winners)
	for _, w := range winners {
		out.put(w, may)
	}
	return out
}

// put brings a definition into force, where may says which text sets which mark.
func (o *outcome) put(w claim, may map[name]claim) {
	switch c := w.content.(type) {
	case rules.Metric:
		o.document.Metrics = append(o.document.Metrics, c)
	case rules.Rule:
		c.Paused = w.text.paused
		unmark(&c, w.text, may)
		o.document.Rules = append(o.document.Rules, c)
	case rules.Preference:
		c.Paused = w.text.paused
		o.document.Preferences = append(o.document.Preferences, c)
	}
}

// add takes the outcome of another namespace in. Their names do not meet.
func (o *outcome) add(other outcome) {
	o.document.Rules = append(o.document.Rules, other.document.Rules...)
	o.document.Preferences = append(o.document.Preferences, other.document.Preferences...)
	o.results = append(o.results, other.results...)
	o.conflicts = append(o.conflicts, other.conflicts...)
	if o.good == nil {
		o.good = map[Unit]GoodText{}
	}
	maps.Copy(o.good, other.good)
}

func sameConfigMap(a, b text) bool {
	return a.Namespace == b.Namespace && a.ConfigMap == b.ConfigMap
}

// addConfigMap resolves the keys of one ConfigMap in their order and returns
// what they claim.
func (o *outcome) addConfigMap(texts []text, good map[Unit]GoodText, l loader) []claim {
	taken := map[name]claim{}
	var claims []claim
	for i := range texts {
		t := &texts[i]
		l.room.begin()
		found, mistakes := l.load(t, t.Text, taken)
		r := result{text: t, mistakes: mistakes}
		known, hasGood := good[t.Unit]
		hasGood = hasGood && known.UID == t.UID
		switch {
		case !broken(mistakes):
			o.good[t.Unit] = t.GoodText
		case hasGood:
			o.good[t.Unit] = known
			found, r.standing = l.fallBack(t, known.Text, taken)
		default:
			found, r.standing = nil, nothing
		}
		r.defined = map[kind]int{}
		for _, c := range found {
			taken[c.name()] = c
			r.defined[c.kind]++
		}
		l.room.take(found)
		claims = append(claims, found...)
		o.results = append(o.results, r)
	}
	return claims
}

// loader loads texts one after the other.
type loader struct {
	parse parseFunc
	// room is what is left to the namespace; nil where nothing bounds it.
	room *room
}

// fallBack loads the last good text. It can be refused too: by a newer version
// of the program, or because an earlier key took one of its names meanwhile, or
// the room for it.
func (l loader) fallBack(t *text, body string, taken map[name]claim) ([]claim, standing) {
	found, mistakes := l.load(t, body, taken)
	if broken(mistakes) {
		return nil, nothing
	}
	return found, lastGood
}

// load reads one text, and checks its names against the earlier keys of the same
// ConfigMap and its size against the room that is left.
func (l loader) load(t *text, body string, taken map[name]claim) ([]claim, []rules.Mistake) {
	if mistake, fits := l.room.reads(t, body); !fits {
		return nil, []rules.Mistake{mistake}
	}
	parsed, mistakes := l.parse(t.String(), body)
	var claims []claim
	for _, d := range definitions(parsed) {
		earlier, found := taken[d.name()]
		if found && !earlier.same(d) {
			mistakes = append(mistakes, takenMistake(d, earlier))
		}
		claims = append(claims, claim{text: t, definition: d})
	}
	return claims, append(mistakes, l.room.over(claims)...)
}

func takenMistake(d definition, earlier claim) rules.Mistake {
	return rules.Mistake{
		File: d.origin.File, Line: d.origin.Line, Column: d.origin.Column, Check: rules.CheckConflict,
		Message: fmt.Sprintf("%s %q is defined in key %s of the same ConfigMap already", d.kind, d.key.Name, earlier.text.Key),
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
