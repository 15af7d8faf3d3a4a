package schema

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

type schema = jsonschema.Schema

// thresholdForm is a number, a percentage, a quantity or a duration.
const thresholdForm = `^([-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?(%|n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?|([0-9]+(y|w|d|h|m|s|ms))+)$`

// nameForm is that of the names of metrics, rules and preferences.
const nameForm = `^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`

// rulesMaker knows what the types of rules do not say.
func rulesMaker(t *testing.T) *maker {
	more := map[string]func(*schema){
		"File.apiVersion":          constant(rules.APIVersion),
		"File.kind":                constant(rules.Kind),
		"File":                     requires("apiVersion", "kind"),
		"MetricSpec":               metric,
		"MetricSpec.name":          ownMetric,
		"MetricSpec.query":         pattern(`\S`),
		"MetricSpec.unit":          unit,
		"MetricSpec.combine":       words("none", "max", "min", "avg", "sum"),
		"CustomMetricSpec.name":    pattern(`\S`),
		"JoinSpec.node":            pattern(`^(auto|name|hostname|internalIP|podIP|label:.+)$`),
		"InFlightSpec.as":          words("Used", "Free"),
		"RuleSpec":                 keepLast,
		"SelectorSpec.matchLabels": func(s *schema) { labelValue(s.AdditionalProperties) },
		"ExpressionSpec.values":    func(s *schema) { labelValue(s.Items) },
		"RuleSpec.name":            pattern(nameForm),
		"RuleSpec.maxPodPriority":  between(-1<<31, 2e9-1),
		"ConditionSpec":            condition,
		"ConditionSpec.any":        least(1),
		"ConditionSpec.all":        least(1),
		"ExpressionSpec":           expression,
		"ExpressionSpec.operator":  words("In", "NotIn", "Exists", "DoesNotExist"),
		"ActionsSpec":              func(s *schema) { s.MinProperties = jsonschema.Ptr(1) },
		"AvoidSpec.points":         between(1, 100),
		"PreferenceSpec":           preference,
		"PreferenceSpec.name":      pattern(nameForm),
		"PreferenceSpec.metric":    pattern(`\S`),
		"PreferenceSpec.weight":    between(1, 100),
		"PreferenceSpec.range":     func(s *schema) { s.MinItems, s.MaxItems = jsonschema.Ptr(2), jsonschema.Ptr(2) },
		"SteadySpec.deviations":    func(s *schema) { s.Minimum = jsonschema.Ptr(0.0) },
		"EvictSpec.minReplicas":    between(1, 10_000),
		"EvictSpec.allow":          func(s *schema) { words(allowed...)(s.Items) },
		"PerHourSpec.node":         between(1, 10_000),
		"PerHourSpec.owner":        between(1, 10_000),
		"PerHourSpec.namespace":    between(1, 10_000),
		"PerHourSpec.total":        between(1, 10_000),
		"HomesSpec.minNodes":       between(1, 10_000),
		"LabelSpec.value":          pattern(`\S`),
		"TaintSpec.effect":         words("NoSchedule", "PreferNoSchedule"),
		"ConditionSpec.metric":     pattern(`\S`),
	}
	return newMaker(t, "../../rules", &schema{Types: []string{"string", "number"}, Pattern: thresholdForm}, more)
}

// testsMaker does the same for tests of rules, which hold rules too.
func testsMaker(t *testing.T) *maker {
	byNode := func(known ...any) func(*schema) {
		return func(s *schema) { words(known...)(s.AdditionalProperties) }
	}
	named := func(s *schema) { requires("name")(s) }
	list := func(definition string) func(*schema) {
		return func(s *schema) {
			s.Type, s.Items = "array", &schema{Ref: "#/definitions/" + definition}
		}
	}
	scalar := &schema{Types: []string{"string", "number", "boolean"}}
	return newMaker(t, "../../scenario", scalar, map[string]func(*schema){
		"spec":             requires("apiVersion", "kind", "nodes", "cases"),
		"spec.apiVersion":  constant(rules.APIVersion),
		"spec.kind":        constant("RuleTests"),
		"spec.metrics":     list("Metric"),
		"spec.rules":       list("Rule"),
		"spec.preferences": list("Preference"),
		"namespaceSpec":    named,
		"nodeSpec":         named,
		"podSpec":          named,
		"podSpec.count":    func(s *schema) { s.Minimum = jsonschema.Ptr(1.0) },
		"seriesSpec": func(s *schema) {
			requires("values")(s)
			s.OneOf = []*schema{{Required: []string{"series"}}, {Required: []string{"metric", "node"}}}
		},
		"caseSpec":         requires("at", "expect"),
		"expectSpec":       expectation,
		"expectSpec.phase": byNode("inactive", "pending", "firing", "keeping", "not judged"),
		"expectSpec.truth": byNode("True", "False", "Unknown", "not judged", true, false),
		"expectSpec.placed": func(s *schema) {
			s.AnyOf[0] = &schema{Type: "string"}
			s.AnyOf[1].AdditionalProperties = &schema{Type: "integer", Minimum: jsonschema.Ptr(0.0)}
		},
		"spec.eviction":                 func(s *schema) { s.Type = "object" },
		"budgetSpec":                    requires("name", "matchLabels", "disruptionsAllowed"),
		"budgetSpec.disruptionsAllowed": func(s *schema) { s.Minimum = jsonschema.Ptr(0.0) },
		"podSpec.replicas":              func(s *schema) { s.Minimum = jsonschema.Ptr(1.0) },
		"pauseSpec":                     func(s *schema) { s.AnyOf = each("block", "evict") },
		"silenceSpec":                   func(s *schema) { s.AnyOf = each("rule", "node") },
		"outageSpec":                    func(s *schema) { s.Not = &schema{Required: []string{"source", "metric"}} },
		"expectSpec.reason":             words(append(reasons(), "not firing")...),
		"expectSpec.spared":             byNode(append(reasons(), "none")...),
	})
}

// reasons are those of evictions.
func reasons() (out []any) {
	for _, r := range plan.Reasons() {
		out = append(out, string(r))
	}
	return out
}

// expectation is about one thing, and says something of it.
func expectation(s *schema) {
	s.OneOf = each("rule", "metric", "pod", "node")
	s.AnyOf = each("phase", "truth", "says", "value", "blocked", "why", "best", "scores", "needs", "placed", "victims", "home", "reason", "spared")
	rule, metric, pod, node := []string{"rule"}, []string{"metric"}, []string{"pod"}, []string{"node"}
	s.DependencyStrings = map[string][]string{
		"phase": rule, "truth": rule, "says": rule, "value": metric, "blocked": pod, "why": pod, "best": pod, "scores": pod, "needs": pod, "placed": pod,
		"victims": node, "home": node, "reason": node, "spared": node,
	}
}

var allowed = []any{"localStorage", "persistentVolumes", "jobs", "resourceClaims", "schedulingGroups", "unknownOwners", "otherSchedulers"}

func constant(value any) func(*schema)  { return func(s *schema) { s.Const = &value } }
func pattern(form string) func(*schema) { return func(s *schema) { s.Pattern = form } }
func words(known ...any) func(*schema)  { return func(s *schema) { s.Enum = known } }
func least(items int) func(*schema)     { return func(s *schema) { s.MinItems = &items } }
func requires(fields ...string) func(*schema) {
	return func(s *schema) { s.Required = fields }
}

func between(least, most float64) func(*schema) {
	return func(s *schema) { s.Minimum, s.Maximum = &least, &most }
}

// each are the schemas that require one field each.
func each(fields ...string) (out []*schema) {
	for _, field := range fields {
		out = append(out, &schema{Required: []string{field}})
	}
	return out
}

func metric(s *schema) {
	s.OneOf = each("query", "customMetric")
	s.DependencyStrings = map[string][]string{"podLabels": {"podQuery"}, "podQuery": {"query"}, "ageQuery": {"query"}, "zeroWhile": {"query"}}
}

// ownMetric is the name of a metric beside the built-in ones.
func ownMetric(s *schema) {
	s.Pattern, s.Not = nameForm, &schema{}
	for _, name := range slices.Sorted(maps.Keys(rules.Builtins(time.Second, time.Minute))) {
		s.Not.Enum = append(s.Not.Enum, name)
	}
}

// unit may be any word.
func unit(s *schema) {
	s.Examples, s.Enum, s.Pattern = s.Enum, nil, `^[A-Za-z][A-Za-z0-9/%._-]{0,30}$`
}

func labelValue(s *schema) {
	s.Pattern, s.MaxLength = `^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$`, jsonschema.Ptr(63)
}

// keepLast is how long the one policy holds that has a time.
func keepLast(s *schema) {
	s.If = &schema{Required: []string{"keepLastFor"}}
	s.Then = &schema{Required: []string{"onUnknown"}, Properties: map[string]*schema{"onUnknown": {Const: jsonschema.Ptr[any]("KeepLast")}}}
}

var comparisons = []string{"above", "atLeast", "below", "atMost", "equal", "notEqual"}

// condition is a tree of one kind, or a metric with one comparison.
func condition(s *schema) {
	s.OneOf = each("metric", "any", "all", "not")
	s.DependencyStrings = map[string][]string{"clear": {"metric"}}
	for _, comparison := range comparisons {
		s.DependencyStrings[comparison] = []string{"metric"}
	}
	s.If = &schema{Required: []string{"metric"}}
	s.Then = &schema{OneOf: each(comparisons...)}
	s.Not = &schema{Required: []string{"clear"}, AnyOf: each("equal", "notEqual")}
}

// expression is a requirement with values, or without.
func expression(s *schema) {
	var with, without any = []any{"In", "NotIn"}, []any{"Exists", "DoesNotExist"}
	operator := func(words any) *schema {
		return &schema{Properties: map[string]*schema{"operator": {Enum: words.([]any)}}}
	}
	has := &schema{Required: []string{"values"}, Properties: map[string]*schema{"values": {MinItems: jsonschema.Ptr(1)}}}
	s.AllOf = []*schema{
		{If: operator(with), Then: has},
		{If: operator(without), Then: &schema{Properties: map[string]*schema{"values": {MaxItems: jsonschema.Ptr(0)}}}},
	}
}

// preference has fields that go with one word.
func preference(s *schema) {
	only := func(word any, field string, required bool) *schema {
		out := &schema{
			If:   &schema{Properties: map[string]*schema{"prefer": {Const: &word}}},
			Else: &schema{Not: &schema{Required: []string{field}}},
		}
		if required {
			out.Then = &schema{Required: []string{field}}
		}
		return out
	}
	s.AllOf = []*schema{only("Near", "target", true), only("Steady", "steady", false)}
	s.Not = &schema{Required: []string{"range", "minSpread"}}
}
