package rules

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// evict checks how a rule moves pods, and compiles it.
func (v *validator) evict(path strictyaml.Path, s *RuleSpec) *Evict {
	defer v.judging(CheckEvict)()
	at, e := path.Child("actions").Child("evict"), s.Actions.Evict
	if e == nil {
		return nil
	}
	before := len(v.mistakes)
	word(v.reporter, at.Child("goal"), e.Goal, Relieve, Vacate)
	word(v.reporter, at.Child("mode"), e.Mode, Enforce, DryRun)
	v.within(at.Child("minReplicas"), e.MinReplicas, 1, maxCount)
	v.allow(at.Child("allow"), e.Allow)
	if e.Goal == Relieve && s.When != nil {
		v.relieve(path.Child("when"), at, s.When)
	}
	out := &Evict{
		Goal: e.Goal, After: time.Duration(*e.After), DryRun: e.Mode == DryRun,
		PerHour:  v.perHour(at.Child("limits").Child("perHour"), e.Limits),
		Cooldown: duration(e.Cooldown), MinPodAge: duration(e.MinPodAge), MinReplicas: e.MinReplicas,
		Allow: e.Allow, Homes: v.homes(at.Child("homes"), e.Homes),
	}
	if len(v.mistakes) == before {
		v.loosens(at, out)
	}
	return out
}

// loosens warns of what does not hold because the operator says less.
func (v *validator) loosens(at strictyaml.Path, e *Evict) {
	if v.opts.Loosens == nil {
		return
	}
	for _, l := range v.opts.Loosens(e) {
		v.warn(at+"."+l.Field, l.Mend, "%s", l.Message)
	}
}

// duration keeps what was left out left out.
func duration(written *strictyaml.Duration) *time.Duration {
	if written == nil {
		return nil
	}
	return new(time.Duration(*written))
}

func (v *validator) perHour(at strictyaml.Path, limits *LimitsSpec) PerHour {
	if limits == nil || limits.PerHour == nil {
		return PerHour{}
	}
	p := limits.PerHour
	count := func(field string, number *int32) int32 {
		v.within(at.Child(field), number, 1, maxCount)
		return *orZero(number)
	}
	return PerHour{
		Node: count("node", p.Node), Owner: count("owner", p.Owner),
		Namespace: count("namespace", p.Namespace), Total: count("total", p.Total),
	}
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

// homes checks where moved pods may go, and compiles it.
func (v *validator) homes(at strictyaml.Path, h *HomesSpec) *Homes {
	if h == nil {
		return nil
	}
	v.within(at.Child("minNodes"), h.MinNodes, 1, maxCount)
	when := at.Child("when")
	if h.When == nil {
		if !v.anyBroken(at, "when") {
			v.missing(at, "when", `write it like {metric: memory, below: 70%}, or remove "homes"`)
		}
		return nil
	}
	v.eachLeaf(when, h.When, false, v.hasNoClear)
	return &Homes{When: v.condition(when, h.When), MinNodes: *h.MinNodes}
}

// hasNoClear reports a second line where nothing is remembered.
func (v *validator) hasNoClear(path strictyaml.Path, leaf *ConditionSpec, _ bool) {
	defer v.judging(CheckClear)()
	if leaf.Clear != nil {
		v.key(path.Child("clear"), "remove it", `"clear" has no meaning in "homes": it is looked at as it is now`)
	}
}

// relieve checks that moving pods can bring a condition to its end, and that it
// is written where the end is.
func (v *validator) relieve(when, evict strictyaml.Path, c *ConditionSpec) {
	curable, judged, measured := 0, true, ""
	v.eachLeaf(when, c, false, func(path strictyaml.Path, leaf *ConditionSpec, negated bool) {
		compared := leaf.comparisons()
		metric, known := v.metrics[leaf.Metric]
		switch {
		case !known || len(compared) != 1:
			judged = false
		case polar(compared[0].op, negated).Rises(metric):
			curable++
			v.needsClear(path, leaf)
		case metric.PodQuery != "":
			measured = metric.Name
		}
	})
	switch {
	case !judged || curable > 0:
	case measured != "":
		defer v.judging(CheckNotYet)()
		v.key(evict, `write "goal: Vacate", or give the metric "inFlight"`, "choosing pods by the podQuery of %s is not in this version, and moving pods cures no other part of the condition", measured)
	default:
		v.key(evict, `write "goal: Vacate"`, "moving pods cures no part of the condition, so there is nothing to relieve")
	}
}

func (v *validator) needsClear(path strictyaml.Path, leaf *ConditionSpec) {
	if leaf.Clear == nil {
		v.value(path, `write {…, clear: …}, or "goal: Vacate"`, `"evict" relieves %s and needs "clear" here, the level at which it stops`, leaf.Metric)
	}
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
