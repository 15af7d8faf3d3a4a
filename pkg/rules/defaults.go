package rules

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Defaults that documentation and messages refer to.
const (
	defaultInterval    = 30 * time.Second
	defaultMaxAge      = 3 * time.Minute
	defaultKeepLastFor = 15 * time.Minute
	defaultAvoidPoints = 50
	defaultEvictAfter  = 5 * time.Minute

	defaultSteadyWindow = 15 * time.Minute
)

// setDefaults fills what was left out. Two defaults are not values: a condition
// without clear clears at its threshold, and a rule without maxPodPriority
// governs every priority.
func setDefaults(f *File) {
	for i := range f.Metrics {
		setMetricDefaults(&f.Metrics[i])
	}
	for i := range f.Rules {
		setRuleDefaults(&f.Rules[i])
	}
	for i := range f.Preferences {
		setPreferenceDefaults(&f.Preferences[i])
	}
}

func setMetricDefaults(m *MetricSpec) {
	orElse(&m.Join, JoinSpec{})
	orWord(&m.Join.Series, "auto")
	orWord(&m.Join.Node, "auto")
	orWord(&m.Combine, "none")
	orElse(&m.Interval, strictyaml.Duration(defaultInterval))
	orElse(&m.MaxAge, strictyaml.Duration(defaultMaxAge))
}

func setRuleDefaults(r *RuleSpec) {
	orElse(&r.For, 0)
	orElse(&r.KeepFiringFor, 0)
	orWord(&r.OnUnknown, UnknownAllow)
	orElse(&r.KeepLastFor, strictyaml.Duration(defaultKeepLastFor))
	orWord(&r.Mode, Enforce)
	orElse(&r.Nodes, SelectorSpec{})
	orElse(&r.Pods, SelectorSpec{})
	orElse(&r.Namespaces, SelectorSpec{})
	orElse(&r.IncludeDaemonSets, false)
	if r.Actions != nil {
		setActionDefaults(r.Actions)
	}
}

func setActionDefaults(a *ActionsSpec) {
	if a.Block != nil {
		orWord(&a.Block.WhenAllBlocked, DoNotSchedule)
	}
	if a.Avoid != nil {
		orElse(&a.Avoid.Points, defaultAvoidPoints)
	}
	if a.Evict != nil {
		orWord(&a.Evict.Goal, Relieve)
		orElse(&a.Evict.After, strictyaml.Duration(defaultEvictAfter))
		orWord(&a.Evict.Mode, Enforce)
		if a.Evict.Homes != nil {
			orElse(&a.Evict.Homes.MinNodes, 1)
		}
	}
}

func setPreferenceDefaults(p *PreferenceSpec) {
	orElse(&p.Weight, 1)
	orWord(&p.OnUnknown, Worst)
	orElse(&p.Nodes, SelectorSpec{})
	orElse(&p.Pods, SelectorSpec{})
	if p.Prefer == PreferSteady {
		orElse(&p.Steady, SteadySpec{})
		orElse(&p.Steady.Window, strictyaml.Duration(defaultSteadyWindow))
		orElse(&p.Steady.Deviations, 1)
	}
}

// orElse fills a pointer that was left out.
func orElse[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}

// orWord fills a word that was left out.
func orWord[T ~string](field *T, value T) {
	if *field == "" {
		*field = value
	}
}
