package tas_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// tasPolicy is a policy as TAS sees it, and what TAS does with it, written down once more
// from its documentation: slow, simple, and by nothing of ours.
type tasPolicy struct {
	namespace, name string
	strategies      map[string]tasStrategy
}

type tasStrategy struct {
	allOf bool
	rules []tasRule
}

type tasRule struct {
	metric, operator string
	target           *int64
	labels           []string
}

// values are those of one metric by node; a node without one has no entry.
type values map[string]map[string]float64

// holds says whether a rule holds for a node: never where there is no value.
func (r tasRule) holds(v values, node string) bool {
	value, found := v[r.metric][node]
	target := 0.0
	if r.target != nil {
		target = float64(*r.target)
	}
	switch {
	case !found:
		return false
	case r.operator == "GreaterThan":
		return value > target
	case r.operator == "LessThan":
		return value < target
	}
	return value == target
}

// violated says whether a node violates a strategy.
func (s tasStrategy) violated(v values, node string) bool {
	held := 0
	for _, r := range s.rules {
		if r.holds(v, node) {
			held++
		}
	}
	return s.allOf && held == len(s.rules) || !s.allOf && held > 0
}

// order is that of the nodes by scheduleonmetric, the best first, without those of which
// nothing is known; nil where TAS ranks at random, or not at all.
func (p tasPolicy) order(v values, nodes []string) []string {
	s := p.strategies["scheduleonmetric"]
	if len(s.rules) == 0 || s.rules[0].operator == "Equals" {
		return nil
	}
	first := s.rules[0]
	out := slices.DeleteFunc(slices.Clone(nodes), func(n string) bool { _, found := v[first.metric][n]; return !found })
	slices.SortStableFunc(out, func(a, b string) int {
		by := cmp.Compare(v[first.metric][a], v[first.metric][b])
		if first.operator == "GreaterThan" {
			return -by
		}
		return by
	})
	return out
}

// labels are the values that each label of a node may have: of those that hold the one
// with the largest value, or the smallest with LessThan; several where they are equal.
func (p tasPolicy) labels(v values, node string) map[string][]string {
	s := p.strategies["labeling"]
	out := map[string][]string{}
	if len(s.rules) == 0 || s.allOf && !s.violated(v, node) {
		return out
	}
	best := map[string]float64{}
	for _, r := range s.rules {
		if !r.holds(v, node) {
			continue
		}
		value := v[r.metric][node]
		if r.operator == "LessThan" {
			value = -value
		}
		for _, label := range r.labels {
			key, text, _ := strings.Cut(label, "=")
			switch before, seen := best[key]; {
			case !seen || value > before:
				best[key], out[key] = value, []string{text}
			case value == before:
				out[key] = append(out[key], text)
			}
		}
	}
	return out
}

// unclear reports whether TAS itself has no answer, or none that a rule can give: rules
// that set one label and compare differently, or with Equals, or under allOf with several
// values, or one rule that sets it twice.
func (s tasStrategy) unclear() bool {
	type use struct {
		rule            int
		value, operator string
	}
	uses := map[string][]use{}
	for i, r := range s.rules {
		for _, label := range r.labels {
			key, value, _ := strings.Cut(label, "=")
			uses[key] = append(uses[key], use{i, value, r.operator})
		}
	}
	for _, all := range uses {
		for i, a := range all {
			for _, b := range all[:i] {
				switch same := a.rule == b.rule; {
				case s.allOf || same:
					if a.value != b.value {
						return true
					}
				case a.operator != b.operator || a.operator == "Equals":
					return true
				}
			}
		}
	}
	return false
}

// yaml writes the policy as its users do.
func (p tasPolicy) yaml() string {
	var out strings.Builder
	fmt.Fprintf(&out, "apiVersion: telemetry.intel.com/v1alpha1\nkind: TASPolicy\nmetadata: {name: %s, namespace: %s}\nspec:\n  strategies:\n", p.name, p.namespace)
	for name, s := range p.strategies {
		fmt.Fprintf(&out, "    %s:\n", name)
		if s.allOf {
			out.WriteString("      logicalOperator: allOf\n")
		}
		out.WriteString("      rules:\n")
		for _, r := range s.rules {
			fmt.Fprintf(&out, "      - {metricname: %s, operator: %s", r.metric, r.operator)
			if r.target != nil {
				fmt.Fprintf(&out, ", target: %d", *r.target)
			}
			if len(r.labels) > 0 {
				fmt.Fprintf(&out, ", labels: [%q]", strings.Join(r.labels, `", "`))
			}
			out.WriteString("}\n")
		}
	}
	return strings.ReplaceAll(out.String(), `\"`, `"`)
}
