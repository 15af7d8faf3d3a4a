package rules

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"

// actions checks what a rule does and compiles what is carried out.
func (v *validator) actions(path strictyaml.Path, s *RuleSpec, rule *Rule) {
	defer v.judging(CheckActions)()
	at := path.Child("actions")
	a := s.Actions
	switch {
	case a == nil:
		v.missing(path, "actions", `write "actions: {block: {}}"`)
		return
	case a.Block == nil && a.Avoid == nil && a.Evict == nil && a.Label == nil && a.Taint == nil:
		if !v.anyBroken(at, "block", "avoid", "evict", "label", "taint") {
			v.value(at, "write {block: {}}", `"actions" holds no action`)
		}
		return
	}
	rule.Avoid = v.avoid(at.Child("avoid"), a.Avoid)
	v.evict(path, s)
	v.label(at.Child("label"), a.Label)
	v.taint(path, s)
	rule.Block = v.block(at.Child("block"), a.Block)
}

func (v *validator) block(at strictyaml.Path, b *BlockSpec) *Block {
	if b == nil {
		return nil
	}
	word(v.reporter, at.Child("whenAllBlocked"), b.WhenAllBlocked, DoNotSchedule, ScheduleAnyway)
	return &Block{WhenAllBlocked: b.WhenAllBlocked}
}

func (v *validator) avoid(at strictyaml.Path, a *AvoidSpec) *Avoid {
	if a == nil {
		return nil
	}
	v.within(at.Child("points"), a.Points, 1, 100)
	return &Avoid{Points: *a.Points}
}

// within checks the bounds of a number that may be left out.
func (v *validator) within(at strictyaml.Path, number *int32, least, most int32) {
	if number != nil && (*number < least || *number > most) {
		v.value(at, "", "%q must be from %d to %d, not %d", at.Last(), least, most, *number)
	}
}

// allowances are the kinds of pods that a rule may ask leave to evict.
var allowances = []string{
	"localStorage", "persistentVolumes", "jobs", "resourceClaims", "schedulingGroups", "unknownOwners", allowOtherSchedulers,
}

const allowOtherSchedulers = "otherSchedulers"

// maxCount bounds counts of evictions and replicas against slips of the finger.
const maxCount = 10_000

func (v *validator) evict(path strictyaml.Path, s *RuleSpec) {
	defer v.judging(CheckEvict)()
	at, e := path.Child("actions").Child("evict"), s.Actions.Evict
	if e == nil {
		return
	}
	word(v.reporter, at.Child("goal"), e.Goal, Relieve, Vacate)
	word(v.reporter, at.Child("mode"), e.Mode, Enforce, DryRun)
	v.within(at.Child("minReplicas"), e.MinReplicas, 1, maxCount)
	if e.Limits != nil && e.Limits.PerHour != nil {
		v.perHour(at.Child("limits").Child("perHour"), e.Limits.PerHour)
	}
	v.allow(at.Child("allow"), e.Allow)
	v.homes(at.Child("homes"), e.Homes)
	if e.Goal == Relieve && s.When != nil {
		v.relieve(path.Child("when"), at, s.When)
	}
}

func (v *validator) perHour(at strictyaml.Path, p *PerHourSpec) {
	v.within(at.Child("node"), p.Node, 1, maxCount)
	v.within(at.Child("owner"), p.Owner, 1, maxCount)
	v.within(at.Child("namespace"), p.Namespace, 1, maxCount)
	v.within(at.Child("total"), p.Total, 1, maxCount)
}

func (v *validator) allow(at strictyaml.Path, list []string) {
	if len(list) > len(allowances) {
		v.value(at, "remove some", "%q lists %d kinds of pods, and there are only %d", at.Last(), len(list), len(allowances))
		return
	}
	seen := map[string]bool{}
	for i, entry := range list {
		word(v.reporter, at.Index(i), entry, allowances...)
		if seen[entry] {
			v.value(at.Index(i), "remove one", "%q stands twice", strictyaml.Show(entry))
		}
		seen[entry] = true
		if entry == allowOtherSchedulers && v.opts.Namespace != "" {
			v.notInNamespace(v.value, at.Index(i), "remove it", "a rule of one namespace cannot evict pods of other schedulers")
		}
	}
}

func (v *validator) homes(at strictyaml.Path, h *HomesSpec) {
	if h == nil {
		return
	}
	v.within(at.Child("minNodes"), h.MinNodes, 1, maxCount)
	if h.When != nil {
		v.condition(at.Child("when"), h.When)
	}
}

// relieve checks that moving pods can bring a condition to its end, and that it
// is written where the end is.
func (v *validator) relieve(when, evict strictyaml.Path, c *ConditionSpec) {
	curable, judged := 0, true
	v.eachLeaf(when, c, false, func(path strictyaml.Path, leaf *ConditionSpec, negated bool) {
		compared := leaf.comparisons()
		metric, known := v.metrics[leaf.Metric]
		switch {
		case !known || len(compared) != 1:
			judged = false
		case v.curable(metric, compared[0].op, negated):
			curable++
			v.needsClear(path, leaf)
		}
	})
	if judged && curable == 0 {
		v.key(evict, `write "goal: Vacate"`, "moving pods cures no part of the condition, so there is nothing to relieve")
	}
}

func (v *validator) needsClear(path strictyaml.Path, leaf *ConditionSpec) {
	if leaf.Clear == nil {
		v.value(path, `write {…, clear: …}, or "goal: Vacate"`, `"evict" relieves %s and needs "clear" here, the level at which it stops`, leaf.Metric)
	}
}

// curable reports whether a node with fewer pods is nearer to the end of a
// comparison. negated counts the nots above it.
func (v *validator) curable(metric Metric, op Op, negated bool) bool {
	above, below := op == Above || op == AtLeast, op == Below || op == AtMost
	if negated {
		above, below = below, above
	}
	switch {
	case metric.InFlight.Resource != ResourceNone:
		return metric.InFlight.Free && below || !metric.InFlight.Free && above
	case v.measured[metric.Name]:
		return above
	}
	return false
}

// eachLeaf visits the leaves of a written condition.
func (v *validator) eachLeaf(path strictyaml.Path, c *ConditionSpec, negated bool, visit func(strictyaml.Path, *ConditionSpec, bool)) {
	for i := range c.Any {
		v.eachLeaf(path.Child("any").Index(i), &c.Any[i], negated, visit)
	}
	for i := range c.All {
		v.eachLeaf(path.Child("all").Index(i), &c.All[i], negated, visit)
	}
	if c.Not != nil {
		v.eachLeaf(path.Child("not"), c.Not, !negated, visit)
	}
	if c.Metric != "" {
		visit(path, c, negated)
	}
}
