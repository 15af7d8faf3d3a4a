package engine_test

import (
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// reference is a second engine, slow and simple: it carries nothing from tick to
// tick, and answers each question from the whole history. It shares with the
// first one only the types of what goes in.
type reference struct {
	grace time.Duration
	// past are the ticks that an engine can know of; the last one is now.
	past []*tick
	// began says of each of them how the engine came to it.
	began []restart
}

// newReference remembers a history. A restart with an old state forgets the ticks
// since; a restart without any state forgets all.
func newReference(h *history) *reference {
	r := &reference{grace: h.grace}
	for i := range h.ticks {
		t := &h.ticks[i]
		began := t.restart
		switch {
		case len(r.past) == 0 || began == withoutState:
			r.past, r.began, began = nil, nil, withoutState
		case began == withState:
			keep := len(r.past) - min(t.forgets, len(r.past)-1)
			r.past, r.began = r.past[:keep], r.began[:keep]
		}
		r.past, r.began = append(r.past, t), append(r.began, began)
	}
	return r
}

// observation is what a condition says at one moment: in a life, all moments
// together tell the phase.
type observation struct {
	truth engine.Truth
	at    time.Time
}

// life is the time through which one rule judged one node: without a break, by
// one and the same condition, and the same node under that name.
type life struct {
	*reference
	key  rules.Key
	node *engine.Node
	// from is the index in past of the first moment.
	from int
	// seen is what the condition said at each moment.
	seen []observation
}

// lifeOf returns nil where the rule does not judge the node now.
func (r *reference) lifeOf(key rules.Key, name string) *life {
	now := r.past[len(r.past)-1]
	l := &life{reference: r, key: key, node: now.node(name), from: len(r.past)}
	for l.from > 0 && l.lasted(r.past[l.from-1]) {
		l.from--
	}
	if l.from == len(r.past) {
		return nil
	}
	l.seen = l.observe(&now.rule(key).When)
	return l
}

// lasted reports whether a tick belongs to the life, if the next one does.
func (l *life) lasted(t *tick) bool {
	rule, node := t.rule(l.key), t.node(l.node.Name)
	return rule != nil && node != nil &&
		same(&rule.When, &l.now().rule(l.key).When) && node.Created.Equal(l.node.Created) &&
		rule.Nodes.Matches(node.Labels) && !ignores(node.Ignore, rule.Key())
}

func (r *reference) now() *tick { return r.past[len(r.past)-1] }

// rule is the life's rule as it was written at a moment.
func (l *life) rule(moment int) *rules.Rule { return l.past[l.from+moment].rule(l.key) }

// time is that of the tick at a moment.
func (l *life) time(moment int) time.Time { return l.past[l.from+moment].now }

func ignores(list engine.IgnoreList, rule rules.Key) bool {
	name := rule.Name
	if rule.Namespace != "" {
		name = rule.Namespace + "/" + rule.Name
	}
	return slices.Contains(list, name) || slices.Contains(list, "*")
}

// same reports whether two conditions mean the same.
func same(a, b *rules.Condition) bool {
	pair := func(a, b rules.Condition) bool { return same(&a, &b) }
	switch {
	case a == b:
		return true
	case a.Leaf != nil && b.Leaf != nil:
		return a.Leaf.Metric == b.Leaf.Metric && a.Leaf.Op == b.Leaf.Op &&
			a.Leaf.Threshold == b.Leaf.Threshold && a.Leaf.Clear == b.Leaf.Clear
	case a.Not != nil && b.Not != nil:
		return same(a.Not, b.Not)
	}
	return a.Leaf == nil && b.Leaf == nil && a.Not == nil && b.Not == nil &&
		slices.EqualFunc(a.Any, b.Any, pair) && slices.EqualFunc(a.All, b.All, pair)
}

// compare says whether a value is beyond a level, or on it.
func compare(op rules.Op, value, level float64) bool {
	switch op {
	case rules.Above:
		return value > level
	case rules.AtLeast:
		return value >= level
	case rules.Below:
		return value < level
	case rules.AtMost:
		return value <= level
	case rules.Equal:
		return value == level
	}
	return value != level
}

// newest returns the sample that counts at a tick of the past: of those read since
// the engine started, saw the node and compared the metric, the one measured last.
func (r *reference) newest(i int, metric string, node *engine.Node) (best reading, found bool) {
	for ; i >= 0; i-- {
		n := r.past[i].node(node.Name)
		if n == nil || !n.Created.Equal(node.Created) || !r.past[i].compares(metric) {
			break
		}
		got := r.past[i].read(metric, node)
		if got.missing == "" && !got.at.IsZero() && (!found || got.at.After(best.at)) {
			best, found = got, true
		}
		if r.began[i] != goesOn {
			break
		}
	}
	return best, found
}

// read returns what a tick read of a node. What was measured before the node was made is
// another node's.
func (t *tick) read(metric string, node *engine.Node) reading {
	got := t.samples.read(metric, node.Name)
	if got.missing == "" && !got.at.IsZero() && got.at.Before(node.Created) {
		return reading{missing: "another node's"}
	}
	return got
}

// known returns the sample that a leaf can judge at a tick of the past; nil where
// nothing is known.
func (r *reference) known(i int, metric string, node *engine.Node) *reading {
	best, found := r.newest(i, metric, node)
	t := r.past[i]
	if !found || t.read(metric, node).missing != "" || t.now.Sub(best.at) > t.set.Metrics[metric].MaxAge {
		return nil
	}
	return &best
}

// values returns what is known of a metric at each moment of the life.
func (l *life) values(metric string) []*reading {
	var out []*reading
	for i := l.from; i < len(l.past); i++ {
		out = append(out, l.known(i, metric, l.node))
	}
	return out
}

// holds says what a leaf makes of the last of these values: some value was beyond
// the threshold, and none since beyond the clear level.
func holds(leaf *rules.Leaf, values []*reading) bool {
	for _, v := range slices.Backward(values) {
		switch {
		case v == nil:
		case compare(leaf.Op, v.value, leaf.Threshold):
			return true
		case !compare(leaf.Op, v.value, leaf.Clear):
			return false
		}
	}
	return false
}

// observe returns what a condition says at each moment of the life.
func (l *life) observe(c *rules.Condition) []observation {
	switch {
	case c.Leaf != nil:
		return l.observeLeaf(c.Leaf)
	case c.Not != nil:
		out := l.observe(c.Not)
		for i := range out {
			out[i].truth = not(out[i].truth)
		}
		return out
	case len(c.Any) > 0:
		return l.observeTree(c.Any, engine.True)
	}
	return l.observeTree(c.All, engine.False)
}

func not(t engine.Truth) engine.Truth {
	switch t {
	case engine.True:
		return engine.False
	case engine.False:
		return engine.True
	}
	return engine.Unknown
}

func (l *life) observeLeaf(leaf *rules.Leaf) []observation {
	values := l.values(leaf.Metric)
	out := make([]observation, len(values))
	for i, v := range values {
		switch {
		case v == nil:
		case holds(leaf, values[:i+1]):
			out[i] = observation{engine.True, v.at}
		default:
			out[i] = observation{engine.False, v.at}
		}
	}
	return out
}

// observeTree is Kleene's logic. True decides in "any" and False in "all"; the
// newest branch that decides alone gives the time, else the oldest of all.
func (l *life) observeTree(branches []rules.Condition, decides engine.Truth) []observation {
	out := make([]observation, len(l.past)-l.from)
	byBranch := make([][]observation, len(branches))
	for i := range branches {
		byBranch[i] = l.observe(&branches[i])
	}
	for moment := range out {
		var all []observation
		for i := range byBranch {
			all = append(all, byBranch[i][moment])
		}
		out[moment] = combine(all, decides)
	}
	return out
}

func combine(all []observation, decides engine.Truth) observation {
	slices.SortFunc(all, func(a, b observation) int { return a.at.Compare(b.at) })
	for _, o := range slices.Backward(all) {
		if o.truth == decides {
			return o
		}
	}
	for _, o := range all {
		if o.truth == engine.Unknown {
			return observation{}
		}
	}
	return all[0]
}

// phase returns the phase at a moment. Firing and Keeping have definitions of
// their own below; what is True besides is Pending, and all else Inactive.
func (l *life) phase(moment int) engine.Phase {
	switch {
	case l.fires(moment):
		return engine.Firing
	case l.keeps(moment):
		return engine.Keeping
	case l.seen[moment].truth == engine.True:
		return engine.Pending
	}
	return engine.Inactive
}

// fires: the condition is True and, since it became so, the rule was firing or
// keeping already, or was taken to be, or samples that far apart proved it.
func (l *life) fires(moment int) bool {
	if l.seen[moment].truth != engine.True {
		return false
	}
	first := moment
	for first > 0 && l.seen[first-1].truth == engine.True {
		first--
	}
	return first > 0 && l.keeps(first-1) || l.assumed(first) || l.proven(first, moment)
}

// proven: at some moment of a run of True the newest sample was as much younger
// than the run's first one as "for" said at that moment. Samples further apart
// than the rule believes in one tell nothing of the time between them: the run
// begins anew with the later one.
func (l *life) proven(first, last int) bool {
	from, newest := l.seen[first].at, l.seen[first].at
	for i := first; i <= last; i++ {
		if l.seen[i].at.Sub(newest) > l.longestMaxAge(i) {
			from = l.seen[i].at
		}
		if l.seen[i].at.After(newest) {
			newest = l.seen[i].at
		}
		if newest.Sub(from) >= l.rule(i).For {
			return true
		}
	}
	return false
}

// longestMaxAge is how long a rule believes in a sample at a moment.
func (l *life) longestMaxAge(moment int) (longest time.Duration) {
	for leaf := range l.rule(moment).When.Leaves() {
		longest = max(longest, l.past[l.from+moment].set.Metrics[leaf.Metric].MaxAge)
	}
	return longest
}

// assumed: the life began in the first tick of an engine that knew nothing, and
// nothing was known since; nobody can say how long it has been True.
func (l *life) assumed(first int) bool {
	for i := range first {
		if l.seen[i].truth != engine.Unknown || l.began[l.from+i+1] != goesOn {
			return false
		}
	}
	return l.from == 0
}

// keeps: the rule fired until the condition was no longer True, and nothing since
// released it. The last firing is over when its first moment not True is.
func (l *life) keeps(moment int) bool {
	ended := moment + 1
	for ended > 0 && l.seen[ended-1].truth != engine.True {
		ended--
	}
	if ended > moment || ended == 0 || !l.fires(ended-1) {
		return false
	}
	for i := ended; i <= moment; i++ {
		if l.releases(i, ended) {
			return false
		}
	}
	return true
}

// releases: False ends what is kept after "keepFiringFor"; Unknown not before the
// longest maxAge is over too, and never at its first moment.
func (l *life) releases(moment, ended int) bool {
	kept := l.time(moment).Sub(l.time(ended))
	if l.seen[moment].truth == engine.False {
		return kept >= l.rule(moment).KeepFiringFor
	}
	return moment > ended && kept >= max(l.rule(moment).KeepFiringFor, l.longestMaxAge(moment))
}

// last is the index of the present moment.
func (l *life) last() int { return len(l.seen) - 1 }

// since is when the present phase began.
func (l *life) since() time.Time {
	i := l.last()
	for i > 0 && l.phase(i-1) == l.phase(l.last()) {
		i--
	}
	return l.time(i)
}

// young reports whether a node may still owe its first samples.
func (r *reference) young(n *engine.Node) bool { return r.now().now.Sub(n.Created) < r.grace }

// awaits reports whether the first sample of a metric may still come.
func (r *reference) awaits(metric string, n *engine.Node) bool {
	_, found := r.newest(len(r.past)-1, metric, n)
	return r.young(n) && !found
}

// graced: nothing is known, and a first sample may still come.
func (l *life) graced() bool {
	for leaf := range l.rule(l.last()).When.Leaves() {
		if l.awaits(leaf.Metric, l.node) {
			return l.seen[l.last()].truth == engine.Unknown
		}
	}
	return false
}

// brokeLately: when last something was known, the rule fired, and "keepLastFor"
// is not over since.
func (l *life) brokeLately() bool {
	i := l.last()
	for i > 0 && l.seen[i].truth == engine.Unknown {
		i--
	}
	return l.fires(i) && l.time(l.last()).Sub(l.seen[i].at) <= l.rule(l.last()).KeepLastFor
}

// judgement is what one rule says about one node now.
type judgement struct {
	// life is nil where the rule does not judge the node.
	life  *life
	phase engine.Phase
	since time.Time
	truth engine.Truth
	// graced nodes count nowhere and are not blocked for being unknown.
	graced      bool
	brokeLately bool
}

func (r *reference) judge(key rules.Key, name string) judgement {
	l := r.lifeOf(key, name)
	if l == nil {
		return judgement{}
	}
	return judgement{
		life: l, phase: l.phase(l.last()), since: l.since(), truth: l.seen[l.last()].truth,
		graced: l.graced(), brokeLately: l.brokeLately(),
	}
}

// view is what the reference says of all rules and nodes at one tick.
type view struct {
	*reference
	judgements map[rules.Key]map[string]judgement
}

func newView(r *reference) *view {
	v := &view{r, map[rules.Key]map[string]judgement{}}
	for i := range r.now().set.Rules {
		key := r.now().set.Rules[i].Key()
		v.judgements[key] = map[string]judgement{}
		for _, name := range r.now().names() {
			v.judgements[key][name] = r.judge(key, name)
		}
	}
	return v
}

// count returns how many nodes of a rule are unknown, of how many.
func (v *view) count(key rules.Key) (unknown, nodes int) {
	for _, j := range v.judgements[key] {
		if j.life != nil && !j.graced {
			nodes++
		}
		if j.life != nil && !j.graced && j.truth == engine.Unknown {
			unknown++
		}
	}
	return unknown, nodes
}

// silenced: somebody wants the rule to do nothing on the node, and it is not over.
func (r *reference) silenced(key rules.Key, name string) bool {
	for _, s := range r.now().set.Pause.Silences {
		rule, node := s.Rule.Name == "" || s.Rule == key, s.Node == "" || s.Node == name
		if rule && node && (s.Until.IsZero() || r.now().now.Before(s.Until)) {
			return true
		}
	}
	return false
}

// blocks reports whether a rule keeps pods off a node, or would without its mode.
func (v *view) blocks(rule *rules.Rule, name string) bool {
	j := v.judgements[rule.Key()][name]
	unknown, nodes := v.count(rule.Key())
	switch {
	case v.silenced(rule.Key(), name):
		return false
	case j.phase == engine.Firing || j.phase == engine.Keeping:
		return true
	case j.life == nil || j.graced || j.truth != engine.Unknown:
		return false
	case rule.OnUnknown == rules.UnknownBlock:
		return unknown*2 <= nodes
	}
	return rule.OnUnknown == rules.UnknownKeepLast && j.brokeLately
}

// score is what a node is worth to a pod where nobody prefers anything: all points,
// less those of the rules that fire there and are to be avoided.
func (v *view) score(q *question, name string) int64 {
	points := int64(100)
	for i := range v.now().set.Rules {
		rule := &v.now().set.Rules[i]
		phase := v.judgements[rule.Key()][name].phase
		fires := (phase == engine.Firing || phase == engine.Keeping) && !v.silenced(rule.Key(), name)
		if rule.Avoid != nil && fires && v.concerns(rule, &q.pod) {
			points -= int64(rule.Avoid.Points)
		}
	}
	return max(0, points)
}

// governs reports whether a rule may keep a pod off nodes.
func (r *reference) governs(rule *rules.Rule, pod *engine.PodFacts) bool {
	return rule.Block != nil && r.concerns(rule, pod)
}

// concerns reports whether a rule may do anything about a pod.
func (r *reference) concerns(rule *rules.Rule, pod *engine.PodFacts) bool {
	pause := r.now().set.Pause
	switch {
	case rule.DryRun, rule.Paused, pod.SystemCritical, ignores(pod.Ignore, rule.Key()):
		return false
	case pause.Block && (pause.Until.IsZero() || r.now().now.Before(pause.Until)):
		return false
	case rule.Namespace != "" && rule.Namespace != pod.Namespace:
		return false
	case pod.DaemonSet && !rule.IncludeDaemonSets:
		return false
	case rule.MaxPodPriority != nil && pod.Priority > *rule.MaxPodPriority:
		return false
	}
	return rule.Pods.Matches(pod.Labels) && rule.Namespaces.Matches(pod.NamespaceLabels)
}

// blocked returns the first governing rule that blocks; nil for none.
func (v *view) blocked(q *question, name string) *rules.Rule {
	var blocks []*rules.Rule
	for i := range v.now().set.Rules {
		if rule := &v.now().set.Rules[i]; v.governs(rule, &q.pod) && v.blocks(rule, name) {
			blocks = append(blocks, rule)
		}
	}
	if len(blocks) == 0 {
		return nil
	}
	return firmOf(blocks)[0]
}

func isFirm(list []*rules.Rule) bool {
	return len(list) > 0 && list[0].Block.WhenAllBlocked != rules.ScheduleAnyway
}

// firmOf returns the firm rules of some; all where none is.
func firmOf(list []*rules.Rule) []*rules.Rule {
	firm := slices.DeleteFunc(slices.Clone(list), func(r *rules.Rule) bool { return r.Block.WhenAllBlocked == rules.ScheduleAnyway })
	if len(firm) == 0 {
		return list
	}
	return firm
}

// keepsOff returns the rules that may name a refusal: one that keeps pods off now, and
// else those that the pod would break, the firm ones first.
func (v *view) keepsOff(q *question, name string) []*rules.Rule {
	now, with := oneOf(v.blocked(q, name)), v.wouldBreak(q, name)
	if len(now) == 0 || !isFirm(now) && isFirm(with) {
		return with
	}
	return now
}

// wouldBreak returns the governing rules that the pod would break: with the pod the
// condition is True, and it is not so whatever the resources are.
func (v *view) wouldBreak(q *question, name string) (broken []*rules.Rule) {
	for i := range v.now().set.Rules {
		rule := &v.now().set.Rules[i]
		l := v.judgements[rule.Key()][name].life
		if l == nil || v.silenced(rule.Key(), name) || !v.governs(rule, &q.pod) {
			continue
		}
		with, without := forecast{l, q}, forecast{l, nil}
		if with.isTrue(&rule.When, false) && !without.isTrue(&rule.When, false) {
			broken = append(broken, rule)
		}
	}
	return firmOf(broken)
}

// forecast is a condition with one more pod on the node. Without a question no
// leaf is True that a pod could make so.
type forecast struct {
	*life
	question *question
}

// isTrue evaluates a tree, or its negation.
func (f forecast) isTrue(c *rules.Condition, negated bool) bool {
	switch {
	case c.Leaf != nil:
		return f.leafIsTrue(c.Leaf, negated)
	case c.Not != nil:
		return f.isTrue(c.Not, !negated)
	case (len(c.Any) > 0) != negated:
		return slices.ContainsFunc(slices.Concat(c.Any, c.All), func(c rules.Condition) bool { return f.isTrue(&c, negated) })
	}
	return !slices.ContainsFunc(slices.Concat(c.Any, c.All), func(c rules.Condition) bool { return !f.isTrue(&c, negated) })
}

// leafIsTrue: where nothing is known neither a leaf nor its negation is True.
func (f forecast) leafIsTrue(leaf *rules.Leaf, negated bool) bool {
	metric := f.now().set.Metrics[leaf.Metric]
	sample, known := f.sample(metric)
	switch {
	case rises(metric.InFlight, leaf.Op, negated) && f.question == nil:
		return false
	case rises(metric.InFlight, leaf.Op, negated) && f.awaits(metric.Name, f.node):
		return compare(leaf.Op, f.requested(metric), leaf.Threshold) != negated
	case !known:
		return false
	case rises(metric.InFlight, leaf.Op, negated):
		return compare(leaf.Op, sample.value+f.coming(metric, sample), leaf.Threshold) != negated
	}
	return holds(leaf, append(f.values(leaf.Metric), &sample)) != negated
}

// sample is the newest one, if it may count: KeepLast lets it for longer.
func (f forecast) sample(metric rules.Metric) (reading, bool) {
	i, rule := len(f.past)-1, f.rule(f.last())
	if f.known(i, metric.Name, f.node) != nil {
		return f.newest(i, metric.Name, f.node)
	}
	best, found := f.newest(i, metric.Name, f.node)
	return best, found && rule.OnUnknown == rules.UnknownKeepLast && f.now().now.Sub(best.at) <= rule.KeepLastFor
}

// rises reports whether a pod moves a value towards making the leaf, or its
// negation, True.
func rises(by rules.InFlight, op rules.Op, negated bool) bool {
	upwards := op == rules.Above || op == rules.AtLeast
	downwards := op == rules.Below || op == rules.AtMost
	return by.Resource != rules.ResourceNone && (upwards && by.Free == negated || downwards && by.Free != negated)
}

// requested is what the metric would say if the node used what is requested on
// it, the pod included, and nothing else.
func (f forecast) requested(metric rules.Metric) float64 {
	nothing := 0.0
	if metric.InFlight.Free {
		nothing = whole(metric, f.node)
	}
	return nothing + f.share(metric, f.question.need) + f.share(metric, f.question.requested)
}

// coming is how far the pod, and all that a sample does not show, move the metric.
func (f forecast) coming(metric rules.Metric, sample reading) float64 {
	return f.share(metric, f.question.need) + f.share(metric, f.question.arrived) + f.inFlight(metric, sample)
}

// inFlight is how far the pods of the node will move the metric yet.
func (f forecast) inFlight(metric rules.Metric, sample reading) (sum float64) {
	for _, p := range f.now().node(f.node.Name).Flights {
		coming := pick(metric.InFlight, p.Estimate) * (1 - covered(p, metric, sample))
		switch {
		case metric.Name == rules.MetricPods && p.Bound:
			coming = 0
		case metric.Name == rules.MetricPods:
			coming = p.Estimate.Pods
		case p.Measurable && metric.InFlight.Resource != rules.ResourcePods:
			coming += growing(p, metric, sample) * covered(p, metric, sample)
		}
		sum += f.share(metric, amountOf(metric.InFlight, coming))
	}
	return sum
}

// covered is the part of the sample's time through which the pod ran.
func covered(p engine.Flight, metric rules.Metric, sample reading) float64 {
	ran := sample.at.Sub(p.Began)
	switch {
	case p.Began.IsZero() || ran <= 0:
		return 0
	case ran >= metric.Window:
		return 1
	}
	return ran.Seconds() / metric.Window.Seconds()
}

// growing is what the pod has yet to take of its estimate, less and less of which is
// believed in the five minutes after it began.
func growing(p engine.Flight, metric rules.Metric, sample reading) float64 {
	left := pick(metric.InFlight, p.Estimate)
	if p.Measured.After(p.Began) {
		left -= pick(metric.InFlight, p.Used)
	}
	belief := 1 - sample.at.Sub(p.Began).Seconds()/300
	return max(0, left) * max(0, belief)
}

// amountOf is an amount of the metric's resource alone.
func amountOf(by rules.InFlight, amount float64) (out engine.Amounts) {
	switch by.Resource {
	case rules.ResourceCPU:
		out.CPU = amount
	case rules.ResourceMemory:
		out.Memory = amount
	default:
		out.Pods = amount
	}
	return out
}

// share is how far an amount moves the metric.
func (f forecast) share(metric rules.Metric, amounts engine.Amounts) float64 {
	moved := pick(metric.InFlight, amounts)
	if metric.InFlight.Of != rules.OfAbsolute && moved != 0 {
		moved *= whole(metric, f.node) / total(metric, f.node)
	}
	if metric.InFlight.Free {
		return -moved
	}
	return moved
}

// whole is the metric's value for all of a node.
func whole(metric rules.Metric, n *engine.Node) float64 {
	switch {
	case metric.InFlight.Of == rules.OfAbsolute:
		return total(metric, n)
	case metric.Unit == rules.UnitPercent:
		return 100
	}
	return 1
}

func total(metric rules.Metric, n *engine.Node) float64 {
	if metric.InFlight.Of == rules.OfCapacity {
		return pick(metric.InFlight, n.Capacity)
	}
	return pick(metric.InFlight, n.Allocatable)
}

func pick(by rules.InFlight, amounts engine.Amounts) float64 {
	switch by.Resource {
	case rules.ResourceCPU:
		return amounts.CPU
	case rules.ResourceMemory:
		return amounts.Memory
	}
	return amounts.Pods
}
