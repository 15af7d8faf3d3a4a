package engine

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// lenient is a rule that gives way.
func lenient(name string, when rules.Condition, change ...func(*rules.Rule)) rules.Rule {
	r := blocking(when)
	r.Name, r.Block = name, &rules.Block{WhenAllBlocked: rules.ScheduleAnyway}
	for _, c := range change {
		c(&r)
	}
	return r
}

func TestTheLeastViolatingNode(t *testing.T) {
	hot, old := leafOf("memory", rules.Above, 90), func(r *rules.Rule) { r.For = 1 << 40 }
	sick := lenient("sick", leafOf("health", rules.Above, 5))
	blocksUnknown := func(r *rules.Rule) { r.OnUnknown = rules.UnknownBlock }
	for name, c := range map[string]struct {
		rules  []rules.Rule
		values map[string]float64
		need   Amounts
		want   Violation
	}{
		"the smallest overshoot": {
			[]rules.Rule{lenient("hot", hot)}, map[string]float64{"memory a": 97, "memory b": 92, "memory c": 95}, Amounts{},
			Violation{Node: "b", Firing: 1, Overshoot: 2.0 / 9.5},
		},
		"of equal ones the first name": {
			[]rules.Rule{lenient("hot", hot)}, map[string]float64{"memory a": 97, "memory b": 95, "memory c": 95}, Amounts{},
			Violation{Node: "b", Firing: 1, Overshoot: 5 / 9.5},
		},
		"fewer firing rules come before a smaller overshoot": {
			[]rules.Rule{lenient("hot", hot), sick},
			map[string]float64{"memory a": 91, "memory b": 99, "memory c": 91, "health a": 6, "health b": 1, "health c": 6}, Amounts{},
			Violation{Node: "b", Firing: 1, Overshoot: 9.0 / 9.1},
		},
		"overshoots of several rules add up, each in its own spread": {
			[]rules.Rule{lenient("hot", hot), sick},
			map[string]float64{"memory a": 91, "memory b": 92, "memory c": 99, "health a": 106, "health b": 7, "health c": 6}, Amounts{},
			Violation{Node: "b", Firing: 2, Overshoot: 2.0/9.2 + 2.0/100},
		},
		"a node that only would break violates less than one that fires": {
			[]rules.Rule{lenient("hot", hot)}, map[string]float64{"memory a": 91, "memory b": 89, "memory c": 91}, Amounts{Memory: 50 * gib},
			Violation{Node: "b", Overshoot: 49 / 9.1},
		},
		"what the pod brings counts on a firing node too": {
			[]rules.Rule{lenient("hot", hot)}, map[string]float64{"memory a": 95, "memory b": 96, "memory c": 97}, Amounts{Memory: 10 * gib},
			Violation{Node: "a", Firing: 1, Overshoot: 15 / 9.6},
		},
		"a prediction is measured from the line": {
			[]rules.Rule{lenient("hot", hot, old)}, map[string]float64{"memory a": 88, "memory b": 68, "memory c": 84}, Amounts{Memory: 30 * gib},
			Violation{Node: "b", Overshoot: 8.0 / 20},
		},
		"an unknown node is worse than any number": {
			[]rules.Rule{lenient("hot", hot, blocksUnknown)}, map[string]float64{"memory b": 5000, "memory c": 6000}, Amounts{},
			Violation{Node: "b", Firing: 1, Overshoot: 4910.0 / 1000},
		},
		"an any is as far from its end as its farthest branch": {
			[]rules.Rule{lenient("any", anyOf(hot, leafOf("health", rules.Above, 5)))},
			map[string]float64{"memory a": 92, "memory b": 95, "memory c": 100, "health a": 9, "health b": 6, "health c": 1}, Amounts{},
			Violation{Node: "a", Firing: 1, Overshoot: 4.0 / 8},
		},
		"an all is as near to its end as its nearest branch": {
			[]rules.Rule{lenient("all", allOf(hot, leafOf("health", rules.Above, 5)))},
			map[string]float64{"memory a": 99, "memory b": 95, "memory c": 100, "health a": 6, "health b": 9, "health c": 9}, Amounts{},
			Violation{Node: "a", Firing: 1, Overshoot: 1 / 3.0},
		},
		"a not turns the comparison": {
			[]rules.Rule{lenient("not", not(leafOf("memory", rules.AtMost, 90)))},
			map[string]float64{"memory a": 97, "memory b": 92, "memory c": 95}, Amounts{},
			Violation{Node: "b", Firing: 1, Overshoot: 2.0 / 9.5},
		},
		"too little is an overshoot as well": {
			[]rules.Rule{lenient("free", leafOf("memory-available", rules.Below, 10*gib))},
			map[string]float64{"memory-available a": 2 * gib, "memory-available b": 6 * gib, "memory-available c": 4 * gib}, Amounts{Memory: gib},
			Violation{Node: "b", Firing: 1, Overshoot: 5.0 / 4},
		},
		"being equal has no degrees": {
			[]rules.Rule{lenient("sick", leafOf("health", rules.Equal, 3))},
			map[string]float64{"health a": 3, "health b": 3, "health c": 3}, Amounts{},
			Violation{Node: "a", Firing: 1},
		},
		"being different has": {
			[]rules.Rule{lenient("sick", leafOf("health", rules.NotEqual, 0))},
			map[string]float64{"health a": 4, "health b": -2, "health c": 3}, Amounts{},
			Violation{Node: "b", Firing: 1, Overshoot: 2.0 / 6},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, r := newWorld(setOf(c.rules...), nodes("a", "b", "c")), readings{}
			for key, value := range c.values {
				r[key] = reading{value: value, at: start}
			}
			w.read(start, r)
			got, found := w.least(c.need, "a", "b", "c")
			if diff := cmp.Diff(c.want, got, cmpopts.EquateApprox(0, 1e-9), cmpopts.IgnoreFields(Violation{}, "Breaks")); !found || diff != "" {
				t.Errorf("least violating (-want +got):\n%s", diff)
			}
		})
	}
}

// least is what a plain pod would choose.
// TestWhatIsInFlightCountsAsSeen has a node under the line to which a burst is on its way.
func TestWhatIsInFlightCountsAsSeen(t *testing.T) {
	w := newWorld(setOf(lenient("hot", leafOf("memory", rules.Above, 90))), nodes("a", "b"))
	w.read(start, readings{"memory a": {value: 80, at: start}, "memory b": {value: 92, at: start}})
	for arrived, want := range map[float64]string{0: "a", 9: "a", 11: "a", 13: "b"} {
		need := Amounts{Memory: 2 * gib}
		got, _ := w.last.LeastViolating(w.last.Lenient(w.last.Govern(PodFacts{})), []Candidate{
			{Node: "a", Need: need, Arrived: Amounts{Memory: arrived * gib}}, {Node: "b", Need: need},
		})
		if got.Node != want {
			t.Errorf("with %v GiB in flight to a: %+v, want %s", arrived, got, want)
		}
	}
}

func (w *world) least(need Amounts, names ...string) (Violation, bool) {
	var candidates []Candidate
	for _, name := range names {
		candidates = append(candidates, Candidate{Node: name, Need: need})
	}
	return w.last.LeastViolating(w.last.Lenient(w.last.Govern(PodFacts{})), candidates)
}

func TestOnlyCandidatesCountAndUnknownNodesNever(t *testing.T) {
	w := newWorld(setOf(lenient("hot", leafOf("memory", rules.Above, 90))), nodes("a", "b"))
	w.tick(start, "memory", map[string]float64{"a": 95, "b": 99})
	if got, found := w.least(Amounts{}, "b", "not there"); !found || got.Node != "b" {
		t.Errorf("chosen is %q, %v", got.Node, found)
	}
	if got, found := w.least(Amounts{}, "not there"); found {
		t.Errorf("chosen is %q, and nobody was asked for", got.Node)
	}
}

func TestAYoungNodeIsMeasuredByWhatIsRequested(t *testing.T) {
	list := nodes("a", "b")
	list[0].Created, list[1].Created = at(-10), at(-10)
	for name, when := range map[string]rules.Condition{
		"used": leafOf("memory", rules.Above, 90),
		"free": leafOf("memory-available", rules.Below, 10*gib),
	} {
		w := newWorld(setOf(lenient("hot", when)), list)
		w.read(start, nil)
		got, _ := w.last.LeastViolating(w.last.Govern(PodFacts{}), []Candidate{
			{Node: "a", Need: Amounts{Memory: 10 * gib}, Requested: Amounts{Memory: 98 * gib}},
			{Node: "b", Need: Amounts{Memory: 10 * gib}, Requested: Amounts{Memory: 94 * gib}},
		})
		if got.Node != "b" || got.Firing != 0 || !(got.Overshoot > 0) || len(got.Breaks) != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A rule that is still kept firing shows no overshoot, and none that is negative: it
// must not make up for another one.
func TestWhatIsKeptDoesNotMakeUpForAnotherRule(t *testing.T) {
	w := newWorld(setOf(
		lenient("hot", leafOf("memory", rules.Above, 90), func(r *rules.Rule) { r.KeepFiringFor = time.Hour }),
		lenient("sick", leafOf("health", rules.Above, 5)),
	), nodes("a", "b"))
	w.read(at(0), readings{"memory a": {value: 95, at: at(0)}, "memory b": {value: 95, at: at(0)}})
	w.read(at(15), readings{
		"memory a": {value: 1, at: at(15)}, "memory b": {value: 80, at: at(15)},
		"health a": {value: 9, at: at(15)}, "health b": {value: 8, at: at(15)},
	})
	if got, _ := w.least(Amounts{}, "a", "b"); got.Node != "b" || got.Firing != 2 {
		t.Errorf("%+v", got)
	}
}

func TestAViolationNamesRulesAndNumbers(t *testing.T) {
	w := newWorld(setOf(
		lenient("hot", leafOf("memory", rules.Above, 90)),
		lenient("sick", leafOf("health", rules.Above, 5)),
		lenient("cool", leafOf("memory", rules.Above, 95)),
		lenient("well", leafOf("health", rules.Above, 50)),
		above90(),
	), nodes("a"))
	w.read(start, readings{"memory a": {value: 94.25, at: start}, "health a": {value: 6, at: start}})
	got, _ := w.least(Amounts{Memory: gib}, "a")
	want := []Break{
		{rules.Key{Name: "hot"}, true, "memory would be 95.25% (memory > 90) with 94.25% measured, 0% in flight and 1% of this pod, for which nothing is left"},
		{rules.Key{Name: "sick"}, true, "health is 6 (health > 5)"},
		{rules.Key{Name: "cool"}, false, "memory would be 95.25% (memory > 95) with 94.25% measured, 0% in flight and 1% of this pod, for which 0.75% is left"},
	}
	if diff := cmp.Diff(want, got.Breaks); diff != "" {
		t.Errorf("breaks (-want +got):\n%s", diff)
	}
}

func TestFirmAndLenientRulesAreToldApart(t *testing.T) {
	list := []rules.Rule{}
	for i := range 70 { // more than a word holds
		list = append(list, lenient(string(rune('A'+i)), leafOf("health", rules.Above, 5)))
	}
	list[3].Block.WhenAllBlocked, list[68].Block.WhenAllBlocked = rules.DoNotSchedule, rules.DoNotSchedule
	list[5].Block = nil
	w := newWorld(setOf(list...), nodes("a"))
	w.read(start, nil)
	all := w.last.Govern(PodFacts{})
	firm, gives := w.last.Firm(all), w.last.Lenient(all)
	for i := range list {
		if want := i == 3 || i == 68; firm.has(i) != want || gives.has(i) == (want || i == 5) {
			t.Errorf("rule %d: firm is %v, lenient %v", i, firm.has(i), gives.has(i))
		}
	}
}

func TestOpenedSinceComparesNodesByName(t *testing.T) {
	need := Amounts{Memory: 5 * gib}
	w := newWorld(setOf(above90()), nil)
	board := func(names []string, values ...float64) *View {
		r := readings{}
		for i, value := range values {
			r["memory "+names[i]] = reading{value: value, at: w.now()}
		}
		w.nodes = nodes(names...)
		w.read(w.now(), r)
		return w.last.View(w.last.Govern(PodFacts{}))
	}
	before := board([]string{"b", "c"}, 95, 50)
	for name, c := range map[string]struct {
		names  []string
		values []float64
		want   bool
	}{
		"nothing changed":                    {[]string{"b", "c"}, []float64{95, 50}, false},
		"a node closed":                      {[]string{"b", "c"}, []float64{95, 95}, false},
		"a node opened":                      {[]string{"b", "c"}, []float64{50, 95}, true},
		"a node opened, but not wide enough": {[]string{"b", "c"}, []float64{86, 50}, false},
		"an open node joined":                {[]string{"a", "b", "c"}, []float64{50, 95, 50}, true},
		"a hot node joined before the open":  {[]string{"a", "b", "c"}, []float64{95, 95, 50}, false},
		"a node left":                        {[]string{"c"}, []float64{50}, false},
	} {
		if got := board(c.names, c.values...).OpenedSince(before, need); got != c.want {
			t.Errorf("%s: opened is %v", name, got)
		}
	}
	w.set = setOf(above90())
	if !board([]string{"b", "c"}, 95, 50).OpenedSince(before, need) {
		t.Error("other rules are taken for the same")
	}
}

// now moves on with every Board.
func (w *world) now() time.Time {
	if w.last == nil {
		return start
	}
	return w.last.At.Add(15 * time.Second)
}

func TestASpreadIsNeverNothing(t *testing.T) {
	for name, c := range map[string]struct {
		values []float64
		want   float64
	}{
		"no value":                     {nil, 1},
		"all are zero":                 {[]float64{0, 0}, 1},
		"all are equal":                {[]float64{50, 50}, 5},
		"noise":                        {[]float64{50, 50.1}, 5.01},
		"a difference":                 {[]float64{10, 20, 90}, 80},
		"values below zero":            {[]float64{-100, -99}, 9.9},
		"zero in the middle of others": {[]float64{-1, 0, 1}, 2},
	} {
		if got := spread(c.values); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: the spread is %v, want %v", name, got, c.want)
		}
	}
}
