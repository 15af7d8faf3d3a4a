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
	rule.Evict = v.evict(path, s)
	rule.Label = v.label(at.Child("label"), a.Label)
	rule.Taint = v.taint(path, s)
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

// maxCount bounds counts of evictions and replicas against slips of the finger.
const maxCount = 10_000
