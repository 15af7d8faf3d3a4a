package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTextBreaksBetweenWords(t *testing.T) {
	for name, c := range map[string]struct {
		text          string
		width, indent int
		want          []string
	}{
		"a short one stays whole":              {"one two", 10, 2, []string{"one two"}},
		"one of just the width stays whole":    {"one two", 7, 2, []string{"one two"}},
		"the rest is indented":                 {"one two three", 8, 2, []string{"one two", "  three"}},
		"a space at the width ends the line":   {"one two three", 7, 0, []string{"one two", "three"}},
		"an indent is no place to break":       {"    longword and", 10, 4, []string{"    longwo", "    rd and"}},
		"a word too long is broken":            {"abcdefghij", 4, 1, []string{"abcd", " efg", " hij"}},
		"runes count, not bytes":               {"ééé ééé", 7, 0, []string{"ééé ééé"}},
		"an indent never takes over the width": {"abcdefgh", 4, 9, []string{"abcd", "  ef", "  gh"}},
		"nothing is one empty line":            {"", 5, 2, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, wrap(c.text, c.width, c.indent)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheStoryKeepsItsTimesInAColumn(t *testing.T) {
	want := []string{
		"  57.0 s     memory.yaml: above 90",
		"             can be read as 90%",
	}
	if diff := cmp.Diff(want, wrapSentence("  57.0 s     memory.yaml: above 90 can be read as 90%", 36)); diff != "" {
		t.Error(diff)
	}
}

func TestTheNewestOfTheStoryBeginsWithASentence(t *testing.T) {
	story := []string{"   1.0 s  one two three", "   2.0 s  four", "   3.0 s  five six seven"}
	for room, want := range map[int][]string{
		1: {"          seven"},
		2: {"   3.0 s  five six", "          seven"},
		3: {"   2.0 s  four", "   3.0 s  five six", "          seven"},
		4: {"   2.0 s  four", "   3.0 s  five six", "          seven"},
		5: {"   1.0 s  one two", "          three", "   2.0 s  four", "   3.0 s  five six", "          seven"},
	} {
		if diff := cmp.Diff(want, newest(story, 20, room)); diff != "" {
			t.Errorf("with room for %d: %s", room, diff)
		}
	}
}
