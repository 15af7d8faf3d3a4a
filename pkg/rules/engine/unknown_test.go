package engine

import (
	"math"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestAnEarlierSampleIsNoNews(t *testing.T) {
	w := newWorld(setOf(above90()), nodes("a"))
	w.read(at(20), readings{"memory a": {value: 95, at: at(20)}})
	w.read(at(21), readings{"memory a": {value: 40, at: at(10)}}) // the other half of a pair of servers
	if got := w.phase(t, "a"); got != Firing {
		t.Errorf("after an earlier, better sample: %v, want firing", got)
	}
	w.read(at(22), readings{"memory a": {value: 40, at: at(22)}})
	if got := w.phase(t, "a"); got != Inactive {
		t.Errorf("after a newer sample: %v, want inactive", got)
	}
}

func TestOverHalfUnknownIsTheSourcesFault(t *testing.T) {
	w := newWorld(setOf(above90(func(r *rules.Rule) { r.OnUnknown = rules.UnknownBlock })), nodes("a", "b", "c", "d"))
	for name, c := range map[string]struct {
		values map[string]float64
		fault  bool
	}{
		"half of the nodes": {map[string]float64{"a": 50, "b": 50}, false},
		"over half":         {map[string]float64{"a": 50}, true},
		"none left":         {map[string]float64{}, true},
	} {
		w.tick(at(0), "memory", c.values)
		summary := w.last.Rules()[0]
		if summary.SourceFault != c.fault || summary.Nodes != 4 || summary.Unknown != 4-len(c.values) {
			t.Errorf("%s known: %+v, want SourceFault %v", name, summary, c.fault)
		}
		if got := w.blocked("d") == ""; got != c.fault {
			t.Errorf("%s known: the unknown node takes pods: %v, want %v", name, got, c.fault)
		}
	}
}

func TestAYoungNodeIsNotBlamedForItsSilence(t *testing.T) {
	list := nodes("old", "new")
	list[1].Created = at(-60)
	w := newWorld(setOf(above90(func(r *rules.Rule) { r.OnUnknown = rules.UnknownBlock })), list)
	old := map[string]float64{"old": 50}
	w.tick(at(0), "memory", old)
	if got, want := w.blocked("new"), ""; got != want {
		t.Errorf("a node of one minute is blocked by %q", got)
	}
	if got := w.last.Rules()[0]; got.Nodes != 1 || got.Unknown != 0 || got.Awaited != 1 {
		t.Errorf("the young node is to be awaited and nothing else: %+v", got)
	}
	w.tick(at(121), "memory", old)
	if w.blocked("new") == "" {
		t.Error("after the grace a silent node takes pods, though the rule says Block")
	}
	if got := w.last.Rules()[0]; got.Unknown != 1 || got.Awaited != 0 {
		t.Errorf("after the grace the node still is awaited: %+v", got)
	}
}

func TestANodeMadeAnewStartsAnew(t *testing.T) {
	w := newWorld(setOf(above90(func(r *rules.Rule) { r.KeepFiringFor = time.Hour })), nodes("a"))
	w.tick(at(0), "memory", map[string]float64{"a": 95})
	w.nodes = nodes("a")
	w.nodes[0].Created = at(1)
	w.tick(at(5), "memory", nil)
	if got := w.phase(t, "a"); got != Inactive {
		t.Errorf("the new node of an old name is %v, want inactive", got)
	}
}

func TestANodeMadeAnewDoesNotInheritASample(t *testing.T) {
	for sentence, c := range map[string]struct {
		measured int
		want     Truth
	}{
		"measured before the node was made":    {measured: 59, want: Unknown},
		"measured when the node was made":      {measured: 60, want: False},
		"measured soon after it had been made": {measured: 61, want: False},
	} {
		w := newWorld(setOf(above90(func(r *rules.Rule) { r.OnUnknown = rules.UnknownBlock })), nodes("a", "b", "c"))
		old := reading{value: 10, at: at(59)}
		all := readings{"memory a": old, "memory b": old, "memory c": old}
		w.read(at(60), all)
		w.nodes = nodes("a", "b", "c")
		w.nodes[0].Created = at(60)
		all["memory a"] = reading{value: 10, at: at(c.measured)}
		w.read(at(65), all)
		v, _ := w.last.Explain(w.set.Rules[0].Key(), "a")
		if v.Truth != c.want || w.blocked("a") != "" {
			t.Errorf("%s: %v, blocked by %q: %s", sentence, v.Truth, w.blocked("a"), v.Sentence)
		}
		if awaited := w.last.Rules()[0].Awaited == 1; awaited != (c.want == Unknown) {
			t.Errorf("%s: the node is awaited: %v", sentence, awaited)
		}
		says := strings.Contains(v.Sentence, "the newest sample is older than the node, which was created at 12:01:00 UTC")
		if says != (c.want == Unknown) {
			t.Errorf("%s: %s", sentence, v.Sentence)
		}
	}
}

func TestAPhaseEndsWithItsNode(t *testing.T) {
	for sentence, c := range map[string]struct {
		change func(*world)
		want   []Transition
	}{
		"the node stays": {func(*world) {}, nil},
		"the node is gone": {func(w *world) { w.nodes = w.nodes[1:] }, []Transition{
			{Node: "a", From: Firing, To: Inactive, Sentence: "the node is gone", Gone: true},
		}},
		"another node has its name": {func(w *world) { w.nodes[0].Created = at(1) }, []Transition{
			{Node: "a", From: Firing, To: Inactive, Sentence: "the node is gone, and another one has its name", Gone: true},
			{Node: "a", From: Inactive, To: Firing, Sentence: "memory is 95% (memory > 90)"},
		}},
	} {
		for name, from := range map[string]func(*world) *world{
			"going on":        func(w *world) *world { return w },
			"after a restart": func(w *world) *world { return w.restart(t) },
		} {
			w := newWorld(setOf(above90()), nodes("a", "b"))
			hot := map[string]float64{"a": 95}
			w.tick(at(0), "memory", hot)
			w = from(w)
			c.change(w)
			for i := range c.want {
				c.want[i].Rule, c.want[i].At = w.set.Rules[0].Key(), at(5)
			}
			if diff := cmp.Diff(c.want, w.tick(at(5), "memory", hot)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", sentence, name, diff)
			}
		}
	}
}

func TestWhatARuleDoesNotSelectItDoesNotJudge(t *testing.T) {
	list := nodes("a", "b")
	w := newWorld(setOf(above90(func(r *rules.Rule) { r.KeepFiringFor = time.Hour })), list)
	hot := map[string]float64{"a": 95, "b": 95}
	w.tick(at(0), "memory", hot)
	list[0].Ignore = ParseIgnore("other, rule")
	transitions := w.tick(at(5), "memory", hot)
	if len(transitions) != 1 || transitions[0].Node != "a" || transitions[0].To != Inactive {
		t.Fatalf("the ignored node gave %+v", transitions)
	}
	if got, want := transitions[0].Sentence, "the rule no longer judges this node"; got != want {
		t.Errorf("the transition says %q, want %q", got, want)
	}
	if w.blocked("a") != "" || w.blocked("b") == "" {
		t.Error("the annotation must free its own node, and no other")
	}
	if got := w.last.Rules()[0]; got.Nodes != 1 {
		t.Errorf("%d nodes are judged, want 1", got.Nodes)
	}
}

func TestWhoWasToldThatARuleFiresHearsItsEnd(t *testing.T) {
	for _, c := range []struct {
		name string
		now  []rules.Rule
		want string // what is said of node a; b was never over the line
	}{
		{"the rule is gone", nil, "the rule is gone"},
		{"another condition under the same name is False", []rules.Rule{blocking(leafOf("memory", rules.Above, 97))}, "memory is 95% (memory > 97)"},
		{"another condition under the same name is True", []rules.Rule{blocking(leafOf("memory", rules.Above, 80))}, ""},
		{"the rule no longer selects the node", []rules.Rule{above90(func(r *rules.Rule) { r.Nodes = labels.Nothing() })}, "the rule no longer judges this node"},
		{"the rule only blocks no longer", []rules.Rule{above90(func(r *rules.Rule) { r.Block = nil })}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(setOf(above90()), nodes("a", "b"))
			values := map[string]float64{"a": 95, "b": 50}
			w.tick(at(0), "memory", values)
			w.set = setOf(c.now...)
			got := ""
			for _, end := range w.tick(at(5), "memory", values) {
				if end.Node != "a" || end.From != Firing || end.To != Inactive {
					t.Errorf("transition %+v", end)
				}
				got += end.Sentence
			}
			if got != c.want {
				t.Errorf("said %q, want %q", got, c.want)
			}
		})
	}
}

func TestARuleThatWentWhileNobodyLookedIsSaidToEnd(t *testing.T) {
	w := newWorld(setOf(above90()), nodes("a"))
	w.tick(at(0), "memory", map[string]float64{"a": 95})
	w.engine, w.set = New(Options{}, w.engine.State(everyRule)), setOf()
	if got := w.tick(at(5), "memory", nil); len(got) != 1 || got[0].To != Inactive {
		t.Errorf("transitions %+v, want one to inactive", got)
	}
}

func TestBadNumbersOfASourceCannotHurt(t *testing.T) {
	for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		w := newWorld(setOf(above90()), nodes("a"))
		w.tick(start, "memory", map[string]float64{"a": value}) // the Snapshot refuses these; the engine must still stand
		w.breaks("a", Amounts{Memory: gib}, Amounts{})
	}
}
