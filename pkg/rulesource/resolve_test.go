package rulesource

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// fakeParser reads a tiny language: a word "name=content" is a rule whose content
// becomes its description, "name#key" one that sets a label, "name?metric" one that looks at a metric, "name:query" a
// metric, and "name~metric" a preference; the word "bad" is a mistake and "odd" a
// warning.
var fakeParser = parser{metrics: fakeMetrics, parse: fakeParse}

func fakeMetrics(file, body string) []rules.Metric {
	document, _ := fakeParse(file, body, nil)
	return document.Metrics
}

func fakeParse(file, body string, known map[string]rules.Metric) (*rules.Document, []rules.Mistake) {
	found := &rules.Document{}
	var mistakes []rules.Mistake
	for i, word := range strings.Fields(body) {
		at := rules.Origin{File: file, Line: i + 1, Column: 1}
		mistake := func(message string, warning bool) {
			mistakes = append(mistakes, rules.Mistake{File: file, Line: i + 1, Column: 1, Message: message, Mend: "mend it", Warning: warning})
		}
		uses := func(name string) {
			if _, is := known[name]; !is {
				mistake("no metric "+name, false)
			}
		}
		if name, content, is := strings.Cut(word, "#"); is {
			found.Rules = append(found.Rules, rules.Rule{Name: name, Label: &rules.Label{Key: content, Value: name}, Origin: at})
		} else if name, content, is := strings.Cut(word, "="); is {
			found.Rules = append(found.Rules, rules.Rule{Name: name, Description: content, Origin: at})
		} else if name, content, is := strings.Cut(word, "?"); is {
			found.Rules = append(found.Rules, rules.Rule{Name: name, Description: known[content].Query, Origin: at})
			uses(content)
		} else if name, content, is := strings.Cut(word, "~"); is {
			found.Preferences = append(found.Preferences, rules.Preference{Name: name, Metric: content, Origin: at})
			uses(content)
		} else if name, content, is := strings.Cut(word, ":"); is {
			found.Metrics = append(found.Metrics, rules.Metric{Name: name, Values: rules.Values{Query: content}, Origin: at})
		} else {
			mistake(word, word == "odd")
		}
	}
	return found, mistakes
}

// unit builds a text from "configmap/key".
func unit(place, body string, change ...func(*text)) text {
	cm, key, _ := strings.Cut(place, "/")
	t := text{
		GoodText: GoodText{Unit: Unit{"ours", cm, key}, UID: "1", Text: body},
		created:  time.Unix(100, 0),
	}
	for _, c := range change {
		c(&t)
	}
	return t
}

func young(t *text)  { t.created = time.Unix(200, 0) }
func paused(t *text) { t.paused = true }
func reborn(t *text) { t.UID = "2" }

// describe renders an outcome as people would tell it, one fact a line.
func describe(o outcome) string {
	var b strings.Builder
	for _, m := range o.document.Metrics {
		_, place, _ := strings.Cut(m.Origin.File, "/")
		fmt.Fprintf(&b, "%s:%s from %s\n", m.Name, m.Query, place)
	}
	for _, p := range o.document.Preferences {
		_, place, _ := strings.Cut(p.Origin.File, "/")
		fmt.Fprintf(&b, "%s~%s from %s", p.Name, p.Metric, place)
		if p.Paused {
			b.WriteString(" paused")
		}
		b.WriteByte('\n')
	}
	for _, r := range o.document.Rules {
		_, place, _ := strings.Cut(r.Origin.File, "/")
		fmt.Fprintf(&b, "%s=%s from %s", r.Name, r.Description, place)
		if r.Label != nil {
			fmt.Fprintf(&b, " labels %s", r.Label.Key)
		}
		if r.Paused {
			b.WriteString(" paused")
		}
		b.WriteByte('\n')
	}
	for _, r := range o.results {
		if r.standing != inForce {
			fmt.Fprintf(&b, "%s stands by %s\n", r.text.Key, map[standing]string{lastGood: "last good", nothing: "nothing"}[r.standing])
		}
		for _, m := range r.mistakes {
			fmt.Fprintf(&b, "%d: %s\n", m.Line, m.Message)
		}
	}
	for _, c := range o.conflicts {
		fmt.Fprintf(&b, "%s of %s loses to %s\n", c.loser.key.Name, c.loser.text.ConfigMap, c.winner.text.ConfigMap)
	}
	return b.String()
}

func TestResolve(t *testing.T) {
	for sentence, tc := range map[string]struct {
		good  []text
		texts []text
		want  string
	}{
		"no ConfigMap means no rule": {},
		"rules of one text may set one label": {
			texts: []text{unit("a/1", "x#k y#k")},
			want:  "x= from a/1 labels k\ny= from a/1 labels k\n",
		},
		"of two ConfigMaps that set one label the newer one does, and both rules are in force": {
			texts: []text{unit("a/1", "x#k"), unit("b/1", "y#k z#m", young)},
			want:  "x= from a/1\ny= from b/1 labels k\nz= from b/1 labels m\nk of a loses to b\n",
		},
		"ConfigMaps that set one label alike overlap": {
			texts: []text{unit("a-1/1", "x#k"), unit("a-2/1", "x#k", young)},
			want:  "x= from a-2/1 labels k\n",
		},
		"of two keys of one ConfigMap that set one label the later one is a mistake": {
			texts: []text{unit("a/1", "x#k"), unit("a/2", "y#k")},
			want:  "x= from a/1 labels k\n2 stands by nothing\n1: label \"k\" is defined in key 1 of the same ConfigMap already\n",
		},
		"good keys load, ordered by rule name": {
			texts: []text{unit("a/1", "z=1 b=2"), unit("b/1", "m=3")},
			want:  "b=2 from a/1\nm=3 from b/1\nz=1 from a/1\n",
		},
		"a bad key loads nothing and leaves the others alone": {
			texts: []text{unit("a/1", "x=1 bad"), unit("a/2", "y=1")},
			want:  "y=1 from a/2\n1 stands by nothing\n2: bad\n",
		},
		"a bad key keeps its last good text": {
			good:  []text{unit("a/1", "x=1")},
			texts: []text{unit("a/1", "x=2 bad")},
			want:  "x=1 from a/1\n1 stands by last good\n2: bad\n",
		},
		"a mended key replaces its last good text": {
			good:  []text{unit("a/1", "x=1")},
			texts: []text{unit("a/1", "x=2")},
			want:  "x=2 from a/1\n",
		},
		"a warning does not keep a text from loading": {
			texts: []text{unit("a/1", "x=1 odd")},
			want:  "x=1 from a/1\n2: odd\n",
		},
		"a last good text that this program refuses is not in force": {
			good:  []text{unit("a/1", "bad")},
			texts: []text{unit("a/1", "x=2 bad")},
			want:  "1 stands by nothing\n2: bad\n",
		},
		"a ConfigMap that was made again does not inherit last good texts": {
			good:  []text{unit("a/1", "x=1")},
			texts: []text{unit("a/1", "bad", reborn)},
			want:  "1 stands by nothing\n1: bad\n",
		},
		"a key that is gone takes its last good text along": {
			good: []text{unit("a/1", "x=1")},
		},
		"two ConfigMaps with one rule of the same content are fine": {
			texts: []text{unit("rules-1/k", "x=1"), unit("rules-2/k", "x=1", young)},
			want:  "x=1 from rules-2/k\n",
		},
		"the newer ConfigMap wins a name, and the loser's other rules stay": {
			texts: []text{unit("z/k", "x=1 y=1"), unit("a/k", "x=2", young)},
			want:  "x=2 from a/k\ny=1 from z/k\nx of z loses to a\n",
		},
		"of two ConfigMaps of one age the greater name wins": {
			texts: []text{unit("a/k", "x=1"), unit("b/k", "x=2")},
			want:  "x=2 from b/k\nx of a loses to b\n",
		},
		"within one ConfigMap the later key is the mistake": {
			texts: []text{unit("a/1", "x=1"), unit("a/2", "y=1 x=2")},
			want:  "x=1 from a/1\n2 stands by nothing\n2: rule \"x\" is defined in key 1 of the same ConfigMap already\n",
		},
		"within one ConfigMap the same rule twice is fine": {
			texts: []text{unit("a/1", "x=1"), unit("a/2", "x=1 y=1")},
			want:  "x=1 from a/1\ny=1 from a/2\n",
		},
		"the later key falls back to its last good text": {
			good:  []text{unit("a/2", "y=0")},
			texts: []text{unit("a/1", "x=1"), unit("a/2", "x=2")},
			want:  "x=1 from a/1\ny=0 from a/2\n2 stands by last good\n1: rule \"x\" is defined in key 1 of the same ConfigMap already\n",
		},
		"a last good text whose name an earlier key took is not in force": {
			good:  []text{unit("a/2", "x=0")},
			texts: []text{unit("a/1", "x=1"), unit("a/2", "bad")},
			want:  "x=1 from a/1\n2 stands by nothing\n1: bad\n",
		},
		"a rule moves from one key to another in one edit": {
			good:  []text{unit("a/1", "x=1 y=1"), unit("a/2", "")},
			texts: []text{unit("a/1", "y=1"), unit("a/2", "x=2")},
			want:  "x=2 from a/2\ny=1 from a/1\n",
		},
		"a text uses the metrics of another": {
			texts: []text{unit("a/1", "hot?heat"), unit("b/1", "heat:q")},
			want:  "heat:q from b/1\nhot=q from a/1\n",
		},
		"two texts use each other's metrics": {
			texts: []text{unit("a/1", "hot?heat m:a"), unit("b/1", "heat:q r?m")},
			want:  "heat:q from b/1\nm:a from a/1\nhot=q from a/1\nr=a from b/1\n",
		},
		"nobody defines the metric": {
			texts: []text{unit("a/1", "hot?heat")},
			want:  "1 stands by nothing\n1: no metric heat\n",
		},
		"a text that does not load takes its metrics along": {
			texts: []text{unit("a/1", "hot?heat"), unit("b/1", "heat:q bad")},
			want:  "1 stands by nothing\n1: no metric heat\n1 stands by nothing\n2: bad\n",
		},
		"or goes on with those of its last good text": {
			good:  []text{unit("b/1", "heat:old")},
			texts: []text{unit("a/1", "hot?heat"), unit("b/1", "heat:q bad")},
			want:  "heat:old from b/1\nhot=old from a/1\n1 stands by last good\n2: bad\n",
		},
		"what cannot load takes all that rests on it along": {
			texts: []text{unit("a/1", "x?one"), unit("b/1", "one:q y?two"), unit("c/1", "two:q bad")},
			want:  "1 stands by nothing\n1: no metric one\n1 stands by nothing\n2: no metric two\n1 stands by nothing\n2: bad\n",
		},
		"the newer ConfigMap defines the metric": {
			texts: []text{unit("a/1", "heat:old hot?heat"), unit("b/1", "heat:new", young)},
			want:  "heat:new from b/1\nhot=new from a/1\nheat of a loses to b\n",
		},
		"names of different kinds do not meet": {
			texts: []text{unit("a/1", "x:q x=1 x~x")},
			want:  "x:q from a/1\nx~x from a/1\nx=1 from a/1\n",
		},
		"a metric is defined twice in one ConfigMap": {
			texts: []text{unit("a/1", "heat:q"), unit("a/2", "heat:p")},
			want:  "heat:q from a/1\n2 stands by nothing\n1: metric \"heat\" is defined in key 1 of the same ConfigMap already\n",
		},
		"the annotation marks preferences too": {
			texts: []text{unit("a/1", "heat:q cool~heat", paused)},
			want:  "heat:q from a/1\ncool~heat from a/1 paused\n",
		},
		"the paused annotation marks every rule of its ConfigMap": {
			texts: []text{unit("a/1", "x=1", paused), unit("b/1", "y=1")},
			want:  "x=1 from a/1 paused\ny=1 from b/1\n",
		},
		"the annotation holds for a last good text too": {
			good:  []text{unit("a/1", "x=1")},
			texts: []text{unit("a/1", "bad", paused)},
			want:  "x=1 from a/1 paused\n1 stands by last good\n1: bad\n",
		},
		"of two equal rules the newer ConfigMap says whether they are paused": {
			texts: []text{unit("a/1", "x=1", paused), unit("b/1", "x=1", young)},
			want:  "x=1 from b/1\n",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := describe(resolve(tc.texts, goodOf(tc.good), fakeParser))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func goodOf(texts []text) map[Unit]GoodText {
	good := map[Unit]GoodText{}
	for _, t := range texts {
		good[t.Unit] = t.GoodText
	}
	return good
}

func TestResolveKeepsTheTextsThatStandInForce(t *testing.T) {
	good := goodOf([]text{unit("a/1", "x=1"), unit("a/2", "y=1"), unit("gone/1", "z=1")})
	texts := []text{unit("a/1", "bad"), unit("a/2", "y=2"), unit("a/3", "bad")}
	want := goodOf([]text{unit("a/1", "x=1"), unit("a/2", "y=2")})
	if diff := cmp.Diff(want, resolve(texts, good, fakeParser).good); diff != "" {
		t.Errorf("texts to keep (-want +got):\n%s", diff)
	}
}
