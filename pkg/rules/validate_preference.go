package rules

import (
	"fmt"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// maxWeight is that of a Kubernetes score plugin.
const maxWeight = 100

// preferences checks and compiles every preference.
func (v *validator) preferences(specs []PreferenceSpec) []Preference {
	taken := map[string]int{}
	compiled := make([]Preference, len(specs))
	for i := range specs {
		path := strictyaml.Path("preferences").Index(i)
		v.name(path, specs[i].Name, taken)
		compiled[i] = v.preference(path, &specs[i])
	}
	v.loneWeight(specs)
	return compiled
}

// loneWeight warns of a weight with nothing to weigh it against.
func (v *validator) loneWeight(specs []PreferenceSpec) {
	defer v.judging(CheckWeight)()
	if weight := strictyaml.Path("preferences[0].weight"); len(specs) == 1 && v.at.Has(weight) && *specs[0].Weight > 0 {
		v.warn(weight, "", "a weight counts only among several preferences, and this is the only one in this key")
	}
}

func (v *validator) preference(path strictyaml.Path, p *PreferenceSpec) Preference {
	defer v.judging(CheckPreference)()
	requiredWord(v.reporter, path, "prefer", p.Prefer, PreferLow, PreferHigh, PreferNear, PreferSteady)
	word(v.reporter, path.Child("onUnknown"), p.OnUnknown, Worst, Neutral)
	at := v.at.Value(path)
	out := Preference{
		Namespace: v.opts.Namespace, Name: p.Name, Metric: p.Metric, Prefer: p.Prefer, OnUnknown: p.OnUnknown,
		Origin: Origin{File: v.file, Line: at.Line, Column: at.Column},
		Nodes:  v.selector(path.Child("nodes"), p.Nodes), Pods: v.selector(path.Child("pods"), p.Pods),
		Weight: v.weight(path.Child("weight"), p.Weight), Steady: v.steady(path, p),
	}
	v.goesWith(path, "target", PreferNear, p)
	if p.Prefer == PreferNear && p.Target == nil {
		v.missing(path, "target", "write the value up to which nodes are filled")
	}
	if metric, known := v.metric(path, p.Metric); known {
		v.scale(path, p, metric, &out)
	}
	return out
}

func (v *validator) weight(at strictyaml.Path, weight *int32) int32 {
	defer v.judging(CheckWeight)()
	if *weight == 0 {
		v.value(at, "remove the preference, or write at least 1", "a preference of weight 0 prefers nothing")
	} else {
		v.within(at, weight, 1, maxWeight)
	}
	return *weight
}

// steady checks and compiles how a node is looked at over time.
func (v *validator) steady(path strictyaml.Path, p *PreferenceSpec) Steady {
	v.goesWith(path, "steady", PreferSteady, p)
	if p.Prefer != PreferSteady || p.Steady == nil {
		return Steady{}
	}
	at, out := path.Child("steady"), Steady{Window: time.Duration(*p.Steady.Window), Deviations: *p.Steady.Deviations}
	if out.Deviations < 0 {
		v.value(at.Child("deviations"), "", `"deviations" cannot be negative`)
	}
	if out.Window == 0 {
		v.value(at.Child("window"), `write it like 15m, or "prefer: Low"`, `"window" must be longer than 0s`)
	}
	if v.opts.Namespace != "" && v.at.Has(at.Child("window")) {
		v.notInNamespace(v.key, at.Child("window"), fmt.Sprintf("leave it out: it is %s", strictyaml.Duration(defaultSteadyWindow)), "a preference of one namespace cannot choose the time that is remembered of every node")
	}
	return out
}

// goesWith checks that a field is written only with the one word it serves.
func (v *validator) goesWith(path strictyaml.Path, name string, prefer Prefer, p *PreferenceSpec) {
	if v.at.Has(path.Child(name)) && p.Prefer != prefer && p.Prefer != "" {
		v.key(path.Child(name), "remove it", `%q has no meaning with "prefer: %s"`, name, strictyaml.Show(string(p.Prefer)))
	}
}

// scale checks and compiles the values that a preference measures by.
func (v *validator) scale(path strictyaml.Path, p *PreferenceSpec, metric Metric, out *Preference) {
	out.Target, _ = v.amount(path.Child("target"), p.Target, metric)
	spread, written := v.amount(path.Child("minSpread"), p.MinSpread, metric)
	if written && spread <= 0 {
		v.value(path.Child("minSpread"), "", `"minSpread" must be more than 0`)
	}
	out.MinSpread = spread
	at := path.Child("range")
	switch fixed := v.at.Has(at); {
	case fixed && written:
		v.key(path.Child("minSpread"), "keep one", `"range" and "minSpread" stand side by side`)
	case fixed:
		out.Range = v.ends(at, p.Range, metric)
	case !written: // Whoever writes minSpread wants the range to follow the nodes.
		out.Range = wholeRange(metric.Unit)
	}
	if r := out.Range; r != nil && p.Target != nil && (out.Target < r.Low || out.Target > r.High) {
		v.value(path.Child("target"), "", `"target" is outside of the range from %s to %s`, formatNumber(r.Low), formatNumber(r.High))
	}
}

// wholeRange is the range of a share; other metrics are ranked by what the nodes
// have.
func wholeRange(unit Unit) *Range {
	switch unit {
	case UnitPercent:
		return &Range{Low: 0, High: 100}
	case UnitRatio:
		return &Range{Low: 0, High: 1}
	}
	return nil
}

// ends reads a written range.
func (v *validator) ends(at strictyaml.Path, written []strictyaml.Scalar, metric Metric) *Range {
	if v.at.Broken(at) {
		return nil
	}
	if len(written) != 2 {
		v.value(at, "write it like [0%, 100%]", `"range" has two ends, not %d`, len(written))
		return nil
	}
	low, lowRead := v.amount(at.Index(0), &written[0], metric)
	high, highRead := v.amount(at.Index(1), &written[1], metric)
	if lowRead && highRead && low >= high {
		v.value(at, "write the smaller end first", `"range" is empty`)
	}
	return &Range{Low: low, High: high}
}

// amount reads a value in the metric's unit and reports whether there is one.
func (v *validator) amount(path strictyaml.Path, written *strictyaml.Scalar, metric Metric) (float64, bool) {
	defer v.judging(CheckThreshold)()
	if written == nil || v.at.Broken(path) {
		return 0, false
	}
	value, problem := parseThreshold(*written, metric)
	if problem != nil {
		v.problem(path, problem)
	}
	return value, problem == nil
}
