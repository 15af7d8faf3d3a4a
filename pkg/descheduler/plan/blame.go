package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// blame says why the group's rules cannot all be ended. What passes comes first, then what
// somebody can change, each with what comes before it: the one reason without whose pods
// there would be enough, or the first where only all of them are. Then come pods that were
// not measured, and NotEnough where something would leave; what a pod is comes last.
func (m *maker) blame(n *node, group []acting, as mode) Reason {
	spared, p := m.spare(n, group, as), m.problem(n, group, as)
	for _, level := range []int{passes, changes} {
		if reason := p.enough(of(spared, level), group); reason != "" {
			return reason
		}
		if level == passes && slices.ContainsFunc(spared, func(s Spared) bool { return s.Reason == Unmeasured }) {
			return Unmeasured
		}
	}
	if len(p.candidates) > 0 {
		return NotEnough
	}
	return cmp.Or(p.enough(of(spared, lasts), group), NoCandidates)
}

func of(spared []Spared, level int) (out []Spared) {
	for _, s := range spared {
		if s.Reason.level() == level {
			out = append(out, s)
		}
	}
	return out
}

// enough offers pods to the problem, and returns the reason of those with which there would
// be enough; empty where there would not.
func (p *problem) enough(spared []Spared, group []acting) Reason {
	var tried []Reason
	for _, s := range spared {
		if slices.Contains(tried, s.Reason) {
			continue
		}
		tried = append(tried, s.Reason)
		alone := *p
		alone.candidates = slices.Clip(p.candidates)
		alone.take(spared, group, s.Reason)
		if alone.reachable() {
			return s.Reason
		}
	}
	for _, reason := range tried {
		p.take(spared, group, reason)
	}
	if len(tried) > 0 && p.reachable() {
		return tried[0]
	}
	return ""
}

// take offers the pods that are spared for a reason.
func (p *problem) take(spared []Spared, group []acting, reason Reason) {
	for _, s := range spared {
		if s.Reason == reason {
			p.offer(s.Pod, governs(s.Pod, group))
		}
	}
}

func (p *problem) reachable() bool { return p.reaches(p.sum(p.byWeight())) }

// Short says that all pods that may leave use less than has to leave.
type Short struct {
	Resource rules.Resource
	// Has is what they use, and Needs what has to leave: cores, bytes or pods.
	Has, Needs float64
}

// short says what is missing most to end a rule, of the alternative that is nearest; nil
// where there is enough.
func (m *maker) short(n *node, a *acting, as mode) *Short {
	p := m.problem(n, []acting{*a}, as)
	sum, nearest := p.sum(p.byWeight()), (*Short)(nil)
	for _, needs := range p.wants[0] {
		worst := (*Short)(nil)
		for _, need := range needs {
			s := &Short{p.dimensions[need.of], sum[need.of], need.excess}
			if !need.reached(sum) && (worst == nil || s.part() < worst.part()) {
				worst = s
			}
		}
		if worst == nil {
			return nil
		}
		if nearest == nil || worst.part() > nearest.part() {
			nearest = worst
		}
	}
	return nearest
}

// String says it to people.
func (s *Short) String() string {
	switch s.Resource {
	case rules.ResourceMemory:
		return s.words(rules.UnitBytes)
	case rules.ResourceCPU:
		return s.words(rules.UnitCores)
	}
	return fmt.Sprintf("only %g pods may leave, of the %g that have to", s.Has, math.Ceil(s.Needs))
}

func (s *Short) words(unit rules.Unit) string {
	return fmt.Sprintf("all that may leave use %s, of the %s that have to leave", engine.FormatValue(s.Has, unit), engine.FormatValue(s.Needs, unit))
}

func (s *Short) part() float64 { return s.Has / s.Needs }
