package engine_test

import (
	"fmt"
	"slices"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// What follows is the part of the reference that knows of evictions.

// grounds returns, for each moment, the times of the samples that make a condition True
// by what a leaf or its negation is; none where it is not True.
func (l *life) grounds(c *rules.Condition, negated bool, is func(leaf *rules.Leaf, values []*reading, negated bool) bool) [][]time.Time {
	out := make([][]time.Time, len(l.past)-l.from)
	if c.Leaf != nil {
		for i, values := 0, l.values(c.Leaf.Metric); i < len(values); i++ {
			if values[i] != nil && is(c.Leaf, values[:i+1], negated) {
				out[i] = []time.Time{values[i].at}
			}
		}
		return out
	}
	if c.Not != nil {
		return l.grounds(c.Not, !negated, is)
	}
	var branches [][][]time.Time
	for _, branch := range slices.Concat(c.Any, c.All) {
		branches = append(branches, l.grounds(&branch, negated, is))
	}
	for moment := range out {
		out[moment] = join(branches, moment, (len(c.All) > 0) != negated)
	}
	return out
}

// join takes the grounds of all branches that have any; none where all are needed and
// one has none.
func join(branches [][][]time.Time, moment int, all bool) (out []time.Time) {
	for i := range branches {
		if branches[i][moment] == nil && all {
			return nil
		}
		out = append(out, branches[i][moment]...)
	}
	return out
}

// withBand is what a leaf is, and beyondAll what it is by its last value alone: beyond
// both lines, as a leaf that is in its band is not.
func withBand(leaf *rules.Leaf, values []*reading, negated bool) bool {
	return holds(leaf, values) != negated
}

func beyondAll(leaf *rules.Leaf, values []*reading, negated bool) bool {
	value := values[len(values)-1].value
	if negated {
		return !compare(leaf.Op, value, leaf.Threshold) && !compare(leaf.Op, value, leaf.Clear)
	}
	return compare(leaf.Op, value, leaf.Threshold) && compare(leaf.Op, value, leaf.Clear)
}

// surely counts up to three looks in a row, each with samples that are all newer than any
// of the one before, and none much newer than that.
func (l *life) surely() int {
	var run []time.Time
	for moment, times := range l.grounds(&l.rule(l.last()).When, false, beyondAll) {
		if times == nil || l.rule(moment).Evict == nil {
			run = nil
			continue
		}
		oldest, newest := slices.MinFunc(times, time.Time.Compare), slices.MaxFunc(times, time.Time.Compare)
		switch {
		case len(run) == 0 || oldest.Sub(run[len(run)-1]) > l.longestMaxAge(moment):
			run = []time.Time{newest}
		case oldest.After(run[len(run)-1]):
			run = append(run, newest)
		}
	}
	return min(3, len(run))
}

// newestGround is the time of the oldest sample that makes the rule True now; of what
// was known last where it is not.
func (l *life) newestGround() time.Time {
	if times := l.grounds(&l.rule(l.last()).When, false, withBand)[l.last()]; times != nil {
		return slices.MinFunc(times, time.Time.Compare)
	}
	i := l.last()
	for i > 0 && l.seen[i].truth == engine.Unknown {
		i--
	}
	return l.seen[i].at
}

// firedSince is when the rule began to keep pods off, or would.
func (l *life) firedSince() time.Time {
	i := l.last()
	for i > 0 && l.keepsOff(i-1) {
		i--
	}
	return l.time(i)
}

func (l *life) keepsOff(moment int) bool {
	p := l.phase(moment)
	return p == engine.Firing || p == engine.Keeping
}

// troubledSince is when the rule began to fire without a break since, or what firedSince
// says where it only keeps firing.
func (l *life) troubledSince() time.Time {
	i := l.last()
	if l.phase(i) != engine.Firing {
		return l.firedSince()
	}
	for i > 0 && l.phase(i-1) == engine.Firing {
		i--
	}
	return l.time(i)
}

// newlyFiring counts the nodes on which a rule keeps pods off and did not one tick ago.
func (v *view) newlyFiring(key rules.Key) (n int) {
	for _, j := range v.judgements[key] {
		if j.life != nil && j.life.keepsOff(j.life.last()) && j.life.firedSince().Equal(v.now().now) {
			n++
		}
	}
	return n
}

// trouble is what both say of a node on which a rule that evicts fires.
type trouble struct {
	Rule          rules.Key
	Node          string
	Phase         engine.Phase
	Since, Newest time.Time
	Truth         engine.Truth
	Surely        int
	Silenced      bool
}

func (v *view) troubles() (out []trouble) {
	for _, name := range v.now().names() {
		for i := range v.now().set.Rules {
			rule := &v.now().set.Rules[i]
			l := v.judgements[rule.Key()][name].life
			if rule.Evict == nil || l == nil || !l.keepsOff(l.last()) {
				continue
			}
			out = append(out, trouble{
				rule.Key(), name, l.phase(l.last()), l.troubledSince(), l.newestGround(),
				l.seen[l.last()].truth, l.surely(), v.silenced(rule.Key(), name),
			})
		}
	}
	return out
}

// compareTroubles returns the first difference in what has to be moved.
func (v *view) compareTroubles(board *engine.Board) string {
	var got []trouble
	for t := range board.Troubles() {
		got = append(got, trouble{t.Rule, t.Node, t.Phase, t.Since, t.Newest, t.Truth, t.Surely, t.Silenced})
		if difference := v.compareRelief(&t); difference != "" {
			return fmt.Sprintf("relief of rule %s on node %s: %s (%+v)", t.Rule, t.Node, difference, t)
		}
	}
	if want := v.troubles(); !slices.Equal(want, got) {
		return "troubles (-reference +engine):\n" + gocmp.Diff(want, got)
	}
	return ""
}

// margin is more than what computers make of fractions, and less than what matters.
const margin = 1e-6

var endless = engine.Amounts{CPU: 1e9, Memory: 1e9, Pods: 1e9}

// compareRelief takes off the node what is said to end the rule, and a little less.
func (v *view) compareRelief(t *engine.Trouble) string {
	r, when := remaining{life: v.judgements[t.Rule][t.Node].life}, &v.now().rule(t.Rule).When
	curable := t.Truth == engine.True && !r.without(endless).isTrue(when, false)
	switch {
	case len(t.Relief) > 0 != curable:
		return fmt.Sprintf("moving pods ends it: %v", curable)
	case len(t.Incurable) > 0 != (t.Truth == engine.True && !curable):
		return "what is in the way must be named, and nothing else"
	}
	for _, way := range t.Relief {
		leaving := engine.Leaving(way.Parts)
		if r.without(leaving.Plus(engine.Amounts{CPU: margin, Memory: margin, Pods: margin})).isTrue(when, false) {
			return "it is not enough"
		}
		for _, less := range lessOf(leaving) {
			if !r.without(less).isTrue(when, false) {
				return fmt.Sprintf("less is enough: %v", less)
			}
		}
	}
	return ""
}

// lessOf returns amounts that lack a little of one resource.
func lessOf(a engine.Amounts) (out []engine.Amounts) {
	for _, of := range []func(*engine.Amounts) *float64{
		func(a *engine.Amounts) *float64 { return &a.CPU },
		func(a *engine.Amounts) *float64 { return &a.Memory },
		func(a *engine.Amounts) *float64 { return &a.Pods },
	} {
		less := a
		if *of(&less) > 0 {
			*of(&less) -= margin
			out = append(out, less)
		}
	}
	return out
}

// remaining is a condition once some pods have left, and all that is on its way arrived.
type remaining struct {
	*life
	gone engine.Amounts
}

func (r remaining) without(gone engine.Amounts) remaining { return remaining{r.life, gone} }

func (r remaining) isTrue(c *rules.Condition, negated bool) bool {
	return kleene(c, negated, r.literal) == engine.True
}

// literal is what a leaf or its negation is once they left. Only what pods make True do
// they end, and what is not True needs no end.
func (r remaining) literal(leaf *rules.Leaf, negated bool) engine.Truth {
	metric, values := r.now().set.Metrics[leaf.Metric], r.values(leaf.Metric)
	last := values[len(values)-1]
	if last == nil {
		return engine.Unknown
	}
	if rises(metric.InFlight, leaf.Op, negated) && holds(leaf, values) != negated {
		f, moved := forecast{r.life, nil}, *last
		moved.value += f.inFlight(metric, moved) - f.share(metric, r.gone)
		values = append(values, &moved)
	}
	return truthOf(holds(leaf, values) != negated)
}

func truthOf(is bool) engine.Truth {
	if is {
		return engine.True
	}
	return engine.False
}

// kleene evaluates a tree, or its negation.
func kleene(c *rules.Condition, negated bool, literal func(leaf *rules.Leaf, negated bool) engine.Truth) engine.Truth {
	switch {
	case c.Leaf != nil:
		return literal(c.Leaf, negated)
	case c.Not != nil:
		return kleene(c.Not, !negated, literal)
	}
	var all []observation
	for _, branch := range slices.Concat(c.Any, c.All) {
		all = append(all, observation{truth: kleene(&branch, negated, literal)})
	}
	if (len(c.Any) > 0) != negated {
		return combine(all, engine.True).truth
	}
	return combine(all, engine.False).truth
}

// home says whether a pod may move to a node, as far as a rule is concerned.
func (v *view) home(rule *rules.Rule, q *question, name string) (home, unknown bool) {
	truth, enough := v.suits(rule, name)
	l := v.judgements[rule.Key()][name].life
	switch {
	case truth != engine.True:
		return false, truth == engine.Unknown
	case !enough || l == nil:
		return enough, false
	}
	breaks := kleene(&rule.When, false, forecast{l, q}.unclear)
	return breaks == engine.False, breaks == engine.Unknown
}

// suits is what the rule says of homes, and whether there are as many as it wants.
func (v *view) suits(rule *rules.Rule, name string) (truth engine.Truth, enough bool) {
	homes := rule.Evict.Homes
	if homes == nil {
		return engine.True, true
	}
	count := 0
	for _, other := range v.now().names() {
		is := kleene(&homes.When, false, func(leaf *rules.Leaf, negated bool) engine.Truth {
			value := v.known(len(v.past)-1, leaf.Metric, v.now().node(other))
			if value == nil {
				return engine.Unknown
			}
			return truthOf(compare(leaf.Op, value.value, leaf.Threshold) != negated)
		})
		if is == engine.True {
			count++
		}
		if other == name {
			truth = is
		}
	}
	return truth, count >= int(homes.MinNodes)
}

// unclear is True for a leaf or its negation that with the pod is not behind the line at
// which it ends.
func (f forecast) unclear(leaf *rules.Leaf, negated bool) engine.Truth {
	metric := f.now().set.Metrics[leaf.Metric]
	sample := f.known(len(f.past)-1, leaf.Metric, f.node)
	if sample == nil {
		return engine.Unknown
	}
	value := sample.value
	if rises(metric.InFlight, leaf.Op, negated) {
		value += f.coming(metric, *sample)
	}
	if negated {
		return truthOf(!compare(leaf.Op, value, leaf.Threshold))
	}
	return truthOf(compare(leaf.Op, value, leaf.Clear))
}

// compareHomes asks for every node whether it is a home.
func (v *view) compareHomes(board *engine.Board, q, meant *question) string {
	for i := range v.now().set.Rules {
		rule := &v.now().set.Rules[i]
		for _, name := range v.now().names() {
			if rule.Evict == nil {
				continue
			}
			home, unknown := v.home(rule, meant, name)
			got := board.Home(rule.Key(), engine.Candidate{Node: name, Need: q.need, Arrived: q.arrived, Requested: q.requested})
			if home != got.Home || unknown != got.Unknown || got.Home != (got.Sentence == "") {
				return fmt.Sprintf("node %s as a home for rule %s: reference %v, unknown %v; engine %+v", name, rule.Key(), home, unknown, got)
			}
		}
	}
	return ""
}
