package tas_test

import (
	"slices"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

func to(target int64) *int64 { return &target }

// strategyOf is a strategy of some rules.
func strategyOf(allOf bool, list ...tasRule) tasStrategy {
	return tasStrategy{allOf: allOf, rules: list}
}

// TestWhatUsersOfTASRelyOn names the nodes that a policy closes.
func TestWhatUsersOfTASRelyOn(t *testing.T) {
	greater := func(metric string, target int64) tasRule {
		return tasRule{metric: metric, operator: "GreaterThan", target: to(target)}
	}
	less := func(metric string, target int64) tasRule {
		return tasRule{metric: metric, operator: "LessThan", target: to(target)}
	}
	equal := func(metric string, target int64) tasRule {
		return tasRule{metric: metric, operator: "Equals", target: to(target)}
	}
	for name, tc := range map[string]struct {
		strategy tasStrategy
		values   values
		closed   []string
	}{
		"above 9 closes a node at 10":                 {strategyOf(false, greater("m", 9)), values{"m": {"n1": 10}}, []string{"n1"}},
		"above 10 does not":                           {strategyOf(false, greater("m", 10)), values{"m": {"n1": 10}}, nil},
		"below 10 does not":                           {strategyOf(false, less("m", 10)), values{"m": {"n1": 10}}, nil},
		"equal 10 does":                               {strategyOf(false, equal("m", 10)), values{"m": {"n1": 10}}, []string{"n1"}},
		"equal -1 closes a node at -1":                {strategyOf(false, equal("m", -1)), values{"m": {"n1": -1}}, []string{"n1"}},
		"one of two is enough for anyOf":              {strategyOf(false, greater("m", 9), greater("c", 900)), values{"m": {"n1": 10}, "c": {"n1": 200}}, []string{"n1"}},
		"and not for allOf":                           {strategyOf(true, greater("m", 9), greater("c", 900)), values{"m": {"n1": 10}, "c": {"n1": 200}}, nil},
		"a range closes what is within":               {strategyOf(true, greater("m", 4), less("m", 8)), values{"m": {"n1": 1, "n2": 5, "n3": 9}}, []string{"n2"}},
		"nothing is rounded":                          {strategyOf(false, greater("m", 80)), values{"m": {"n1": 0.85, "n2": 80.5, "n3": 80}}, []string{"n2"}},
		"no value hides no other with anyOf":          {strategyOf(false, greater("m", 9), greater("none", 1)), values{"m": {"n1": 10}}, []string{"n1"}},
		"no value closes nothing with allOf":          {strategyOf(true, greater("m", 9), greater("none", 1)), values{"m": {"n1": 10}}, nil},
		"of two that are ill the well one is left":    {strategyOf(false, equal("h", 1), equal("h", 2)), values{"h": {"n1": 0, "n2": 1, "n3": 2}}, []string{"n2", "n3"}},
		"a missing target is 0":                       {strategyOf(false, tasRule{metric: "m", operator: "GreaterThan"}), values{"m": {"n1": 0, "n2": 1}}, []string{"n2"}},
		"a value with a built-in name is not its own": {strategyOf(false, greater("memory", 5000)), values{"memory": {"n1": 6000}}, []string{"n1"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := tasPolicy{namespace: "team-a", name: "policy", strategies: map[string]tasStrategy{"dontschedule": tc.strategy}}
			w := worldOf(t, p, tc.values)
			var closed []string
			for _, node := range nodes {
				if w.blocked(pod("team-a", "policy"), node) {
					closed = append(closed, node)
				}
			}
			if !slices.Equal(closed, tc.closed) {
				t.Errorf("closed are %v, want %v", closed, tc.closed)
			}
		})
	}
}

func worldOf(t *testing.T, p tasPolicy, v values) *world {
	t.Helper()
	c := convert(p.yaml())
	w, err := newWorld(c.Texts, v, false)
	if err != nil {
		t.Fatalf("%v\n%v", err, c.Remarks)
	}
	return w
}

// TestWhatUsersOfTASPrefer looks at points.
func TestWhatUsersOfTASPrefer(t *testing.T) {
	for name, tc := range map[string]struct {
		operator string
		values   map[string]float64
		// order is that of the points, the most first.
		order []string
		// alike says that all have as many.
		alike bool
	}{
		"low values":       {"LessThan", map[string]float64{"n1": 100, "n2": 200, "n3": 10}, []string{"n3", "n1", "n2"}, false},
		"high values":      {"GreaterThan", map[string]float64{"n1": 100, "n2": 200, "n3": 10}, []string{"n2", "n1", "n3"}, false},
		"equal values":     {"LessThan", map[string]float64{"n1": 5, "n2": 5, "n3": 5}, []string{"n1", "n2", "n3"}, true},
		"none but silence": {"LessThan", map[string]float64{"n1": 0, "n2": 5, "n3": 70}, []string{"n1", "n2", "n3", "n4"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := tasPolicy{namespace: "team-a", name: "policy", strategies: map[string]tasStrategy{
				"scheduleonmetric": strategyOf(false, tasRule{metric: "m", operator: tc.operator}),
			}}
			w := worldOf(t, p, values{"m": tc.values})
			scores := w.board.Scores(w.board.Taste(pod("team-a", "policy")))
			for i := 1; i < len(tc.order); i++ {
				better, worse := scores.At(w.board.Slot(tc.order[i-1]), engine.Amounts{}), scores.At(w.board.Slot(tc.order[i]), engine.Amounts{})
				if tc.alike != (better == worse) || better < worse {
					t.Errorf("%s has %d points and %s %d", tc.order[i-1], better, tc.order[i], worse)
				}
			}
		})
	}
}

// TestWhatUsersOfTASLabel compares two metrics that set one label.
func TestWhatUsersOfTASLabel(t *testing.T) {
	p := tasPolicy{namespace: "team-a", name: "policy", strategies: map[string]tasStrategy{"labeling": strategyOf(false,
		tasRule{metric: "m1", operator: "GreaterThan", target: to(8), labels: []string{"foo=1"}},
		tasRule{metric: "m2", operator: "GreaterThan", target: to(8), labels: []string{"foo=2"}},
	)}}
	v := values{"m1": {"n1": 20, "n2": 10, "n3": 8}, "m2": {"n1": 10, "n2": 20, "n3": 1}}
	c := convert(p.yaml())
	w, err := newWorld(c.Texts, v, true)
	if err != nil {
		t.Fatal(err)
	}
	for node, want := range map[string][]string{"n1": {"1"}, "n2": {"2"}, "n3": nil} {
		if got := w.labels(c.Texts, v, node)["foo"]; !slices.Equal(got, want) {
			t.Errorf("the label of %s is %v, want %v", node, got, want)
		}
	}
}
