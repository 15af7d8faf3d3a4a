package rulesource

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func old(t *text) { t.created = time.Unix(50, 0) }

// roomOf is one for so many, and for any number of terms.
func roomOf(rules, preferences int) *room {
	plenty := Counts{1000, 1000, 1000}
	return newRoom("ours", Counts{rules, preferences, 1000}, newSharedRoom(plenty))
}

func TestResolveTenant(t *testing.T) {
	long, half, most := strings.Repeat(" ", mostText), strings.Repeat(" ", mostText/2), strings.Repeat(" ", mostText/2-100)
	for sentence, tc := range map[string]struct {
		good  []text
		texts []text
		want  string
	}{
		"as many as the limits allow": {
			texts: []text{unit("a/1", "x=1 y=1 z=1 p~heat")},
			want:  "p~heat from a/1\nx=1 from a/1\ny=1 from a/1\nz=1 from a/1\n",
		},
		"the key that goes over is refused as a whole": {
			texts: []text{unit("a/1", "x=1 y=1"), unit("a/2", "v=1 w=1")},
			want: "x=1 from a/1\ny=1 from a/1\n2 stands by nothing\n" +
				"2: with this key namespace ours has 4 rules (2 in a/1), and it may have 3\n",
		},
		"a smaller key after it fits": {
			texts: []text{unit("a/1", "x=1 y=1"), unit("a/2", "v=1 w=1"), unit("a/3", "z=1")},
			want: "x=1 from a/1\ny=1 from a/1\nz=1 from a/3\n2 stands by nothing\n" +
				"2: with this key namespace ours has 4 rules (2 in a/1), and it may have 3\n",
		},
		"the older ConfigMap comes first, whatever its name": {
			texts: []text{unit("a/1", "x=1 y=1"), unit("z/1", "v=1 w=1", old)},
			want: "v=1 from z/1\nw=1 from z/1\n1 stands by nothing\n" +
				"2: with this key namespace ours has 4 rules (2 in z/1), and it may have 3\n",
		},
		"of equal age the name decides, and the mistake names every key that counts": {
			texts: []text{unit("more/1", "x=1 p~heat"), unit("more/2", "y=1"), unit("rules/1", "v=1 w=1")},
			want: "p~heat from more/1\nx=1 from more/1\ny=1 from more/2\n1 stands by nothing\n" +
				"2: with this key namespace ours has 4 rules (1 in more/1, 1 in more/2), and it may have 3\n",
		},
		"rules and preferences are counted apart": {
			texts: []text{unit("a/1", "x=1 p~heat q~heat x2=1 x3=1 x4=1")},
			want: "1 stands by nothing\n6: with this key namespace ours has 4 rules, and it may have 3\n" +
				"3: with this key namespace ours has 2 preferences, and it may have 1\n",
		},
		"the same names in another ConfigMap count once": {
			texts: []text{unit("rules-1/k", "x=1 y=1 z=1"), unit("rules-2/k", "x=1 y=2 z=1", young)},
			want: "x=1 from rules-2/k\ny=2 from rules-2/k\nz=1 from rules-2/k\n" +
				"y of rules-1 loses to rules-2\n",
		},
		"a key that grew too large goes on with its last good text where that fits": {
			good:  []text{unit("a/2", "v=1")},
			texts: []text{unit("a/1", "x=1 y=1"), unit("a/2", "v=1 w=1")},
			want: "v=1 from a/2\nx=1 from a/1\ny=1 from a/1\n2 stands by last good\n" +
				"2: with this key namespace ours has 4 rules (2 in a/1), and it may have 3\n",
		},
		"a last good text does not come past the limit": {
			good:  []text{unit("a/2", "v=1")},
			texts: []text{unit("a/1", "x=1 y=1 z=1"), unit("a/2", "bad")},
			want:  "x=1 from a/1\ny=1 from a/1\nz=1 from a/1\n2 stands by nothing\n1: bad\n",
		},
		"nor does the text that was in force before an earlier key grew": {
			good:  []text{unit("a/2", "v=1")},
			texts: []text{unit("a/1", "x=1 y=1 z=1"), unit("a/2", "v=1")},
			want: "x=1 from a/1\ny=1 from a/1\nz=1 from a/1\n2 stands by nothing\n" +
				"1: with this key namespace ours has 4 rules (3 in a/1), and it may have 3\n",
		},
		"a broken key takes no room": {
			texts: []text{unit("a/1", "x=1 y=1 z=1 bad"), unit("a/2", "v=1 w=1")},
			want:  "v=1 from a/2\nw=1 from a/2\n1 stands by nothing\n4: bad\n",
		},
		"a text that is too long is not read, and those after it are": {
			texts: []text{unit("a/1", "x=1"), unit("a/2", "y=1"+long), unit("a/3", "z=1")},
			want: "x=1 from a/1\nz=1 from a/3\n2 stands by nothing\n" +
				"0: with the 262147 bytes of this key namespace ours has more than the 262144 bytes of rules that are read\n",
		},
		"a text that became too long goes on with its last good one": {
			good:  []text{unit("a/1", "x=1")},
			texts: []text{unit("a/1", "x=2"+long)},
			want: "x=1 from a/1\n1 stands by last good\n" +
				"0: with the 262147 bytes of this key namespace ours has more than the 262144 bytes of rules that are read\n",
		},
		"a slip in a long text takes no room from others": {
			good:  []text{unit("a/1", "x=1"+half), unit("b/1", "y=1"+most)},
			texts: []text{unit("a/1", "x=1 bad"+half), unit("b/1", "y=1"+most)},
			want:  "x=1 from a/1\ny=1 from b/1\n1 stands by last good\n2: bad\n",
		},
		"the longer of a broken text and the last good one counts": {
			good:  []text{unit("a/1", "x=1")},
			texts: []text{unit("a/1", "x=1 bad"+half), unit("b/1", "y=1"+half+half)},
			want: "x=1 from a/1\n1 stands by last good\n2: bad\n1 stands by nothing\n" +
				"0: with the 262147 bytes of this key namespace ours has more than the 262144 bytes of rules that are read\n",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			parse := func(file, body string) (*rules.Document, []rules.Mistake) {
				return fakeParse(file, body, map[string]rules.Metric{"heat": {}})
			}
			got := describe(resolveTenant(tc.texts, goodOf(tc.good), parse, roomOf(3, 1)))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheMistakeSaysWhoCanRaiseTheLimit(t *testing.T) {
	o := resolveTenant([]text{unit("a/1", "x=1 y=1 z=1")}, nil, func(file, body string) (*rules.Document, []rules.Mistake) {
		return fakeParse(file, body, nil)
	}, roomOf(1, 0))
	want := "ours/a/1:2:1: with this key namespace ours has 3 rules, and it may have 1; remove 2, or ask whoever runs the scheduler to raise namespaceLimits.rules"
	if got := o.results[0].mistakes; len(got) != 1 || got[0].String() != want {
		t.Errorf("mistakes %v, want %q", got, want)
	}
}

// ruleOf is one of a namespace with so many comparisons.
func ruleOf(namespace, name string, terms int) rules.Rule {
	r := rules.Rule{Namespace: namespace, Name: name}
	for range terms {
		r.When.Any = append(r.When.Any, rules.Condition{Leaf: new(rules.Leaf)})
	}
	return r
}

func claimsOf(list ...rules.Rule) (out []claim) {
	for _, d := range definitions(&rules.Document{Rules: list}) {
		out = append(out, claim{text: new(text), definition: d})
	}
	return out
}

func TestRoom(t *testing.T) {
	around := newSharedRoom(Counts{Rules: 3, Terms: 8})
	a, b := newRoom("a", Counts{Rules: 9, Terms: 5}, around), newRoom("b", Counts{Rules: 2, Terms: 5}, around)
	want := func(sentence string, got []rules.Mistake, want ...string) {
		t.Helper()
		var texts []string
		for _, m := range got {
			texts = append(texts, m.Message+"; "+m.Mend)
		}
		if diff := cmp.Diff(want, texts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sentence, diff)
		}
	}
	want("too many comparisons", a.over(claimsOf(ruleOf("a", "x", 4), ruleOf("a", "y", 3))),
		"with this key namespace a has 7 comparisons and values of selectors, and it may have 5; remove 2, or ask whoever runs the scheduler to raise namespaceLimits.terms")
	a.take(claimsOf(ruleOf("a", "x", 4)))
	want("the same name in another ConfigMap", a.over(claimsOf(ruleOf("a", "x", 4))))
	want("the same name with more in it", a.over(claimsOf(ruleOf("a", "x", 6))),
		"with this key namespace a has 6 comparisons and values of selectors (4 in /), and it may have 5; remove 1, or ask whoever runs the scheduler to raise namespaceLimits.terms")
	b.take(claimsOf(ruleOf("b", "x", 1), ruleOf("b", "y", 2)))
	want("what all may have, exactly", a.over(claimsOf(ruleOf("a", "x", 5))))
	want("more than all may have", a.over(claimsOf(ruleOf("a", "y", 1), ruleOf("a", "x", 4))),
		"with this key all namespaces together have 4 rules, and they may have 3; remove 1, or ask whoever runs the scheduler to raise namespaceLimits.together.rules")
}

func TestAllNamespacesTogetherAreReadSoFar(t *testing.T) {
	around, read := newSharedRoom(Counts{}), 0
	for range 2 * mostTextTogether / mostText {
		r := newRoom("a", Counts{}, around)
		r.begin()
		if _, fits := r.reads(new(text), strings.Repeat(" ", mostText)); fits {
			read += mostText
		}
	}
	if read != mostTextTogether {
		t.Errorf("%d bytes are read, want %d", read, mostTextTogether)
	}
}
