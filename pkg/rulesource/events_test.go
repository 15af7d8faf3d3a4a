package rulesource

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func mistakesOf(n, size int) []rules.Mistake {
	out := make([]rules.Mistake, n)
	for i := range out {
		out[i] = rules.Mistake{File: "f", Line: i + 1, Column: 1, Message: strings.Repeat("é", size/2), Mend: "m"}
	}
	return out
}

func TestListFitsAnEventAndSaysWhatItLeavesOut(t *testing.T) {
	for sentence, tc := range map[string]struct {
		mistakes []rules.Mistake
		lines    int
		last     string
	}{
		"few are listed whole":                  {mistakesOf(3, 100), 4, "tail."},
		"many are counted":                      {mistakesOf(40, 100), 10, "and 32 more"},
		"one that is too long is cut":           {mistakesOf(1, 3000), 2, "tail."},
		"the first of several long ones is cut": {mistakesOf(3, 3000), 3, "and 2 more"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := list(tc.mistakes, "tail.")
			if len(got) > maxNote || !utf8.ValidString(got) {
				t.Errorf("%d bytes, valid: %v", len(got), utf8.ValidString(got))
			}
			lines := strings.Split(got, "\n")
			if len(lines) != tc.lines || (lines[len(lines)-1] != tc.last && lines[len(lines)-2] != tc.last) {
				t.Errorf("%d lines, want %d, ending %q:\n%s", len(lines), tc.lines, tc.last, got)
			}
		})
	}
}

func TestTheLogHoldsAllMistakesUpToABound(t *testing.T) {
	for sentence, tc := range map[string]struct {
		mistakes []rules.Mistake
		lines    int
		last     string
	}{
		"those that an Event leaves out too": {mistakesOf(13, 400), 13, "f:13:1: " + strings.Repeat("é", 200) + "; m"},
		"no more than anybody reads":         {mistakesOf(mostLogged+7, 10), mostLogged + 1, "and 7 more"},
		"one that is too long is cut":        {mistakesOf(1, 3000), 1, "f:1:1: " + strings.Repeat("é", 507) + "…"},
		"one of several lines is one":        {[]rules.Mistake{{File: "f", Message: "a\n b"}}, 1, "f: a b"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := strings.Split(lines(tc.mistakes), "\n")
			if last := got[len(got)-1]; len(got) != tc.lines || last != tc.last {
				t.Errorf("%d lines, want %d, ending %q", len(got), tc.lines, last)
			}
		})
	}
}

func TestConfigMapOf(t *testing.T) {
	for file, want := range map[string]string{"ns/name/key.yaml": "ns name", "ns/name": "", "file.yaml": "", "": ""} {
		namespace, name, ok := configMapOf(file)
		got := namespace + " " + name
		if !ok {
			got = ""
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", file, diff)
		}
	}
}

func TestANoteIsTheSameWhateverElseWasEdited(t *testing.T) {
	base := unit("a/k", "x")
	for sentence, tc := range map[string]struct {
		change func(*text)
		words  string
		want   bool
	}{
		"nothing changed":                          {func(*text) {}, "w", true},
		"another part of the ConfigMap was edited": {func(t *text) { t.version = "2" }, "w", true},
		"the mistake is another one":               {func(*text) {}, "v", false},
		"the ConfigMap was made anew":              {reborn, "w", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			other := base
			tc.change(&other)
			was, is := about(&base, "Warning", "R"), about(&other, "Warning", "R")
			was.text, is.text = "w", tc.words
			if got := was.same(is); got != tc.want {
				t.Errorf("same: %v", got)
			}
		})
	}
}
