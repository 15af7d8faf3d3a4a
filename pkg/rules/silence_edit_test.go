package rules

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestASilenceIsAdded(t *testing.T) {
	fan := Silence{Rule: Key{Namespace: "team", Name: "no"}, Node: "n1", Until: time.Date(2030, 1, 31, 18, 0, 0, 0, time.UTC), By: "system:admin", Why: "a \"new\"\nfan: #7"}
	const line = `- {rule: "team/no", node: "n1", until: "2030-01-31T18:00:00Z", by: "system:admin", why: "a \"new\"\nfan: #7"}` + "\n"
	for sentence, tc := range map[string]struct{ text, want string }{
		"to nothing":             {"", line},
		"to an empty list":       {" []\n", line},
		"to comments":            {"# quiet", "# quiet\n" + line},
		"to entries in lines":    {"- {node: a} # ours\n- node: b\n  why: |\n    as\n    - such\n# more\n", "- {node: a} # ours\n- node: b\n  why: |\n    as\n    - such\n# more\n" + line},
		"to entries further in":  {"# quiet\n  - {node: a}\n  - {node: b}", "# quiet\n  - {node: a}\n  - {node: b}\n  " + line},
		"to a list in brackets":  {"[{node: a}, {node: b}] # ours", `[{node: a}, {node: b}, {rule: "team/no", node: "n1", until: "2030-01-31T18:00:00Z", by: "system:admin", why: "a \"new\"\nfan: #7"}] # ours` + "\n"},
		"beside a mistake":       {"- {nod: a}\n- {node: b, until: tomorrow}\n", "- {nod: a}\n- {node: b, until: tomorrow}\n" + line},
		"beside what is no YAML": {"- {node: a}\n- {node: b\n- {node: c}\n", "- {node: a}\n- {node: b\n- {node: c}\n" + line},
		"not to a text":          {"node: a", ""},
		"after half a list":      {"[{node: a}", "[{node: a}\n" + line},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := AppendSilence(tc.text, fan)
			if diff := cmp.Diff(tc.want, got); diff != "" || (err == nil) != (tc.want != "") {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestASilenceIsTakenOut(t *testing.T) {
	for sentence, tc := range map[string]struct{ text, want string }{
		"of several":              {"# all\n- {node: a} # one\n# of b\n- {node: x} # that\n# of c\n- node: c\n", "# all\n- {node: a} # one\n# of b\n# of c\n- node: c"},
		"that is the only one":    {"- {node: x}", ""},
		"that has several lines":  {"- node: x\n  why: |\n    # as\n    such\n- {node: b}", "- {node: b}"},
		"twice":                   {"- {node: x}\n- {node: b}\n- {node: x}\n", "- {node: b}"},
		"in brackets":             {"[{node: a}, {node: x}] # ours", "[{node: a}] # ours\n"},
		"beside a mistake":        {"- {nod: a}\n- {node: x}\n- {node: b}", "- {nod: a}\n- {node: b}"},
		"beside what is no YAML":  {"- {node: x}\n- {node: b\n- {node: c}\n", "- {node: b\n- {node: c}"},
		"below its dash":          {"-\n  node: x\n- {node: b}", "- {node: b}\n"},
		"that is not there":       {"- {node: a}\n", "- {node: a}"},
		"that cannot be read":     {"- {node: x, until: tomorrow}\n", "- {node: x, until: tomorrow}"},
		"where nothing is a list": {"node: x", "node: x"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, _, err := RemoveSilences(tc.text, func(s Silence) bool { return s.Node == "x" })
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// FuzzEditSilences adds a silence to any text and takes it out again: the others are
// read as before.
func FuzzEditSilences(f *testing.F) {
	for _, text := range []string{"", "[]", "- {node: a}\n- {nod: b}\n# c\n", "[{node: a}]", "- {node: a\n- {node: b}\n", "  - node: a\n    why: |\n      - b\n"} {
		f.Add(text, "why")
	}
	f.Fuzz(func(t *testing.T, text, why string) {
		before, slips := readSilences(text)
		ours := Silence{Node: "ours", Why: why}
		added, err := AppendSilence(text, ours)
		if err != nil {
			return
		}
		if got, now := readSilences(added); !slices.Equal(got, append(slices.Clone(before), ours)) || !slices.Equal(now, slips) {
			t.Fatalf("%q became %q", text, added)
		}
		removed, _, err := RemoveSilences(added, func(s Silence) bool { return s == ours })
		if got, _ := readSilences(removed); err == nil && !slices.Equal(got, slices.DeleteFunc(before, func(s Silence) bool { return s == ours })) {
			t.Fatalf("%q became %q", added, removed)
		}
	})
}
