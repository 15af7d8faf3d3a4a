package lint

import (
	"strings"
	"testing"
)

func TestWhatGitHubWouldReadAsItsOwnIsEscaped(t *testing.T) {
	var out strings.Builder
	printGitHub(&out, []Finding{{File: "a:b,c%d\n.yaml", Line: 2, Column: 3, Severity: "error", Check: "threshold", Message: "100 %\nnext: a, b"}})
	want := "::error file=a%3Ab%2Cc%25d%0A.yaml,line=2,col=3,title=threshold::100 %25%0Anext: a, b\n"
	if out.String() != want {
		t.Errorf("it prints %q, want %q", out.String(), want)
	}
}
