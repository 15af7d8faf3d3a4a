package rules

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// systemCritical is the lowest priority of pods that no rule ever governs.
const systemCritical = 2_000_000_000

// rules checks and compiles every rule.
func (v *validator) rules(specs []RuleSpec) []Rule {
	taken := map[string]int{}
	compiled := make([]Rule, len(specs))
	for i := range specs {
		if len(v.mistakes) >= enough {
			break
		}
		path := strictyaml.Path("rules").Index(i)
		v.name(path, specs[i].Name, taken)
		compiled[i] = v.rule(path, &specs[i])
	}
	return compiled
}

// rule checks one rule but for its name.
func (v *validator) rule(path strictyaml.Path, s *RuleSpec) Rule {
	v.timing(path, s)
	v.governed(path, s)
	v.mode(path.Child("mode"), s.Mode)
	at := v.at.Value(path)
	rule := Rule{
		Namespace: v.opts.Namespace, Name: s.Name, Description: s.Description,
		Origin:        Origin{File: v.file, Line: at.Line, Column: at.Column},
		When:          v.when(path, s),
		For:           time.Duration(*s.For),
		KeepFiringFor: time.Duration(*s.KeepFiringFor),
		OnUnknown:     s.OnUnknown, KeepLastFor: time.Duration(*s.KeepLastFor),
		Nodes: v.selector(path.Child("nodes"), s.Nodes), Pods: v.selector(path.Child("pods"), s.Pods),
		Namespaces:        v.selector(path.Child("namespaces"), s.Namespaces),
		IncludeDaemonSets: *s.IncludeDaemonSets, MaxPodPriority: s.MaxPodPriority, DryRun: s.Mode == DryRun,
	}
	v.actions(path, s, &rule)
	v.tooQuick(path, &rule)
	v.bounded(path, &rule)
	return rule
}

func (v *validator) mode(at strictyaml.Path, mode Mode) {
	defer v.judging(CheckMode)()
	word(v.reporter, at, mode, Enforce, DryRun)
}

// when checks the condition of a rule.
func (v *validator) when(path strictyaml.Path, s *RuleSpec) Condition {
	defer v.judging(CheckCondition)()
	if s.When == nil {
		v.missing(path, "when", "write it like {metric: memory, above: 90%}")
		return Condition{}
	}
	return v.condition(path.Child("when"), s.When)
}

// timing checks onUnknown and what depends on it.
func (v *validator) timing(path strictyaml.Path, s *RuleSpec) {
	defer v.judging(CheckUnknown)()
	word(v.reporter, path.Child("onUnknown"), s.OnUnknown, UnknownAllow, UnknownBlock, UnknownKeepLast)
	keepLast := path.Child("keepLastFor")
	switch {
	case !v.at.Has(keepLast):
	case s.OnUnknown != UnknownKeepLast:
		v.key(keepLast, `write "onUnknown: KeepLast" or remove it`, `"keepLastFor" has no meaning with "onUnknown: %s"`, s.OnUnknown)
	case *s.KeepLastFor == 0:
		v.value(keepLast, `write "onUnknown: Allow" instead`, `"keepLastFor" of 0s keeps nothing`)
	}
	if v.opts.Namespace != "" && s.OnUnknown == UnknownBlock {
		v.notInNamespace(v.value, path.Child("onUnknown"), "leave it to a rule of the cluster", "a rule of one namespace cannot block on absent telemetry")
	}
}

// governed checks which pods a rule may govern.
func (v *validator) governed(path strictyaml.Path, s *RuleSpec) {
	defer v.judging(CheckGoverned)()
	priority, namespaces, daemons := path.Child("maxPodPriority"), path.Child("namespaces"), path.Child("includeDaemonSets")
	if s.MaxPodPriority != nil && *s.MaxPodPriority >= systemCritical {
		v.value(priority, "write less, or remove it", "pods of priority %d and above are system-critical, and no rule governs them", systemCritical)
	}
	if v.opts.Namespace != "" && v.at.Has(namespaces) {
		v.notInNamespace(v.key, namespaces, "remove it", `a rule of one namespace governs that namespace, and "namespaces" has no meaning`)
	}
	if v.at.Has(daemons) && s.Actions != nil && s.Actions.Block == nil && s.Actions.Avoid == nil {
		v.key(daemons, "remove it", `"includeDaemonSets" has no meaning without "block" or "avoid"`)
	}
}

// tooQuick warns of a time in which no second sample can arrive.
func (v *validator) tooQuick(path strictyaml.Path, rule *Rule) {
	defer v.judging(CheckFor)()
	slowest := Metric{}
	for leaf := range rule.When.Leaves() {
		if metric := v.metrics[leaf.Metric]; metric.Interval > slowest.Interval {
			slowest = metric
		}
	}
	if rule.For > 0 && rule.For < slowest.Interval {
		v.warn(path.Child("for"), "", `"for" is shorter than the %s between two samples of %s: the rule fires at the second sample`,
			strictyaml.Duration(slowest.Interval), slowest.Name)
	}
}
