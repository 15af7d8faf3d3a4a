package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTheClaimsFitAUsualTerminal(t *testing.T) {
	var all claims
	for _, c := range (&stage{}).chapters() {
		all.add(c.claim)
	}
	var b strings.Builder
	all.print(&b, usual.width)
	lines := strings.Split(b.String()+keepHint, "\n")
	if len(lines) >= usual.height {
		t.Errorf("they take %d lines:\n%s", len(lines), b.String())
	}
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n >= usual.width {
			t.Errorf("%d runes: %s", n, line)
		}
	}
	if got, want := len(lines), 2*len(all)+3; got != want {
		t.Errorf("%d lines, not %d: a claim does not fit its line:\n%s", got, want, b.String())
	}
}
