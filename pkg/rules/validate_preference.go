package rules

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"

// maxWeight is that of a Kubernetes score plugin.
const maxWeight = 100

// preferences checks every preference.
func (v *validator) preferences(specs []PreferenceSpec) {
	taken := map[string]int{}
	for i := range specs {
		path := strictyaml.Path("preferences").Index(i)
		v.name(path, specs[i].Name, taken)
		v.preference(path, &specs[i])
	}
	if weight := strictyaml.Path("preferences[0].weight"); len(specs) == 1 && v.at.Has(weight) && *specs[0].Weight > 0 {
		v.warn(weight, "", "a weight counts only among several preferences, and this is the only one here")
	}
}

func (v *validator) preference(path strictyaml.Path, p *PreferenceSpec) {
	requiredWord(v.reporter, path, "prefer", p.Prefer, "Low", "High", "Near", "Steady")
	word(v.reporter, path.Child("onUnknown"), p.OnUnknown, "Worst", "Neutral")
	v.selector(path.Child("nodes"), p.Nodes)
	v.selector(path.Child("pods"), p.Pods)
	if *p.Weight == 0 {
		v.value(path.Child("weight"), "remove the preference, or write at least 1", "a preference of weight 0 prefers nothing")
	} else {
		v.within(path.Child("weight"), p.Weight, 1, maxWeight)
	}
	v.goesWith(path, "target", "Near", p)
	v.goesWith(path, "steady", "Steady", p)
	if p.Prefer == "Near" && p.Target == nil {
		v.missing(path, "target", "write the value up to which nodes are filled")
	}
	if p.Steady != nil && p.Steady.Deviations != nil && *p.Steady.Deviations < 0 {
		v.value(path.Child("steady").Child("deviations"), "", `"deviations" cannot be negative`)
	}
	if metric, known := v.metric(path, p.Metric); known {
		v.scale(path, p, metric)
	}
}

// goesWith checks that a field is written only with the one word it serves.
func (v *validator) goesWith(path strictyaml.Path, name, prefer string, p *PreferenceSpec) {
	if v.at.Has(path.Child(name)) && p.Prefer != prefer && p.Prefer != "" {
		v.key(path.Child(name), "remove it", `%q has no meaning with "prefer: %s"`, name, strictyaml.Show(p.Prefer))
	}
}

// scale checks the values that a preference measures by.
func (v *validator) scale(path strictyaml.Path, p *PreferenceSpec, metric Metric) {
	v.amount(path.Child("target"), p.Target, metric)
	spread, written := v.amount(path.Child("minSpread"), p.MinSpread, metric)
	if written && spread <= 0 {
		v.value(path.Child("minSpread"), "", `"minSpread" must be more than 0`)
	}
	at := path.Child("range")
	if !v.at.Has(at) || v.at.Broken(at) {
		return
	}
	if len(p.Range) != 2 {
		v.value(at, "write it like [0%, 100%]", `"range" has two ends, not %d`, len(p.Range))
		return
	}
	low, lowRead := v.amount(at.Index(0), &p.Range[0], metric)
	high, highRead := v.amount(at.Index(1), &p.Range[1], metric)
	if lowRead && highRead && low >= high {
		v.value(at, "write the smaller end first", `"range" is empty`)
	}
}

// amount reads a value in the metric's unit and reports whether there is one.
func (v *validator) amount(path strictyaml.Path, written *strictyaml.Scalar, metric Metric) (float64, bool) {
	if written == nil || v.at.Broken(path) {
		return 0, false
	}
	value, problem := parseThreshold(*written, metric)
	if problem != nil {
		v.problem(path, problem)
	}
	return value, problem == nil
}
