package rulesource

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func old(t *text) { t.created = time.Unix(50, 0) }

func TestResolveTenant(t *testing.T) {
	long := strings.Repeat(" ", mostText)
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
				"0: with the 262147 bytes of this key the rules of namespace ours are longer than the 262144 bytes that are read of a namespace\n",
		},
		"a text that became too long goes on with its last good one": {
			good:  []text{unit("a/1", "x=1")},
			texts: []text{unit("a/1", "x=2"+long)},
			want: "x=1 from a/1\n1 stands by last good\n" +
				"0: with the 262147 bytes of this key the rules of namespace ours are longer than the 262144 bytes that are read of a namespace\n",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			parse := func(file, body string) (*rules.Document, []rules.Mistake) {
				return fakeParse(file, body, map[string]rules.Metric{"heat": {}})
			}
			got := describe(resolveTenant(tc.texts, goodOf(tc.good), parse, Limits{Rules: 3, Preferences: 1}))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheMistakeSaysWhoCanRaiseTheLimit(t *testing.T) {
	o := resolveTenant([]text{unit("a/1", "x=1 y=1 z=1")}, nil, func(file, body string) (*rules.Document, []rules.Mistake) {
		return fakeParse(file, body, nil)
	}, Limits{Rules: 1})
	want := "ours/a/1:2:1: with this key namespace ours has 3 rules, and it may have 1; remove 2, or ask whoever runs the scheduler to raise namespaceLimits.rules"
	if got := o.results[0].mistakes; len(got) != 1 || got[0].String() != want {
		t.Errorf("mistakes %v, want %q", got, want)
	}
}
