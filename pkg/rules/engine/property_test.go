package engine_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// seed repeats a run: the failure of one history prints the seed that begins with
// it.
var seed = flag.Uint64("seed", 0, "seed of the first random history; 0 takes the time")

const (
	manyHistories = 10_000
	fewHistories  = 500 // with -short
	shards        = 4
)

// TestEngineAgreesWithTheReference runs both through random histories.
func TestEngineAgreesWithTheReference(t *testing.T) {
	first, count := *seed, uint64(manyHistories)
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	if testing.Short() {
		count = fewHistories
	}
	t.Logf("seeds from %d on", first)
	for shard := range uint64(shards) {
		t.Run(fmt.Sprintf("shard %d", shard), func(t *testing.T) {
			t.Parallel()
			for i := shard; i < count; i += shards {
				checkSeed(t, first+i)
			}
		})
	}
}

func checkSeed(t *testing.T, seed uint64) {
	data := randomBytes(seed)
	h := decode(data)
	if difference := compareOn(t, h, h); difference != "" {
		t.Fatalf("repeat it with -seed=%d\n%s\nas a seed of FuzzAdvance:\n%s", seed, explain(t, h, difference), corpusText(data))
	}
}

func randomBytes(seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 0))
	data := make([]byte, 50+random.IntN(400))
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return data
}

// compareOn tells one history to the engine and one to the reference, and
// returns the first difference between what they say. The two histories are the
// same but in tests of this test.
func compareOn(t testing.TB, told, meant *history) (difference string) {
	tick := 0
	defer func() {
		if failure := recover(); failure != nil {
			difference = fmt.Sprintf("tick %d: panic: %v", tick, failure)
		}
	}()
	m := &machine{t: t, grace: told.grace}
	for ; tick < len(told.ticks); tick++ {
		board, transitions := m.advance(&told.ticks[tick])
		v := newView(newReference(&history{meant.grace, meant.ticks[:tick+1]}))
		if difference = v.compare(board, transitions, told.ticks[tick].asked); difference != "" {
			return fmt.Sprintf("tick %d: %s", tick, difference)
		}
	}
	return ""
}

// compare returns the first difference between the two engines' views.
func (v *view) compare(board *engine.Board, transitions []engine.Transition, asked []question) string {
	for i := range v.now().set.Rules {
		rule := &v.now().set.Rules[i]
		if difference := v.compareSummary(rule, board.Rules()[i]); difference != "" {
			return difference
		}
		for _, name := range v.now().names() {
			if difference := v.compareVerdict(rule, name, board); difference != "" {
				return difference
			}
		}
	}
	if want, got := v.transitions(), changesOf(transitions); !slices.Equal(want, got) {
		return "transitions (-reference +engine):\n" + gocmp.Diff(want, got)
	}
	if difference := v.compareTroubles(board); difference != "" {
		return difference
	}
	return v.compareAnswers(board, asked)
}

func (v *view) compareSummary(rule *rules.Rule, got engine.RuleSummary) string {
	want := engine.RuleSummary{Key: rule.Key()}
	for _, j := range v.judgements[rule.Key()] {
		if j.life != nil {
			want.Phases[j.phase]++
		}
		if j.graced {
			want.Awaited++
		}
	}
	want.Unknown, want.Nodes = v.count(rule.Key())
	want.NewlyFiring = v.newlyFiring(rule.Key())
	want.SourceFault = want.Unknown*2 > want.Nodes
	if got == want {
		return ""
	}
	return fmt.Sprintf("summary of rule %s: reference %+v, engine %+v", rule.Key(), want, got)
}

func (v *view) compareVerdict(rule *rules.Rule, name string, board *engine.Board) string {
	type verdict struct {
		judged bool
		phase  engine.Phase
		truth  engine.Truth
		blocks bool
		since  time.Time
	}
	j := v.judgements[rule.Key()][name]
	got, _ := board.Explain(rule.Key(), name)
	want := verdict{j.life != nil, j.phase, j.truth, v.blocks(rule, name), j.since}
	has := verdict{got.Judged, got.Phase, got.Truth, got.Blocks, got.Since}
	if j.phase == engine.Inactive { // Its beginning is not kept across restarts.
		want.since, has.since = time.Time{}, time.Time{}
	}
	if want == has {
		return ""
	}
	return fmt.Sprintf("rule %s on node %s: reference %v, engine %v", rule.Key(), name, want, has)
}

// change is what a transition says, without its sentence.
type change struct {
	Rule     rules.Key
	Node     string
	From, To engine.Phase
	At       time.Time
}

func changesOf(transitions []engine.Transition) []change {
	var out []change
	for _, t := range transitions {
		out = append(out, change{t.Rule, t.Node, t.From, t.To, t.At})
	}
	slices.SortFunc(out, compareChanges)
	return out
}

// transitions are the changes of phase since the tick before, of all rules that
// there are or were then.
func (v *view) transitions() []change {
	var out []change
	for _, key := range v.keys() {
		for _, name := range v.now().names() {
			from, to := v.phaseBefore(key, name), v.judgements[key][name].phase
			if from != to {
				out = append(out, change{key, name, from, to, v.now().now})
			}
		}
	}
	out = append(out, v.departures()...)
	slices.SortFunc(out, compareChanges)
	return out
}

// departures are the ends of the phases on nodes of the tick before that are gone, with
// and without a successor of their name.
func (v *view) departures() (out []change) {
	last := len(v.past) - 1
	if v.began[last] == withoutState {
		return nil
	}
	before := &reference{v.grace, v.past[:last], v.began[:last]}
	for _, name := range before.now().names() {
		if n := v.now().node(name); n != nil && n.Created.Equal(before.now().node(name).Created) {
			continue
		}
		for i := range before.now().set.Rules {
			key := before.now().set.Rules[i].Key()
			if phase := before.judge(key, name).phase; phase != engine.Inactive {
				out = append(out, change{key, name, phase, engine.Inactive, v.now().now})
			}
		}
	}
	return out
}

// keys are those of the rules of this tick and the one before.
func (v *view) keys() []rules.Key {
	var out []rules.Key
	for _, t := range v.past[max(0, len(v.past)-2):] {
		for i := range t.set.Rules {
			out = append(out, t.set.Rules[i].Key())
		}
	}
	slices.SortFunc(out, rules.Key.Compare)
	return slices.Compact(out)
}

// phaseBefore is the phase one tick ago of the rule of that name, if the node was
// the same.
func (v *view) phaseBefore(key rules.Key, name string) engine.Phase {
	last := len(v.past) - 1
	if v.began[last] == withoutState {
		return engine.Inactive
	}
	before := &reference{v.grace, v.past[:last], v.began[:last]}
	rule, node := before.now().rule(key), before.now().node(name)
	if rule == nil || node == nil || !node.Created.Equal(v.now().node(name).Created) {
		return engine.Inactive
	}
	return before.judge(key, name).phase
}

func compareChanges(a, b change) int {
	return cmp.Or(a.Rule.Compare(b.Rule), cmp.Compare(a.Node, b.Node), cmp.Compare(b.From, a.From))
}

// compareAnswers asks the engine what Filter would ask.
func (v *view) compareAnswers(board *engine.Board, asked []question) string {
	for i, q := range asked {
		seen, taste := board.View(board.Govern(q.pod)), board.Taste(q.pod)
		meant := &v.now().asked[i]
		if difference := v.compareHomes(board, &q, meant); difference != "" {
			return fmt.Sprintf("question %d: %s", i, difference)
		}
		for _, name := range v.now().names() {
			node := seen.Node(name)
			reason, found := node.Blocked()
			if difference := compareReason(board, reason, found, oneOf(v.blocked(meant, name))); difference != "" {
				return fmt.Sprintf("node %s blocked for question %d: %s", name, i, difference)
			}
			reason, found = node.WouldBreak(q.need, q.arrived, q.requested)
			if difference := compareReason(board, reason, found, v.wouldBreak(meant, name)); difference != "" {
				return fmt.Sprintf("node %s would break by question %d: %s", name, i, difference)
			}
			reason, found = node.KeepsOff(q.need, q.arrived, q.requested)
			if difference := compareReason(board, reason, found, v.keepsOff(meant, name)); difference != "" {
				return fmt.Sprintf("node %s keeps off by question %d: %s", name, i, difference)
			}
			if want, got := v.score(meant, name), board.Scores(taste).At(board.Slot(name), engine.Amounts{}); want != got {
				return fmt.Sprintf("score of node %s for question %d: reference %d, engine %d", name, i, want, got)
			}
		}
	}
	return ""
}

func oneOf(rule *rules.Rule) []*rules.Rule {
	if rule == nil {
		return nil
	}
	return []*rules.Rule{rule}
}

// compareReason expects the words for one of some rules, or none.
func compareReason(board *engine.Board, reason engine.Reason, found bool, want []*rules.Rule) string {
	words := ""
	if found {
		words = board.Reason(reason)
	}
	var names []string
	for _, rule := range want {
		names = append(names, rule.Key().String())
		if strings.Contains(words, " "+rule.Key().String()+" (") {
			return ""
		}
	}
	if len(want) == 0 && !found {
		return ""
	}
	return fmt.Sprintf("reference %q, engine %q", names, words)
}

// explain makes a history as short as it can be and tells it.
func explain(t testing.TB, h *history, difference string) string {
	h = shrink(h, func(h *history) bool { return compareOn(t, h, h) != "" })
	return fmt.Sprintf("%s\n\nshrunk:\n%s\n%v", difference, compareOn(t, h, h), h)
}

// shrink leaves out what it can while a history still fails.
func shrink(h *history, fails func(*history) bool) *history {
	for again := true; again; {
		again = false
		for smaller := range reductions(h) {
			if fails(smaller) {
				h, again = smaller, true
				break
			}
		}
	}
	return h
}

// reductions yields histories that lack one thing.
func reductions(h *history) func(yield func(*history) bool) {
	return func(yield func(*history) bool) {
		_ = eachWithoutTick(h, yield) && eachWithoutRule(h, yield) && eachWithoutNode(h, yield) && eachWithoutQuestion(h, yield)
	}
}

func eachWithoutTick(h *history, yield func(*history) bool) bool {
	for i := range h.ticks {
		if !yield(&history{h.grace, slices.Delete(slices.Clone(h.ticks), i, i+1)}) {
			return false
		}
	}
	return true
}

func eachWithoutRule(h *history, yield func(*history) bool) bool {
	for _, key := range keysOf(h) {
		without := map[*rules.RuleSet]*rules.RuleSet{}
		smaller := h.altered(func(t *tick) {
			if without[t.set] == nil {
				set := *t.set
				set.Rules = slices.DeleteFunc(slices.Clone(set.Rules), func(r rules.Rule) bool { return r.Key() == key })
				without[t.set] = &set
			}
			t.set = without[t.set]
		})
		if !yield(smaller) {
			return false
		}
	}
	return true
}

func keysOf(h *history) []rules.Key {
	var out []rules.Key
	for i := range h.ticks {
		for j := range h.ticks[i].set.Rules {
			out = append(out, h.ticks[i].set.Rules[j].Key())
		}
	}
	slices.SortFunc(out, rules.Key.Compare)
	return slices.Compact(out)
}

func eachWithoutNode(h *history, yield func(*history) bool) bool {
	for i := range mostNodes {
		name, found := fmt.Sprintf("n%d", i), false
		smaller := h.altered(func(t *tick) {
			found = found || t.node(name) != nil
			t.nodes = slices.DeleteFunc(slices.Clone(t.nodes), func(n engine.Node) bool { return n.Name == name })
		})
		if found && !yield(smaller) {
			return false
		}
	}
	return true
}

func eachWithoutQuestion(h *history, yield func(*history) bool) bool {
	for i := range h.ticks {
		for j := range h.ticks[i].asked {
			smaller := h.altered(func(*tick) {})
			smaller.ticks[i].asked = slices.Delete(slices.Clone(h.ticks[i].asked), j, j+1)
			if !yield(smaller) {
				return false
			}
		}
	}
	return true
}

// altered returns a history of other ticks. What they point to is shared.
func (h *history) altered(alter func(*tick)) *history {
	out := &history{h.grace, slices.Clone(h.ticks)}
	for i := range out.ticks {
		alter(&out.ticks[i])
	}
	return out
}

// TestTheComparisonCanFail tells the engine a history and the reference another
// one that lacks something. A comparison that sees no difference then would not
// see an engine either that lacks it.
func TestTheComparisonCanFail(t *testing.T) {
	for name, alter := range map[string]func(*tick){
		"without hysteresis":                   eachLeaf(func(l *rules.Leaf) { l.Clear = l.Threshold }),
		"without strict comparisons":           eachLeaf(func(l *rules.Leaf) { l.Op = loose(l.Op) }),
		"with all for any":                     eachRule(func(r *rules.Rule) { r.When.Any, r.When.All = r.When.All, r.When.Any }),
		"without not":                          eachRule(func(r *rules.Rule) { r.When = without(r.When) }),
		"without for":                          eachRule(func(r *rules.Rule) { r.For = 0 }),
		"without keepFiringFor":                eachRule(func(r *rules.Rule) { r.KeepFiringFor = 0 }),
		"without blocks on unknown":            eachRule(func(r *rules.Rule) { r.OnUnknown = rules.UnknownAllow }),
		"with every blindness a block":         eachRule(func(r *rules.Rule) { r.OnUnknown = rules.UnknownBlock }),
		"with KeepLast for ever":               eachRule(func(r *rules.Rule) { r.KeepLastFor = 100 * time.Hour }),
		"without selectors of nodes":           eachRule(func(r *rules.Rule) { r.Nodes = labels.Everything() }),
		"without selectors of pods":            eachRule(func(r *rules.Rule) { r.Pods = labels.Everything() }),
		"without paused rules":                 eachRule(func(r *rules.Rule) { r.Paused = false }),
		"without maxAge":                       eachMetric(func(m *rules.Metric) { m.MaxAge = 100 * time.Hour }),
		"without pods in flight":               eachMetric(func(m *rules.Metric) { m.InFlight = rules.InFlight{} }),
		"without free amounts":                 eachMetric(func(m *rules.Metric) { m.InFlight.Free = false }),
		"with allocatable for capacity":        eachMetric(func(m *rules.Metric) { m.InFlight.Of = rules.OfAllocatable }),
		"with 0 for what is absent":            eachSample(func(s *reading, now time.Time) { *s = reading{s.value, s.at, ""} }),
		"with the time of the tick on samples": eachSample(func(s *reading, now time.Time) { s.at = now }),
		"without nodes made anew":              eachNode(func(n *engine.Node) { n.Created = time.Time{} }),
		"without ignoring nodes":               eachNode(func(n *engine.Node) { n.Ignore = nil }),
		"without needs":                        eachQuestion(func(q *question) { q.need = engine.Amounts{} }),
		"without what arrived":                 eachQuestion(func(q *question) { q.arrived = engine.Amounts{} }),
		"without flights":                      eachNode(func(n *engine.Node) { n.Flights = nil }),
		"with flights that never begin":        eachFlight(func(f *engine.Flight) { f.Began = time.Time{} }),
		"with flights that nobody measures":    eachFlight(func(f *engine.Flight) { f.Measurable = false }),
		"with flights that use nothing":        eachFlight(func(f *engine.Flight) { f.Used = engine.Amounts{} }),
		"with flights that are not bound":      eachFlight(func(f *engine.Flight) { f.Bound = false }),
		"without windows":                      eachMetric(func(m *rules.Metric) { m.Window = 0 }),
		"without requests":                     eachQuestion(func(q *question) { q.requested = engine.Amounts{} }),
		"without ignoring pods":                eachQuestion(func(q *question) { q.pod.Ignore = nil }),
		"without lost states":                  func(t *tick) { t.restart = min(t.restart, withState) },
		"without stored states":                func(t *tick) { t.restart = 2 * min(t.restart, 1) },
		"without late states":                  func(t *tick) { t.forgets = 0 },
		"without the stop button": func(t *tick) {
			set := *t.set
			set.Pause.Block, t.set = false, &set
		},
		"without silences":           eachSilence(func(s *rules.Silence) { s.Until = time.Unix(0, 0) }),
		"without ends of silence":    eachSilence(func(s *rules.Silence) { s.Until = time.Time{} }),
		"with silences of all nodes": eachSilence(func(s *rules.Silence) { s.Node = "" }),
		"with silences of all rules": eachSilence(func(s *rules.Silence) { s.Rule = rules.Key{} }),
		"without dry runs":           eachRule(func(r *rules.Rule) { r.DryRun = false }),
		"without evictions":          eachRule(func(r *rules.Rule) { r.Evict = nil }),
		"without homes":              eachEvict(func(e *rules.Evict) { e.Homes = nil }),
		"with any number of homes": eachEvict(func(e *rules.Evict) {
			if e.Homes != nil {
				e.Homes = &rules.Homes{When: e.Homes.When}
			}
		}),
		"without avoid": eachRule(func(r *rules.Rule) { r.Avoid = nil }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(manyHistories) {
				told := decode(randomBytes(seed))
				if compareOn(t, told, told.altered(alter)) != "" {
					return
				}
			}
			t.Error("no history showed a difference")
		})
	}
}

// eachRule alters all rules, on copies.
func eachRule(alter func(*rules.Rule)) func(*tick) {
	return func(t *tick) {
		set := *t.set
		set.Rules, t.set = slices.Clone(set.Rules), &set
		for i := range set.Rules {
			alter(&set.Rules[i])
		}
	}
}

func eachEvict(alter func(*rules.Evict)) func(*tick) {
	return eachRule(func(r *rules.Rule) {
		if r.Evict != nil {
			r.Evict = new(*r.Evict)
			alter(r.Evict)
		}
	})
}

func eachSilence(alter func(*rules.Silence)) func(*tick) {
	return func(t *tick) {
		set := *t.set
		set.Pause.Silences, t.set = slices.Clone(set.Pause.Silences), &set
		for i := range set.Pause.Silences {
			alter(&set.Pause.Silences[i])
		}
	}
}

func eachLeaf(alter func(*rules.Leaf)) func(*tick) {
	return eachRule(func(r *rules.Rule) {
		r.When = deepCopy(r.When)
		for l := range r.When.Leaves() {
			alter(l)
		}
	})
}

func deepCopy(c rules.Condition) rules.Condition {
	if c.Leaf != nil {
		c.Leaf = new(*c.Leaf)
	}
	if c.Not != nil {
		c.Not = new(deepCopy(*c.Not))
	}
	c.Any, c.All = slices.Clone(c.Any), slices.Clone(c.All)
	for _, branches := range [][]rules.Condition{c.Any, c.All} {
		for i := range branches {
			branches[i] = deepCopy(branches[i])
		}
	}
	return c
}

// without leaves the outermost not out.
func without(c rules.Condition) rules.Condition {
	if c.Not != nil {
		return *c.Not
	}
	return c
}

func loose(op rules.Op) rules.Op {
	switch op {
	case rules.Above:
		return rules.AtLeast
	case rules.Below:
		return rules.AtMost
	}
	return op
}

func eachMetric(alter func(*rules.Metric)) func(*tick) {
	return func(t *tick) {
		set := *t.set
		set.Metrics, t.set = maps.Clone(set.Metrics), &set
		for name, metric := range set.Metrics {
			alter(&metric)
			set.Metrics[name] = metric
		}
	}
}

func eachSample(alter func(*reading, time.Time)) func(*tick) {
	return func(t *tick) {
		t.samples = maps.Clone(t.samples)
		for key, got := range t.samples {
			alter(&got, t.now)
			t.samples[key] = got
		}
	}
}

func eachNode(alter func(*engine.Node)) func(*tick) {
	return func(t *tick) {
		t.nodes = slices.Clone(t.nodes)
		for i := range t.nodes {
			alter(&t.nodes[i])
		}
	}
}

func eachFlight(alter func(*engine.Flight)) func(*tick) {
	return eachNode(func(n *engine.Node) {
		n.Flights = slices.Clone(n.Flights)
		for i := range n.Flights {
			alter(&n.Flights[i])
		}
	})
}

func eachQuestion(alter func(*question)) func(*tick) {
	return func(t *tick) {
		t.asked = slices.Clone(t.asked)
		for i := range t.asked {
			alter(&t.asked[i])
		}
	}
}
