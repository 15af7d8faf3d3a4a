package rulesource

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// fakeParse reads a tiny language: words "name=content", where content becomes
// the rule's description; the word "bad" is a mistake and "odd" a warning.
func fakeParse(file, body string) ([]rules.Rule, []rules.Mistake) {
	var found []rules.Rule
	var mistakes []rules.Mistake
	for i, word := range strings.Fields(body) {
		name, content, isRule := strings.Cut(word, "=")
		if isRule {
			found = append(found, rules.Rule{Name: name, Description: content, Origin: rules.Origin{File: file, Line: i + 1, Column: 1}})
			continue
		}
		mistakes = append(mistakes, rules.Mistake{File: file, Line: i + 1, Column: 1, Message: word, Mend: "mend it", Warning: word == "odd"})
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
	for _, r := range o.rules {
		_, place, _ := strings.Cut(r.Origin.File, "/")
		fmt.Fprintf(&b, "%s=%s from %s", r.Name, r.Description, place)
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
		fmt.Fprintf(&b, "%s of %s loses to %s\n", c.loser.rule.Name, c.loser.text.ConfigMap, c.winner.text.ConfigMap)
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
			got := describe(resolve(tc.texts, goodOf(tc.good), fakeParse))
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
	if diff := cmp.Diff(want, resolve(texts, good, fakeParse).good); diff != "" {
		t.Errorf("texts to keep (-want +got):\n%s", diff)
	}
}
