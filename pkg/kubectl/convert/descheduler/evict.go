package descheduler

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// namespaceLabel is what Kubernetes puts on every namespace.
const namespaceLabel = "kubernetes.io/metadata.name"

// evict says how pods are moved.
func (b *balancing) evict() *rules.EvictSpec {
	under := b.branches("thresholds", func(c *rules.ConditionSpec, limit *strictyaml.Scalar) { c.AtMost = limit })
	homes := &rules.HomesSpec{When: &rules.ConditionSpec{All: under}}
	if len(under) == 1 {
		homes.When = &under[0]
	}
	if enough := b.args.NumberOfNodes + 1; enough > 1 {
		homes.MinNodes = &enough
	}
	out := &rules.EvictSpec{Goal: rules.Relieve, Homes: homes, Limits: b.limits()}
	if b.prometheus() {
		out.Goal = rules.Vacate
		b.said.Note(&b.notes, draft.Note, b.said.At.Key(root+".metricsUtilization"), "give the metric inFlight, and the goal Relieve", "a query does not say what a pod contributes, so pods are moved one at a time while the rule fires")
	}
	if len(b.args.EvictionModes) > 0 {
		b.said.Note(&b.notes, draft.Note, b.said.At.Key(root+".evictionModes"), "", "evictionModes have no counterpart")
	}
	return out
}

// limits are the least of those that the policy has, by the hour instead of by the cycle.
func (b *balancing) limits() *rules.LimitsSpec {
	perHour := rules.PerHourSpec{Node: b.policy.PerNode, Namespace: b.policy.PerNamespace, Total: b.policy.Total}
	if l := b.args.EvictionLimits; l != nil && l.Node != nil && (perHour.Node == nil || *l.Node < *perHour.Node) {
		perHour.Node = l.Node
	}
	if perHour == (rules.PerHourSpec{}) {
		return nil
	}
	b.said.Note(&b.notes, draft.Note, b.at, "", "the limits of evictions count those of a cycle there, and those of an hour here")
	return &rules.LimitsSpec{PerHour: &perHour}
}

// nodes selects the nodes that the policy looks at.
func (b *balancing) nodes() *rules.SelectorSpec {
	if b.policy.NodeSelector == "" {
		return nil
	}
	selector, err := labels.Parse(b.policy.NodeSelector)
	if err != nil {
		b.Wrong("nodeSelector", "", "%q is no selector: %v", strictyaml.Show(b.policy.NodeSelector), err)
		return nil
	}
	out := &rules.SelectorSpec{}
	requirements, _ := selector.Requirements()
	for _, r := range requirements {
		b.require(out, r)
	}
	return out
}

// require adds a requirement to a selector.
func (b *balancing) require(to *rules.SelectorSpec, r labels.Requirement) {
	values := r.Values().UnsortedList()
	slices.Sort(values)
	if len(values) == 0 {
		values = nil
	}
	operator := map[selection.Operator]string{
		selection.In: "In", selection.NotIn: "NotIn", selection.NotEquals: "NotIn",
		selection.Exists: "Exists", selection.DoesNotExist: "DoesNotExist",
	}[r.Operator()]
	switch equals := r.Operator() == selection.Equals || r.Operator() == selection.DoubleEquals; {
	case equals && to.MatchLabels[r.Key()] == "":
		if to.MatchLabels == nil {
			to.MatchLabels = map[string]string{}
		}
		to.MatchLabels[r.Key()] = values[0]
	case operator == "" && !equals:
		b.Wrong("nodeSelector", "", "a rule cannot compare labels by %s", r.Operator())
	default:
		if equals {
			operator = "In"
		}
		to.MatchExpressions = append(to.MatchExpressions, rules.ExpressionSpec{Key: r.Key(), Operator: operator, Values: values})
	}
}

// namespaces selects those whose pods may be moved.
func (b *balancing) namespaces() *rules.SelectorSpec {
	n := b.args.EvictableNamespaces
	if n == nil {
		return nil
	}
	out := &rules.SelectorSpec{}
	if len(n.Include) > 0 {
		out.MatchExpressions = append(out.MatchExpressions, rules.ExpressionSpec{Key: namespaceLabel, Operator: "In", Values: n.Include})
	}
	if len(n.Exclude) > 0 {
		out.MatchExpressions = append(out.MatchExpressions, rules.ExpressionSpec{Key: namespaceLabel, Operator: "NotIn", Values: n.Exclude})
	}
	if len(out.MatchExpressions) == 0 {
		return nil
	}
	return out
}

// evictor adds what DefaultEvictor says of the pods that may be moved.
func (b *balancing) evictor(path strictyaml.Path, p *profile, spec *rules.RuleSpec) {
	var e evictor
	said := b.conversion.args(path, p, defaultEvictor, &e)
	if said == nil {
		return
	}
	spec.Pods = e.LabelSelector
	if e.MinReplicas > 1 {
		spec.Actions.Evict.MinReplicas = &e.MinReplicas
	}
	b.priority(said, &e, spec)
	b.age(said, &e, spec.Actions.Evict)
	b.protections(said, &e, spec.Actions.Evict)
	for _, name := range []string{"nodeSelector", "noEvictionPolicy"} {
		if at := root.Child(name); said.At.Has(at) {
			said.Note(&b.notes, draft.Note, said.At.Key(at), "", "%s of %s has no counterpart", name, defaultEvictor)
		}
	}
	b.said.Remarks = append(b.said.Remarks, said.Remarks...)
}

// priority leaves alone the pods at the threshold and above it.
func (b *balancing) priority(said *draft.Reporter, e *evictor, spec *rules.RuleSpec) {
	switch t := e.PriorityThreshold; {
	case t == nil:
	case t.Value != nil:
		highest := *t.Value - 1
		spec.MaxPodPriority = &highest
	case t.Name != "":
		said.Note(&b.notes, draft.Warning, said.At.Value(root+".priorityThreshold.name"), "write maxPodPriority, one less than the value of the class", "nobody but the cluster knows the value of the PriorityClass %s", strictyaml.Show(t.Name))
	}
}

func (b *balancing) age(said *draft.Reporter, e *evictor, evict *rules.EvictSpec) {
	if e.MinPodAge == nil {
		return
	}
	age, err := time.ParseDuration(e.MinPodAge.Text)
	if err != nil || age < 0 {
		said.Wrong(root+".minPodAge", "write it like 5m", "%q is no duration", strictyaml.Show(e.MinPodAge.Text))
		return
	}
	least := strictyaml.Duration(age)
	evict.MinPodAge = &least
}

// never are the pods that no rule moves, as podProtections and the older fields call them.
var never = []struct {
	protection string
	field      string
	written    func(*evictor) bool
}{
	{"DaemonSetPods", "evictDaemonSetPods", func(e *evictor) bool { return e.EvictDaemonSetPods }},
	{"SystemCriticalPods", "evictSystemCriticalPods", func(e *evictor) bool { return e.EvictSystemCriticalPods }},
	{"FailedBarePods", "evictFailedBarePods", func(e *evictor) bool { return e.EvictFailedBarePods }},
}

// protections lets pods be moved that a rule protects unless it is told otherwise.
func (b *balancing) protections(said *draft.Reporter, e *evictor, evict *rules.EvictSpec) {
	var disabled []string
	if e.PodProtections != nil {
		disabled = e.PodProtections.DefaultDisabled
	}
	if e.EvictLocalStoragePods || slices.Contains(disabled, "PodsWithLocalStorage") {
		evict.Allow = append(evict.Allow, "localStorage")
	}
	for _, n := range never {
		at := root.Child(n.field)
		if i := slices.Index(disabled, n.protection); i >= 0 {
			at = root.Child("podProtections").Child("defaultDisabled").Index(i)
		} else if !n.written(e) {
			continue
		}
		said.Note(&b.notes, draft.Warning, said.At.Value(at), "", "a rule never moves what the descheduler calls %s", n.protection)
	}
	if e.PodProtections != nil && slices.Contains(e.PodProtections.ExtraEnabled, "PodsWithoutPDB") || e.IgnorePodsWithoutPDB {
		said.Note(&b.notes, draft.Warning, b.at, "", "a rule also moves pods without a PodDisruptionBudget")
	}
}
