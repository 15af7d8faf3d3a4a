package engine

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// prefer is a preference with the defaults of the format, changed on request.
func prefer(word rules.Prefer, metric string, change ...func(*rules.Preference)) rules.Preference {
	p := rules.Preference{
		Name: "wish", Metric: metric, Prefer: word, Weight: 1, OnUnknown: rules.Worst,
		Nodes: labels.Everything(), Pods: labels.Everything(),
	}
	if metrics[metric].Unit == rules.UnitPercent {
		p.Range = &rules.Range{Low: 0, High: 100}
	}
	if word == rules.PreferSteady {
		p.Steady = rules.Steady{Window: 15 * time.Minute, Deviations: 1}
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

func wishing(list ...rules.Preference) *rules.RuleSet {
	return &rules.RuleSet{Metrics: metrics, Preferences: list}
}

func target(value float64) func(*rules.Preference) {
	return func(p *rules.Preference) { p.Target = value }
}

func neutral(p *rules.Preference) { p.OnUnknown = rules.Neutral }

// scores returns what every node is worth to a pod.
func (w *world) scores(pod PodFacts) map[string]int64 {
	scores := w.last.Scores(w.last.Taste(pod))
	out := map[string]int64{}
	for i := range w.nodes {
		out[w.nodes[i].Name] = scores.At(w.last.Slot(w.nodes[i].Name), Amounts{})
	}
	return out
}

func TestNearHasNoJumpAtItsTarget(t *testing.T) {
	p := &preferred{Preference: &rules.Preference{Prefer: rules.PreferNear, Target: 70}}
	for _, s := range []scale{{0, 100}, {0, 70}, {70, 100}} {
		at := s.points(p, 70)
		for _, near := range []float64{70 - 1e-9, 70 + 1e-9} {
			inside := near >= s.low && near <= s.high
			if got := s.points(p, near); inside && (got < at-1e-6 || got > at) {
				t.Errorf("range %v: %v points beside the target and %v at it", s, got, at)
			}
		}
		if at != mostPoints {
			t.Errorf("range %v: %v points at the target", s, at)
		}
	}
}

func TestWhomAPreferenceConcerns(t *testing.T) {
	selected := prefer(rules.PreferLow, "memory", func(p *rules.Preference) {
		p.Pods = labels.SelectorFromSet(labels.Set{"tier": "batch"})
		p.Nodes = labels.SelectorFromSet(labels.Set{"pool": "general"})
	})
	batch := PodFacts{Labels: labels.Set{"tier": "batch"}, Namespace: "n"}
	for sentence, tc := range map[string]struct {
		change func(*rules.Preference, []Node)
		pod    PodFacts
		want   map[string]int64
	}{
		"a node outside has the mean of those inside": {nil, batch, map[string]int64{"a": 80, "b": 41, "c": 60}},
		"another pod does not care":                   {nil, PodFacts{}, map[string]int64{"a": 100, "b": 100, "c": 100}},
		"nor one that ignores it":                     {nil, PodFacts{Labels: batch.Labels, Ignore: ParseIgnore("wish")}, map[string]int64{"a": 100, "b": 100, "c": 100}},
		"a system-critical pod has wishes too":        {nil, PodFacts{Labels: batch.Labels, SystemCritical: true}, map[string]int64{"a": 80, "b": 41, "c": 60}},
		"a paused preference is none":                 {func(p *rules.Preference, _ []Node) { p.Paused = true }, batch, map[string]int64{"a": 100, "b": 100, "c": 100}},
		"that of another namespace is none":           {func(p *rules.Preference, _ []Node) { p.Namespace = "other" }, batch, map[string]int64{"a": 100, "b": 100, "c": 100}},
		"that of the pod's namespace is one":          {func(p *rules.Preference, _ []Node) { p.Namespace = "n" }, batch, map[string]int64{"a": 80, "b": 41, "c": 60}},
		"a node that ignores it is outside":           {func(_ *rules.Preference, n []Node) { n[0].Ignore = ParseIgnore("wish") }, batch, map[string]int64{"a": 41, "b": 41, "c": 41}},
	} {
		t.Run(sentence, func(t *testing.T) {
			list, p := nodes("a", "b", "c"), selected
			list[0].Labels, list[1].Labels = labels.Set{"pool": "general"}, labels.Set{"pool": "general"}
			if tc.change != nil {
				tc.change(&p, list)
			}
			w := newWorld(wishing(p), list)
			w.tick(start, "memory", map[string]float64{"a": 20, "b": 60, "c": 0})
			if diff := gocmp.Diff(tc.want, w.scores(tc.pod)); diff != "" {
				t.Errorf("scores (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSteadyWantsWhatVariesLittle(t *testing.T) {
	w := newWorld(wishing(prefer(rules.PreferSteady, "cpu")), nodes("calm", "wild", "new"))
	for i := range 20 {
		values := map[string]float64{"calm": 50, "wild": 30 + 40*float64(i%2)}
		if i >= 19 {
			values["new"] = 50
		}
		w.tick(at(30*i), "cpu", values)
	}
	want := map[string]int64{"calm": 51, "wild": 31, "new": 51}
	if diff := gocmp.Diff(want, w.scores(PodFacts{})); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
	w.nodes = nodes("calm", "wild")
	w.nodes[1].Created = at(600) // made anew under its old name
	w.tick(at(630), "cpu", map[string]float64{"calm": 50, "wild": 50})
	if got := w.scores(PodFacts{}); got["wild"] != got["calm"] {
		t.Errorf("a new node inherits the past of an old one: %v", got)
	}
	if len(w.engine.memory) != 1 || len(w.engine.memory[memoryKey{"cpu", 15 * time.Minute}]) != 2 {
		t.Errorf("a node that is gone is remembered: %v", w.engine.memory)
	}
	w.set = wishing()
	w.tick(at(660), "cpu", nil)
	if len(w.engine.memory) != 0 {
		t.Errorf("what nobody asks for is remembered: %v", w.engine.memory)
	}
}

func TestAHistoryIsAsLongAsItsWindow(t *testing.T) {
	h := &history{}
	for i := range 100 {
		s := &sample{value: float64(i), at: instantOf(at(30 * i))}
		h.add(s, 15*time.Minute)
		h.add(s, 15*time.Minute) // the same sample again is no news
	}
	if len(h.samples) != 31 || h.samples[0].value != 69 {
		t.Errorf("%d samples from %v on are kept of 15 minutes with one every 30 s", len(h.samples), h.samples[0].value)
	}
}

func TestAvoidTakesPointsOff(t *testing.T) {
	avoiding := above90(func(r *rules.Rule) { r.Block, r.Avoid = nil, &rules.Avoid{Points: 30} })
	wish := prefer(rules.PreferLow, "memory")
	for sentence, tc := range map[string]struct {
		change func(*rules.RuleSet)
		pod    PodFacts
		want   map[string]int64
	}{
		"of a node on which the rule fires":     {func(*rules.RuleSet) {}, PodFacts{}, map[string]int64{"a": 100, "b": 70}},
		"together with preferences":             {func(s *rules.RuleSet) { s.Preferences = append(s.Preferences, wish) }, PodFacts{}, map[string]int64{"a": 51, "b": 0}},
		"but not for a system-critical pod":     {func(*rules.RuleSet) {}, PodFacts{SystemCritical: true}, map[string]int64{"a": 100, "b": 100}},
		"nor for a DaemonSet's":                 {func(*rules.RuleSet) {}, PodFacts{DaemonSet: true}, map[string]int64{"a": 100, "b": 100}},
		"nor for a pod that ignores the rule":   {func(*rules.RuleSet) {}, PodFacts{Ignore: ParseIgnore("*")}, map[string]int64{"a": 100, "b": 100}},
		"nor in a dry run":                      {func(s *rules.RuleSet) { s.Rules[0].DryRun = true }, PodFacts{}, map[string]int64{"a": 100, "b": 100}},
		"nor while the rule is paused":          {func(s *rules.RuleSet) { s.Rules[0].Paused = true }, PodFacts{}, map[string]int64{"a": 100, "b": 100}},
		"nor while everything is paused":        {func(s *rules.RuleSet) { s.Pause.Block = true }, PodFacts{}, map[string]int64{"a": 100, "b": 100}},
		"nor while the rule is silenced there":  {func(s *rules.RuleSet) { s.Pause.Silences = []rules.Silence{{Node: "b"}} }, PodFacts{}, map[string]int64{"a": 100, "b": 100}},
		"though it is silenced somewhere else":  {func(s *rules.RuleSet) { s.Pause.Silences = []rules.Silence{{Node: "a"}} }, PodFacts{}, map[string]int64{"a": 100, "b": 70}},
		"for pods of the rule's namespace only": {func(s *rules.RuleSet) { s.Rules[0].Namespace = "team" }, PodFacts{Namespace: "team"}, map[string]int64{"a": 100, "b": 70}},
	} {
		t.Run(sentence, func(t *testing.T) {
			set := setOf(avoiding)
			tc.change(set)
			w := newWorld(set, nodes("a", "b"))
			w.tick(start, "memory", map[string]float64{"a": 50, "b": 95})
			if diff := gocmp.Diff(tc.want, w.scores(tc.pod)); diff != "" {
				t.Errorf("scores (-want +got):\n%s", diff)
			}
		})
	}
}

func TestADryRunIsJudgedAndDoesNothing(t *testing.T) {
	w := newWorld(setOf(above90(func(r *rules.Rule) { r.DryRun = true })), nodes("a"))
	w.tick(start, "memory", map[string]float64{"a": 95})
	if w.blocked("a") != "" || w.breaks("a", Amounts{Memory: gib}, Amounts{}) {
		t.Error("a dry run keeps a pod off")
	}
	if _, blocked := w.last.View(w.last.GovernDry(PodFacts{})).Node("a").Blocked(); !blocked || w.phase(t, "a") != Firing {
		t.Error("a dry run must tell what it would do")
	}
	v, _ := w.last.Explain(rules.Key{Name: "rule"}, "a")
	if want := "would take no new pods if the rule were no dry run"; !strings.Contains(v.Sentence, want) {
		t.Errorf("explained by %q, want %q in it", v.Sentence, want)
	}
}

// TestRandomPreferencesKeepTheirPromises looks at what holds for any preference
// and any values.
func TestRandomPreferencesKeepTheirPromises(t *testing.T) {
	words := []rules.Prefer{rules.PreferLow, rules.PreferHigh, rules.PreferNear, rules.PreferSteady}
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		names, values := []string{}, map[string]float64{}
		for i := range 1 + r.IntN(20) {
			name := fmt.Sprintf("n%02d", i)
			names = append(names, name)
			if r.IntN(5) > 0 {
				values[name] = float64(r.IntN(40)) * []float64{0, 1, -1, 1e9, 1e-9}[r.IntN(5)]
			}
		}
		p := prefer(words[r.IntN(len(words))], []string{"health", "memory"}[r.IntN(2)], target(float64(r.IntN(100))))
		if r.IntN(2) == 0 {
			neutral(&p)
		}
		w := newWorld(wishing(p), nodes(names...))
		w.tick(start, p.Metric, values)
		checkPromises(t, seed, p, values, w.scores(PodFacts{}))
		if t.Failed() {
			return
		}
	}
}

func checkPromises(t *testing.T, seed uint64, p rules.Preference, values map[string]float64, scores map[string]int64) {
	t.Helper()
	known := []string{}
	for name, score := range scores {
		if score < 0 || score > 100 {
			t.Errorf("seed %d: node %s has %d points", seed, name, score)
		}
		if _, found := values[name]; found {
			known = append(known, name)
		}
	}
	slices.SortFunc(known, func(a, b string) int { return cmp.Compare(values[a], values[b]) })
	for i := 1; i < len(known); i++ {
		less, more := scores[known[i-1]], scores[known[i]]
		low := p.Prefer == rules.PreferLow || p.Prefer == rules.PreferSteady
		if low && less < more || p.Prefer == rules.PreferHigh && less > more || values[known[i-1]] == values[known[i]] && less != more {
			t.Errorf("seed %d: %s ranks %v with %d points and %v with %d", seed, p.Prefer, values[known[i-1]], less, values[known[i]], more)
		}
	}
	best := int64(-1)
	for _, name := range known {
		best = max(best, scores[name])
	}
	for name, score := range scores {
		if _, found := values[name]; !found && len(known) > 0 && score >= best {
			t.Errorf("seed %d: the silent node %s has %d points and the best known one %d", seed, name, score, best)
		}
	}
}

// TestANodeThatHasJustJoinedIsWorthWhatASilentOneIs compares them, one of them not on
// the Board yet.
func TestANodeThatHasJustJoinedIsWorthWhatASilentOneIs(t *testing.T) {
	avoiding := blocking(leafOf("memory", rules.Above, 90))
	avoiding.Block, avoiding.Avoid = nil, &rules.Avoid{Points: 30}
	low, high := prefer(rules.PreferLow, "memory"), prefer(rules.PreferHigh, "memory", neutral)
	high.Name, high.Weight = "other", 3
	for sentence, tc := range map[string]struct {
		rules []rules.Rule
		likes []rules.Preference
		want  int64
	}{
		"for a pod that only avoids": {[]rules.Rule{avoiding}, nil, 100},
		"with a preference":          {nil, []rules.Preference{low}, 0},
		"with a neutral one":         {nil, []rules.Preference{high}, 55},
		"with all of it":             {[]rules.Rule{avoiding}, []rules.Preference{low, high}, 41},
	} {
		t.Run(sentence, func(t *testing.T) {
			set := setOf(tc.rules...)
			set.Preferences = tc.likes
			w := newWorld(set, nodes("cool", "hot", "silent"))
			w.tick(start, "memory", map[string]float64{"cool": 10, "hot": 99})
			s := w.last.Scores(w.last.Taste(PodFacts{}))
			worth := func(node string) int64 { return s.At(w.last.Slot(node), Amounts{}) }
			if joined, silent := worth("joined"), worth("silent"); joined != silent || joined != tc.want {
				t.Errorf("it is worth %d and a silent one %d, want %d", joined, silent, tc.want)
			}
			if hot := worth("hot"); len(tc.likes) == 0 && hot != 70 {
				t.Errorf("the hot one is worth %d", hot)
			}
		})
	}
}

func TestScoreAllocatesNothing(t *testing.T) {
	avoiding := above90(func(r *rules.Rule) { r.Avoid = &rules.Avoid{Points: 30} })
	set := setOf(avoiding)
	set.Preferences = []rules.Preference{prefer(rules.PreferLow, "memory"), prefer(rules.PreferLow, "cpu")}
	w := newWorld(set, nodes("a"))
	w.tick(start, "memory", map[string]float64{"a": 95})
	scores := w.last.Scores(w.last.Taste(PodFacts{}))
	if n := testing.AllocsPerRun(100, func() { scores.At(0, Amounts{}) }); n != 0 {
		t.Errorf("Score allocates %v times", n)
	}
}

func TestScoresThatAreWantedAreReadyInTheNextBoard(t *testing.T) {
	set := setOf()
	set.Preferences = []rules.Preference{prefer(rules.PreferLow, "memory")}
	w := newWorld(set, nodes("a", "b"))
	w.tick(at(0), "memory", map[string]float64{"a": 0, "b": 100})
	w.scores(PodFacts{})
	w.tick(at(5), "memory", map[string]float64{"a": 100, "b": 0})
	if list := w.last.scores.list; len(list) != 1 || list[0].is == nil {
		t.Errorf("%d Scores are ready, want 1", len(list))
	}
	if got := w.scores(PodFacts{}); got["a"] >= got["b"] {
		t.Errorf("the scores are %v, which are those of the Board before", got)
	}
}
