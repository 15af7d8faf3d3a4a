package engine_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// FuzzAdvance reads its input as a history and compares engine and reference.
func FuzzAdvance(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		h := decode(data)
		if difference := compareOn(t, h, h); difference != "" {
			t.Fatal(explain(t, h, difference))
		}
	})
}

// writeCorpus makes the committed corpus anew, after a change of decode.
var writeCorpus = flag.Bool("corpus", false, "rewrite the corpus of FuzzAdvance")

const corpusFolder = "testdata/fuzz/FuzzAdvance"

// scene says that something is to be seen of a rule on a node, at one tick and
// the one before, which is nil at first.
type scene func(before, now *view, rule *rules.Rule, node string) bool

// scenes are what the seeds of the corpus show, each named for it.
var scenes = map[string]scene{
	"for_is_proven_by_samples": turns(engine.Pending, engine.Firing, func(now *view, rule *rules.Rule, _ judgement) bool {
		return rule.For > 0
	}),
	"keeping_fires_again": turns(engine.Keeping, engine.Firing, func(now *view, _ *rules.Rule, j judgement) bool {
		return j.truth == engine.True
	}),
	"keeping_ends": turns(engine.Keeping, engine.Inactive, func(_ *view, rule *rules.Rule, j judgement) bool {
		return j.truth == engine.False && rule.KeepFiringFor > 0
	}),
	"exporter_dies_under_a_firing_rule": turns(engine.Firing, engine.Keeping, func(_ *view, _ *rules.Rule, j judgement) bool {
		return j.truth == engine.Unknown
	}),
	"blindness_ends_in_time": turns(engine.Keeping, engine.Inactive, func(_ *view, _ *rules.Rule, j judgement) bool {
		return j.truth == engine.Unknown
	}),
	"restart_keeps_a_pending_rule": turns(engine.Pending, engine.Firing, func(now *view, _ *rules.Rule, _ judgement) bool {
		return now.now().restart == withState
	}),
	"same_sample_proves_nothing": func(_, now *view, rule *rules.Rule, node string) bool {
		j := now.judgements[rule.Key()][node]
		return j.phase == engine.Pending && now.now().now.Sub(j.since) >= rule.For
	},
	"start_without_state_takes_true_for_firing": func(before, now *view, rule *rules.Rule, node string) bool {
		return before != nil && now.now().restart == withoutState && rule.For > 0 && now.judgements[rule.Key()][node].phase == engine.Firing
	},
	"band_keeps_a_block": func(_, now *view, rule *rules.Rule, node string) bool {
		j, leaf := now.judgements[rule.Key()][node], rule.When.Leaf
		if j.phase != engine.Firing || leaf == nil {
			return false
		}
		value := j.life.known(len(now.past)-1, leaf.Metric, j.life.node).value
		return !compare(leaf.Op, value, leaf.Threshold)
	},
	"earlier_sample_is_ignored": func(_, now *view, rule *rules.Rule, node string) bool {
		j, leaf := now.judgements[rule.Key()][node], rule.When.Leaf
		if j.phase != engine.Firing || leaf == nil {
			return false
		}
		got := now.now().samples.read(leaf.Metric, node)
		return got.at.Before(j.life.seen[j.life.last()].at) && !compare(leaf.Op, got.value, leaf.Clear)
	},
	"three_samples_are_sure": func(_, now *view, rule *rules.Rule, node string) bool {
		j := now.judgements[rule.Key()][node]
		return rule.Evict != nil && j.phase == engine.Firing && j.life.surely() == 3
	},
	"band_ends_what_was_sure": func(before, now *view, rule *rules.Rule, node string) bool {
		if before == nil || rule.Evict == nil {
			return false
		}
		was, is := before.judgements[rule.Key()][node], now.judgements[rule.Key()][node]
		return was.life != nil && was.life.surely() == 3 && is.phase == engine.Firing && is.life.surely() == 0
	},
	"restart_keeps_what_was_sure": func(_, now *view, rule *rules.Rule, node string) bool {
		j := now.judgements[rule.Key()][node]
		return rule.Evict != nil && j.phase == engine.Firing && j.life.surely() == 3 && now.now().restart == withState
	},
	"over_half_unknown_blocks_nothing": func(_, now *view, rule *rules.Rule, node string) bool {
		j := now.judgements[rule.Key()][node]
		return rule.OnUnknown == rules.UnknownBlock && len(now.now().names()) > 1 && j.phase == engine.Inactive &&
			j.truth == engine.Unknown && !j.graced && j.life != nil && !now.blocks(rule, node)
	},
	"keep_last_runs_out": func(before, now *view, rule *rules.Rule, node string) bool {
		return before != nil && rule.OnUnknown == rules.UnknownKeepLast && before.now().set == now.now().set &&
			before.judgements[rule.Key()][node].phase == engine.Inactive && before.blocks(rule, node) &&
			now.judgements[rule.Key()][node].truth == engine.Unknown && !now.blocks(rule, node)
	},
	"node_made_anew_starts_anew": func(before, now *view, rule *rules.Rule, node string) bool {
		return before != nil && before.now().set == now.now().set && before.judgements[rule.Key()][node].phase == engine.Firing &&
			!before.now().node(node).Created.Equal(now.now().node(node).Created) && now.judgements[rule.Key()][node].phase == engine.Pending
	},
	"new_condition_starts_anew": func(before, now *view, rule *rules.Rule, node string) bool {
		return before != nil && before.judgements[rule.Key()][node].phase == engine.Firing && now.now().restart == goesOn &&
			!same(&before.now().rule(rule.Key()).When, &rule.When) && now.judgements[rule.Key()][node].phase == engine.Pending
	},
	"last_sample_was_too_old_when_it_came": func(_, now *view, rule *rules.Rule, node string) bool {
		j := now.judgements[rule.Key()][node]
		if j.life == nil || !slices.Contains(now.wouldBreak(&now.now().asked[0], node), rule) {
			return false
		}
		for leaf := range rule.When.Leaves() {
			sample, counts := forecast{life: j.life}.sample(now.now().set.Metrics[leaf.Metric])
			values := j.life.values(leaf.Metric)
			if counts && holds(leaf, values) && !holds(leaf, append(values, &sample)) {
				return true
			}
		}
		return false
	},
	"silence_ends_by_itself": func(before, now *view, rule *rules.Rule, node string) bool {
		return before != nil && before.now().set == now.now().set && before.silenced(rule.Key(), node) &&
			before.judgements[rule.Key()][node].phase == engine.Firing && now.blocks(rule, node)
	},
	"avoided_node_loses_points": func(_, now *view, rule *rules.Rule, node string) bool {
		return rule.Avoid != nil && rule.Block != nil && now.score(&now.now().asked[0], node) == 100-int64(rule.Avoid.Points)
	},
	"pod_in_flight_would_break": func(_, now *view, rule *rules.Rule, node string) bool {
		return now.judgements[rule.Key()][node].truth == engine.False && slices.Contains(now.wouldBreak(&now.now().asked[0], node), rule)
	},
	"flight_is_shown_in_part": func(_, now *view, rule *rules.Rule, node string) bool {
		j, q := now.judgements[rule.Key()][node], &question{}
		if j.life == nil || rule.When.Leaf == nil || rule.When.Leaf.Metric != "load" || len(now.now().node(node).Flights) != 1 {
			return false
		}
		metric := now.now().set.Metrics["load"]
		sample, known := forecast{j.life, q}.sample(metric)
		shown := covered(now.now().node(node).Flights[0], metric, sample)
		return known && shown > 0 && shown < 1 && slices.Contains(now.wouldBreak(q, node), rule)
	},
	"new_node_is_judged_by_requests": func(_, now *view, rule *rules.Rule, node string) bool {
		return now.judgements[rule.Key()][node].graced && slices.Contains(now.wouldBreak(&now.now().asked[0], node), rule)
	},
}

// turns is a scene in which a phase follows another one, and more holds then.
func turns(from, to engine.Phase, holds func(now *view, rule *rules.Rule, j judgement) bool) scene {
	return func(before, now *view, rule *rules.Rule, node string) bool {
		j := now.judgements[rule.Key()][node]
		return j.phase == to && j.life != nil && now.phaseBefore(rule.Key(), node) == from && holds(now, rule, j)
	}
}

// in reports whether the scene is to be seen anywhere in a history.
func (s scene) in(h *history) bool {
	var before *view
	for i := range h.ticks {
		now := newView(newReference(&history{h.grace, h.ticks[:i+1]}))
		if s.atTick(before, now) {
			return true
		}
		before = now
	}
	return false
}

func (s scene) atTick(before, now *view) bool {
	for i := range now.now().set.Rules {
		for _, node := range now.now().names() {
			if s(before, now, &now.now().set.Rules[i], node) {
				return true
			}
		}
	}
	return false
}

// TestCorpusShowsWhatItsNamesSay keeps the seeds from meaning nothing after a
// change of decode. With -corpus it looks for new ones.
func TestCorpusShowsWhatItsNamesSay(t *testing.T) {
	for name, scene := range scenes {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(corpusFolder, name)
			if _, err := os.Stat(path); *writeCorpus && (err != nil || !scene.in(decode(readSeed(t, path)))) {
				writeSeed(t, path, scene)
			}
			if !scene.in(decode(readSeed(t, path))) {
				t.Errorf("the seed does not show it; make it anew with -corpus")
			}
		})
	}
}

func readSeed(t *testing.T, path string) []byte {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	literal := strings.TrimSuffix(strings.TrimPrefix(string(text), corpusHeader), corpusEnd)
	data, err := strconv.Unquote(literal)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return []byte(data)
}

// The form of a corpus file, as package testing writes it.
const (
	corpusHeader = "go test fuzz v1\n[]byte("
	corpusEnd    = ")\n"
)

func corpusText(data []byte) string {
	return corpusHeader + strconv.QuoteToASCII(string(data)) + corpusEnd
}

// writeSeed finds a random history that shows the scene, and makes it short.
func writeSeed(t *testing.T, path string, s scene) {
	shows := func(data []byte) bool { return s.in(decode(data)) }
	data := randomBytes(0)
	for seed := uint64(1); !shows(data); seed++ {
		data = randomBytes(seed)
	}
	for shows(data[:len(data)-1]) {
		data = data[:len(data)-1]
	}
	for i := range data {
		if old := data[i]; old != 0 {
			data[i] = 0
			if !shows(data) {
				data[i] = old
			}
		}
	}
	if err := os.WriteFile(path, []byte(corpusText(data)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The sizes of a history.
const (
	mostTicks = 25
	mostRules = 3
	mostNodes = 4
	mostDepth = 3
)

// decoder reads a history from bytes: each byte is one choice, and the history
// ends with them. Where a choice has a usual outcome, it is 0.
type decoder struct {
	data []byte
	now  time.Time
	// The world as it is at present; what a tick has been told is never changed.
	set    *rules.RuleSet
	absent []rules.Rule
	nodes  []engine.Node
	gone   []engine.Node
	flows  map[series]*flow
}

// flow is how the readings of one series go on.
type flow struct {
	mode  flowMode
	level int
	last  reading
}

type flowMode int

const (
	steady  flowMode = iota // a new sample of the same value
	jumps                   // a new sample of another value
	stuck                   // the same sample again
	silent                  // no sample
	earlier                 // a sample from before the last one
	flowModes
)

// choose returns a number from 0 to n−1, and 0 when the data is used up.
func (d *decoder) choose(n int) int {
	if len(d.data) == 0 {
		return 0
	}
	choice := int(d.data[0]) % n
	d.data = d.data[1:]
	return choice
}

func chooseOf[T any](d *decoder, list ...T) T { return list[d.choose(len(list))] }

// chance is true in about one of n cases.
func (d *decoder) chance(n int) bool { return d.choose(n) == n-1 }

func decode(data []byte) *history {
	d := &decoder{data: data, now: time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC), flows: map[series]*flow{}}
	h := &history{grace: chooseOf(d, 60*time.Second, 0, 180*time.Second)}
	d.world()
	for len(h.ticks) == 0 || len(d.data) > 0 && len(h.ticks) < mostTicks {
		h.ticks = append(h.ticks, d.tick())
	}
	return h
}

// world makes the rules and nodes of the beginning.
func (d *decoder) world() {
	d.set = &rules.RuleSet{Metrics: metrics()}
	for i := range 1 + d.choose(mostRules) {
		d.set.Rules = append(d.set.Rules, d.rule(fmt.Sprintf("r%d", i)))
	}
	for i := range 1 + d.choose(mostNodes) {
		d.nodes = append(d.nodes, d.node(fmt.Sprintf("n%d", i), d.now.Add(-chooseOf(d, time.Hour, 10*time.Second, 0))))
	}
}

// metricNames are all that there are: of each kind that a pod can and cannot move.
var metricNames = []string{"memory", "pressure", "cpu-available", "free", "load", "pods"}

func metrics() map[string]rules.Metric {
	byName := rules.Builtins(15*time.Second, time.Minute)
	for _, m := range []rules.Metric{
		{Name: "pressure", Unit: rules.UnitPercent, MaxAge: 30 * time.Second},
		{Name: "free", Unit: rules.UnitRatio, MaxAge: time.Minute, InFlight: rules.InFlight{Resource: rules.ResourceMemory, Free: true, Of: rules.OfCapacity}},
		{Name: "load", MaxAge: 2 * time.Minute, Values: rules.Values{Window: 80 * time.Second}, InFlight: rules.InFlight{Resource: rules.ResourceCPU, Of: rules.OfAbsolute}},
	} {
		byName[m.Name] = m
	}
	return byName
}

// valueAt scales a level from 0 to 10 to the metric's unit, so that samples and
// thresholds often meet.
func valueAt(metric string, level int) float64 {
	switch metrics()[metric].Unit {
	case rules.UnitPercent:
		return float64(level) * 10
	case rules.UnitRatio:
		return float64(level) / 10
	}
	return float64(level)
}

func (d *decoder) rule(name string) rules.Rule {
	r := rules.Rule{
		Name:          name,
		When:          d.condition(mostDepth),
		For:           chooseOf(d, 0, 15*time.Second, 30*time.Second, 0, time.Minute),
		KeepFiringFor: chooseOf(d, 0, 15*time.Second, 45*time.Second, 0, 2*time.Minute),
		OnUnknown:     chooseOf(d, rules.UnknownAllow, rules.UnknownBlock, rules.UnknownKeepLast),
		KeepLastFor:   chooseOf(d, 2*time.Minute, 30*time.Second),
		Nodes:         labels.Everything(), Pods: labels.Everything(), Namespaces: labels.Everything(),
		Block: &rules.Block{WhenAllBlocked: rules.DoNotSchedule},
	}
	if d.chance(4) {
		d.narrow(&r)
	}
	r.Evict = d.evict()
	return r
}

func (d *decoder) evict() *rules.Evict {
	switch d.choose(5) {
	case 0, 1:
		return &rules.Evict{}
	case 2:
		return &rules.Evict{Homes: &rules.Homes{When: d.condition(2), MinNodes: chooseOf[int32](d, 1, 2)}}
	}
	return nil
}

// narrow makes a rule govern less.
func (d *decoder) narrow(r *rules.Rule) {
	only := func(key, value string) labels.Selector { return labels.SelectorFromSet(labels.Set{key: value}) }
	switch d.choose(14) {
	case 12, 13:
		r.Block = &rules.Block{WhenAllBlocked: rules.ScheduleAnyway}
	case 0, 1:
		r.Nodes = only("pool", "general")
	case 2:
		r.Pods = only("tier", "batch")
	case 3:
		r.Namespaces = only("env", "prod")
	case 4:
		r.Namespace = "team"
	case 5:
		r.MaxPodPriority = new(int32(100))
	case 6:
		r.Paused = true
	case 7:
		r.Block = nil
	case 8:
		r.IncludeDaemonSets = true
	case 9:
		r.DryRun = true
	case 10, 11:
		r.Avoid = &rules.Avoid{Points: chooseOf[int32](d, 40, 100, 5)}
	}
}

func (d *decoder) condition(depth int) rules.Condition {
	kind := d.choose(8)
	switch {
	case depth == 1 || kind < 4:
		return rules.Condition{Leaf: d.leaf()}
	case kind == 7:
		inner := d.condition(depth - 1)
		return rules.Condition{Not: &inner}
	case kind == 6:
		return rules.Condition{All: d.branches(depth - 1)}
	}
	return rules.Condition{Any: d.branches(depth - 1)}
}

func (d *decoder) branches(depth int) []rules.Condition {
	var out []rules.Condition
	for range 1 + chooseOf(d, 1, 1, 2, 0) {
		out = append(out, d.condition(depth))
	}
	return out
}

func (d *decoder) leaf() *rules.Leaf {
	metric, level := chooseOf(d, metricNames...), 1+d.choose(9)
	l := &rules.Leaf{
		Metric: metric, Threshold: valueAt(metric, level),
		Op: chooseOf(d, rules.Above, rules.AtLeast, rules.Below, rules.AtMost, rules.Above, rules.Below, rules.Equal, rules.NotEqual),
	}
	l.Clear = l.Threshold
	apart := chooseOf(d, 0, 1, 3)
	switch l.Op {
	case rules.Above, rules.AtLeast:
		l.Clear = valueAt(metric, level-apart)
	case rules.Below, rules.AtMost:
		l.Clear = valueAt(metric, level+apart)
	}
	return l
}

func (d *decoder) node(name string, created time.Time) engine.Node {
	n := engine.Node{
		Name: name, Created: created, Labels: labels.Set{"pool": "general"},
		Allocatable: engine.Amounts{CPU: 8, Memory: 16, Pods: 32},
		Capacity:    engine.Amounts{CPU: 16, Memory: 32, Pods: 64},
	}
	switch d.choose(8) {
	case 6:
		n.Allocatable, n.Capacity = n.Capacity, engine.Amounts{CPU: 16, Memory: 64, Pods: 64}
	}
	return n
}

// tick lets some time pass, and what may happen in it.
func (d *decoder) tick() tick {
	d.now = d.now.Add(time.Second * chooseOf[time.Duration](d, 15, 15, 15, 10, 5, 30, 60, 0, 200))
	t := tick{now: d.now}
	switch d.choose(16) {
	case 10:
		t.restart = withState
	case 11:
		t.restart, t.forgets = withState, d.choose(4)
	case 12:
		t.restart = withoutState
	case 13, 14:
		d.editRules()
	case 15:
		d.changeNodes()
	}
	t.set, t.nodes = d.set, slices.Clone(d.nodes)
	for i := range t.nodes {
		t.nodes[i].Flights = d.flights()
	}
	t.samples = d.read()
	t.asked = []question{d.question(), d.question()}
	return t
}

// editRules replaces the RuleSet by one that differs.
func (d *decoder) editRules() {
	set := *d.set
	set.Rules, d.set = slices.Clone(set.Rules), &set
	if len(set.Rules) == 0 || d.chance(8) {
		d.addOrPause()
		return
	}
	i := d.choose(len(set.Rules))
	switch other := d.rule(set.Rules[i].Name); d.choose(8) {
	case 0:
		set.Rules[i].For = other.For
	case 1:
		set.Rules[i].KeepFiringFor, set.Rules[i].Evict = other.KeepFiringFor, other.Evict
	case 2:
		set.Rules[i].When = other.When
	case 3:
		set.Rules[i].OnUnknown, set.Rules[i].KeepLastFor = other.OnUnknown, other.KeepLastFor
	case 4:
		d.narrow(&set.Rules[i])
	case 5:
		set.Rules[i] = other
	case 6:
		d.absent = append(d.absent, set.Rules[i])
		set.Rules = slices.Delete(set.Rules, i, i+1)
	case 7:
		d.silence(set.Rules[i].Key())
	}
}

// silence silences a rule or a node or both, or ends all silences.
func (d *decoder) silence(rule rules.Key) {
	s := rules.Silence{Rule: rule, Until: d.now.Add(chooseOf(d, time.Hour, 40*time.Second))}
	if d.chance(4) {
		s.Until = time.Time{}
	}
	node := fmt.Sprintf("n%d", d.choose(mostNodes))
	switch d.choose(4) {
	case 0:
		s.Node = node
	case 1:
		s.Rule, s.Node = rules.Key{}, node
	case 2:
		d.set.Pause.Silences = nil
		return
	}
	d.set.Pause.Silences = append(slices.Clone(d.set.Pause.Silences), s)
}

// addOrPause brings rules back that are absent, or presses the stop button.
func (d *decoder) addOrPause() {
	if len(d.absent) == 0 {
		d.set.Pause.Block, d.set.Pause.Until = !d.set.Pause.Block, d.now.Add(chooseOf(d, 20*time.Second, time.Hour))
		return
	}
	d.set.Rules = append(d.set.Rules, d.absent...)
	d.absent = nil
	slices.SortStableFunc(d.set.Rules, func(a, b rules.Rule) int { return a.Key().Compare(b.Key()) })
	d.set.Rules = slices.CompactFunc(d.set.Rules, func(a, b rules.Rule) bool { return a.Key() == b.Key() })
}

// changeNodes adds, changes or removes a node. Lists keep no order.
func (d *decoder) changeNodes() {
	if len(d.nodes) == 0 || d.chance(4) {
		d.nodes, d.gone = append(d.nodes, d.gone...), nil
		return
	}
	i := d.choose(len(d.nodes))
	n := d.nodes[i]
	switch d.choose(6) {
	case 0:
		d.gone = append(d.gone, n)
		d.nodes = slices.Delete(d.nodes, i, i+1)
		return
	case 1:
		n = d.node(n.Name, d.now.Add(-5*time.Second)) // a fresh sample is as old, and a stuck one another node's
	case 2:
		n.Labels = chooseOf(d, labels.Set{"pool": "gpu"}, labels.Set{"pool": "general"})
	case 3:
		n.Ignore = chooseOf(d, engine.IgnoreList{"r0"}, nil, engine.IgnoreList{"*"})
	case 4:
		n.Allocatable = d.node(n.Name, n.Created).Allocatable
	case 5:
		d.nodes = append(d.nodes, d.node(n.Name, d.now))
		return
	}
	d.nodes[i] = n
}

// read returns the telemetry of one tick.
func (d *decoder) read() samples {
	out := samples{}
	for _, metric := range metricNames {
		if !(&tick{set: d.set}).compares(metric) {
			continue
		}
		for i := range d.nodes {
			key := series{metric, d.nodes[i].Name}
			if d.flows[key] == nil {
				d.flows[key] = &flow{mode: flowMode(d.choose(int(flowModes))), level: d.choose(11)}
			}
			out[key] = d.flow(metric, d.flows[key])
		}
	}
	return out
}

func (d *decoder) flow(metric string, f *flow) reading {
	if mode := d.choose(10); mode < int(flowModes) {
		f.mode = flowMode(mode)
	}
	at := d.now.Add(-5 * time.Second)
	switch f.mode {
	case jumps:
		f.level = d.choose(11)
	case stuck:
		return f.last
	case silent:
		return reading{missing: "the source is silent"}
	case earlier:
		if f.last.at.IsZero() {
			return reading{value: valueAt(metric, f.level)}
		}
		return reading{value: valueAt(metric, d.choose(11)), at: f.last.at.Add(-time.Second * chooseOf[time.Duration](d, 10, 0, -10))}
	}
	f.last = reading{value: valueAt(metric, f.level), at: at}
	return f.last
}

// question asks for a pod. Its amounts end in such a fraction that sums of them
// never meet a threshold, where rounding would decide.
func (d *decoder) question() question {
	return question{
		pod: chooseOf(d,
			engine.PodFacts{Namespace: "team", Labels: labels.Set{"tier": "batch"}, NamespaceLabels: labels.Set{"env": "prod"}},
			engine.PodFacts{Namespace: "other", Labels: labels.Set{"tier": "web"}},
			engine.PodFacts{Namespace: "team", Priority: 1000, NamespaceLabels: labels.Set{"env": "prod"}},
			engine.PodFacts{Namespace: "team", Labels: labels.Set{"tier": "batch"}, Ignore: engine.IgnoreList{"r0"}},
			engine.PodFacts{Namespace: "team", Priority: 100, DaemonSet: true},
			engine.PodFacts{Namespace: "team", Priority: 100, Labels: labels.Set{"tier": "batch"}, NamespaceLabels: labels.Set{"env": "prod"}},
			engine.PodFacts{Namespace: "team", SystemCritical: true},
		),
		need:      d.amounts(),
		arrived:   d.amounts(),
		requested: d.amounts(),
	}
}

// flights are the pods of a node that telemetry may not see.
func (d *decoder) flights() (out []engine.Flight) {
	for range chooseOf(d, 0, 0, 1, 2, 0) {
		p := engine.Flight{
			Estimate: d.amounts(), Bound: d.choose(2) == 1, Measurable: d.choose(2) == 1,
			Began: chooseOf(d, time.Time{}, d.now.Add(-time.Second*30), d.now.Add(-time.Second*7), d.now.Add(-time.Second*200), d.now.Add(-time.Hour)),
		}
		if p.Measurable {
			p.Used, p.Measured = d.amountsEnding(0.1), chooseOf(d, time.Time{}, d.now.Add(-time.Second*20))
		}
		out = append(out, p)
	}
	return out
}

func (d *decoder) amounts() engine.Amounts { return d.amountsEnding(0.3) }

func (d *decoder) amountsEnding(fraction float64) engine.Amounts {
	share := func() float64 {
		if level := d.choose(9); level > 0 {
			return (float64(level*5) + fraction) / 100
		}
		return 0
	}
	return engine.Amounts{CPU: 8 * share(), Memory: 16 * share(), Pods: 32 * share()}
}
