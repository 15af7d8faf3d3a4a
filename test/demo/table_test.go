package main

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// story20 is what the table shows in the middle of the story: 20 nodes, two hot.
func story20() *view {
	v := &view{source: "metrics-server", line: 90, firing: map[string]int{"memory-above-90": 2}}
	for i := range 20 {
		v.rows = append(v.rows, row{name: fmt.Sprintf("node-%02d", i), memory: 53.1, pods: 3})
	}
	v.rows[7].memory, v.rows[12].memory, v.rows[12].pods = 100, 103.125, 110
	return v
}

// long is a story with lines that no narrow terminal has room for.
func long() []string {
	return []string{
		"   1.0 s  starting a control plane in /tmp/telemetry-scheduler-demo-1334549925",
		"  57.0 s     memory.yaml:5:33: \"above\": 90 can be read as 90% or as 9000%; write the one that you mean",
		"  58.0 s     " + strings.Repeat("unbreakable", 30),
	}
}

func TestADrawingFitsItsTerminal(t *testing.T) {
	for _, s := range []size{{80, 24}, {100, 30}, {140, 50}, {60, 40}, {30, 10}, {20, 5}} {
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			lines := frame(story20(), long(), s)
			if len(lines) >= s.height {
				t.Errorf("%d lines leave the cursor no room on %d", len(lines), s.height)
			}
			for _, line := range lines {
				if n := utf8.RuneCountInString(line); n >= s.width {
					t.Errorf("%d runes on a terminal of %d: %q", n, s.width, line)
				}
			}
		})
	}
}

func TestNothingIsCutOnUsualTerminals(t *testing.T) {
	for _, s := range []size{{80, 24}, {100, 30}, {140, 50}} {
		text := strings.Join(frame(story20(), long()[:2], s), "\n")
		if strings.Contains(text, "…") {
			t.Errorf("on %v something is cut:\n%s", s, text)
		}
		for _, r := range story20().rows {
			if !strings.Contains(text, r.name+"  ") {
				t.Errorf("on %v there is no %s", s, r.name)
			}
		}
	}
}

func TestBarsGrowWithTheTerminal(t *testing.T) {
	want := map[int]int{80: 11, 100: 21, 140: 41}
	got := map[int]int{}
	for width := range want {
		line := table(*story20(), width)[4] // the first row
		got[width] = strings.Count(line[:strings.Index(line, "%")], "█") + strings.Count(line[:strings.Index(line, "%")], "·")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheTableSaysWhoseWordItIs(t *testing.T) {
	v := view{source: "metrics-server", line: 90, firing: map[string]int{"memory-above-90": 1, "another": 0}, rows: []row{
		{"node-00", 89.6, 2}, {"node-01", 90.4, 12}, {"node-02", 0, 0},
	}}
	want := `
 metrics-server: 1 of 3 nodes above the rule's 90 % memory
 scheduler:      rule another fires on 0, rule memory-above-90 fires on 1
 node     memory            pods         node     memory            pods
 node-00  █████████··  90 %    2         node-02  ···········   0 %    0
 node-01  █████████··  90 %   12  above
`
	if diff := cmp.Diff(want, strings.Join(table(v, 80), "\n")); diff != "" {
		t.Error(diff)
	}
	v.source = "Prometheus"
	if want, got := " Prometheus:     1 of 3 nodes above the rule's 90 % memory", table(v, 80)[1]; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAllNodesMayBeAbove(t *testing.T) {
	v := story20()
	v.line, v.firing = 40, map[string]int{"memory-line": 20}
	text := strings.Join(table(*v, 80), "\n")
	if got := strings.Count(text, "  above"); got != 20 {
		t.Errorf("%d of 20 nodes are marked:\n%s", got, text)
	}
}

func TestASchedulerWithoutNumbersIsNotTakenForOneWithoutHotNodes(t *testing.T) {
	for want, firing := range map[string]map[string]int{
		"scheduler:      does not answer":             nil,
		"scheduler:      no rule judges any node yet": {},
	} {
		if diff := cmp.Diff(want, view{firing: firing}.wordOfScheduler()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestADrawingGoesOverTheOneBefore(t *testing.T) {
	for name, c := range map[string]struct {
		before *screen
		want   string
	}{
		"the first stays where the cursor is":  {&screen{}, ""},
		"the next goes up over it":             {&screen{drawn: 23, size: size{80, 24}}, "\x1b[23A"},
		"after a resize it begins at the edge": {&screen{drawn: 23, size: size{100, 24}}, "\x1b[H"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.before.back(size{80, 24})); diff != "" {
				t.Error(diff)
			}
		})
	}
}
