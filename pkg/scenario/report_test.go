package scenario

import (
	"bytes"
	"encoding/xml"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFailuresSayWhatDecided(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"a phase": {"phase: {a: firing}", "phase: {a: inactive}", `t.yaml:16:44: phase of rule hot on node a
    expected  inactive
    got       firing
    because   rule hot is firing on node a since 00:00:00 UTC, which takes no new pods: memory is 95% (memory > 90%)`},
		"a node that takes the pod": {"values: 95%", "values: 40%", `t.yaml:16:74: nodes that pod web is kept off
    expected  [a]
    got       []
    because   node a takes the pod: rule hot is inactive, memory is 40% (memory > 90%); rule warm is inactive, heat is unknown: the source has no value for this node; stall is unknown: the source has no value for this node`},
		"a silence": {"pods:\n", "silences: [{node: a}]\npods:\n", `t.yaml:17:74: nodes that pod web is kept off
    expected  [a]
    got       []
    because   node a takes the pod: rule hot is silenced there; rule hot is firing, memory is 95% (memory > 90%); rule warm is silenced there; rule warm is inactive, heat is unknown: the source has no value for this node; stall is unknown: the source has no value for this node`},
		"a pause": {"pods:\n", "pause: {block: true}\npods:\n", `t.yaml:17:74: nodes that pod web is kept off
    expected  [a]
    got       []
    because   node a takes the pod: rule hot does not govern it (StopButton); rule warm does not govern it (StopButton)`},
		"a pod that waits": {tail, "- {name: web, arrives: 0s, requests: {memory: 3Gi}}\ncases:\n- {at: 0s, expect: [{pod: web, placed: a}]}\n", `t.yaml:16:40: where pod web was placed
    expected  a
    got       none
    because   rule hot is firing on node a since 00:00:00 UTC, which takes no new pods: memory is 95% (memory > 90%)`},
		"what a pod needs": {"blocked: [a]", "needs: {memory: 2Gi}", `t.yaml:16:81: memory that pod web is judged by
    expected  2Gi
    got       200Mi
    because   its memory is estimated from its requests`},
		"a node that would break": {"values: 95%}\n", "values: 89.9%}\n", `t.yaml:16:74: nodes that pod web is kept off
    expected  []
    got       [a]
    because   node a would break rule hot with this pod: memory would be 90.1% (memory > 90%) with 89.9% measured, 0% in flight and 0.1953% of this pod, for which 0.1% is left`},
	} {
		text := strings.Replace(whole, c.old, c.new, 1)
		if name == "a node that would break" {
			text = strings.Replace(text, "blocked: [a]", "blocked: []", 1)
		}
		report := Run(t.Context(), "t.yaml", []byte(text), Options{})
		got := ""
		for i := range report.Cases {
			for j := range report.Cases[i].Failures {
				got = report.Cases[i].Failures[j].String()
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestCasesAreChosenByName(t *testing.T) {
	report := Run(t.Context(), "t.yaml", []byte(wholeTwice()), Options{Only: regexp.MustCompile("^second")})
	if len(report.Cases) != 1 || report.Cases[0].Name != "second" {
		t.Errorf("cases %+v, want the second alone", report.Cases)
	}
}

func wholeTwice() string {
	return whole + "- {name: second, at: 5s, expect: [{rule: hot, phase: {a: keeping}}]}\n"
}

func TestJUnit(t *testing.T) {
	var out bytes.Buffer
	reports := []*Report{
		Run(t.Context(), "good.yaml", []byte(wholeTwice()), Options{}),
		Run(t.Context(), "bad.yaml", []byte("kind: RuleTests\n"), Options{}),
	}
	if err := WriteJUnit(&out, reports); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Tests != 3 || got.Failures != 1 || got.Errors != 1 {
		t.Errorf("%d tests, %d failures, %d errors; want 3, 1, 1:\n%s", got.Tests, got.Failures, got.Errors, out.String())
	}
	if f := got.Suites[0].Cases[1].Failure; f == nil || f.Message != "phase of rule hot on node a: expected keeping, got firing" {
		t.Errorf("the failure is %+v", f)
	}
}

// TestJUnitSaysWhatKeptAFileFromBeingRun has a warning before the error.
func TestJUnitSaysWhatKeptAFileFromBeingRun(t *testing.T) {
	r := &Report{File: "t.yaml", Mistakes: []Mistake{{File: "t.yaml", Line: 3, Column: 1, Message: "beware", Warning: true}, {File: "t.yaml", Line: 7, Column: 1, Message: "no"}}}
	c := suiteOf(r).Cases[0]
	if c.Line != 7 || c.Error.Message != "t.yaml:7:1: no" || !strings.Contains(c.Error.Text, "beware") {
		t.Errorf("the case is %+v, its error %+v", c, c.Error)
	}
}

func TestEachCaseTakesTheTimeSinceTheOneBefore(t *testing.T) {
	now := began
	report := Run(t.Context(), "t.yaml", []byte(wholeTwice()), Options{Now: func() time.Time {
		now = now.Add(1500 * time.Millisecond)
		return now
	}})
	var out bytes.Buffer
	if err := WriteJUnit(&out, []*Report{report}); err != nil {
		t.Fatal(err)
	}
	for want, times := range map[string]int{`time="1.500"`: 2, `time="3.000"`: 1} {
		if got := strings.Count(out.String(), want); got != times {
			t.Errorf("%s stands there %d times, want %d:\n%s", want, got, times, out.String())
		}
	}
}

// TestAScenarioIsTheSameEachTime runs one that has everything many times.
func TestAScenarioIsTheSameEachTime(t *testing.T) {
	first := Run(t.Context(), "t.yaml", []byte(wrongly), Options{})
	for range 5 {
		if diff := cmp.Diff(first.Cases, Run(t.Context(), "t.yaml", []byte(wrongly), Options{}).Cases, cmp.AllowUnexported(Failure{}, entry{})); diff != "" {
			t.Fatalf("another run (-first +this):\n%s", diff)
		}
	}
}
