package tas

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// podLabel names a pod's policy, in the pod's own namespace.
const podLabel = "telemetry-policy"

// longestLabel is the longest value of a label.
const longestLabel = 63

// namespaceLabel is what Kubernetes puts on every namespace.
const namespaceLabel = "kubernetes.io/metadata.name"

// convert makes the text of a policy.
func (c *conversion) convert() {
	all := strictyaml.Path("spec.strategies")
	if len(c.policy.Spec.Strategies) == 0 {
		c.Wrong(all, "add one, or remove the policy", "the policy has no strategy")
	}
	for _, name := range slices.Sorted(keys(c.policy.Spec.Strategies)) {
		if !slices.Contains(strategies, name) {
			path := all.Key(name)
			c.Remark(draft.Error, c.At.Key(path), strictyaml.DidYouMean(name, strategies), "there is no strategy %q, and TAS ignores it", strictyaml.Show(name))
		}
	}
	for _, name := range strategies {
		if s, written := c.policy.Spec.Strategies[name]; written {
			c.strategy(all.Key(name), name, &s)
		}
	}
}

func (c *conversion) strategy(path strictyaml.Path, name string, s *strategy) {
	if !c.checked(path, name, s) {
		return
	}
	switch name {
	case dontSchedule:
		c.dontSchedule(path, s)
	case scheduleOnMetric:
		c.scheduleOnMetric(path, s)
	case deschedule:
		c.deschedule(path, s)
	case labeling:
		c.labeling(path, s)
	}
}

// checked finds what TAS ignores, or fails at, and tells nobody. It reports whether the
// strategy can be converted.
func (c *conversion) checked(path strictyaml.Path, name string, s *strategy) bool {
	before := len(c.Reporter.Remarks)
	list := path.Child("rules")
	if s.PolicyName != "" && s.PolicyName != c.policy.Metadata.Name {
		c.Remark(draft.Warning, c.At.Value(path.Child("policyName")), "", "TAS ignores policyName, and the name of the policy is %q", c.policy.Metadata.Name)
	}
	if !slices.Contains([]string{"", anyOf, allOf}, s.LogicalOperator) {
		c.Wrong(path.Child("logicalOperator"), strictyaml.DidYouMean(s.LogicalOperator, []string{anyOf, allOf}), "there is no logicalOperator %q, and TAS takes it for %s", strictyaml.Show(s.LogicalOperator), anyOf)
	}
	if len(s.Rules) == 0 {
		c.Wrong(list, "add one, or remove the strategy", "the strategy %s has no rules, and TAS ignores it", name)
	}
	for i := range s.Rules {
		c.checkRule(list.Index(i), name, &s.Rules[i])
	}
	return len(s.Rules) > 0 && !c.At.Broken(path) && !slices.ContainsFunc(c.Reporter.Remarks[before:], func(r draft.Remark) bool { return r.Severity == draft.Error })
}

func (c *conversion) checkRule(path strictyaml.Path, strategy string, r *rule) {
	switch operator := path.Child("operator"); {
	case r.Operator == "":
		c.Wrong(operator, "write one of "+strings.Join(operators, ", "), "the rule has no operator, at which TAS fails")
	case !slices.Contains(operators, r.Operator):
		c.Wrong(operator, strictyaml.DidYouMean(r.Operator, operators), "there is no operator %q, at which TAS fails", strictyaml.Show(r.Operator))
	}
	c.checkMetric(path.Child("metricname"), r.Metricname)
	if strategy == labeling {
		c.checkLabels(path.Child("labels"), r.Labels)
	} else if len(r.Labels) > 0 {
		c.Remark(draft.Warning, c.At.Key(path.Child("labels")), "they belong to "+labeling, "TAS ignores the labels of %s", strategy)
	}
}

func (c *conversion) checkLabels(path strictyaml.Path, list []string) {
	for i, label := range list {
		key, value, _ := strings.Cut(label, "=")
		if strings.Count(label, "=") != 1 || key == "" {
			c.Wrong(path.Index(i), "write it like key=value", "%q is no label, and TAS ignores it together with the others of the node", strictyaml.Show(label))
			continue
		}
		if found := append(validation.IsQualifiedName(c.labelKey(key)), validation.IsValidLabelValue(value)...); len(found) > 0 {
			why, _, _ := strings.Cut(found[0], " (e.g.")
			c.Wrong(path.Index(i), "", "no node can have the label %q, and TAS only logs it: %s", strictyaml.Show(label), why)
		}
	}
}

func (c *conversion) dontSchedule(path strictyaml.Path, s *strategy) {
	n := c.written(dontSchedule)
	yes := true
	when := c.condition(&n, path, s)
	c.addRule(path, n, rules.RuleSpec{
		Name: c.name(dontSchedule), When: when, Pods: c.pods(), Namespaces: c.namespaces(),
		IncludeDaemonSets: &yes, Actions: &rules.ActionsSpec{Block: &rules.BlockSpec{}},
	})
}

func (c *conversion) deschedule(path strictyaml.Path, s *strategy) {
	n := c.written(deschedule)
	when := c.condition(&n, path, s)
	actions := &rules.ActionsSpec{Evict: &rules.EvictSpec{Goal: rules.Vacate}}
	if c.ViolatingLabel {
		actions.Label = &rules.LabelSpec{Key: c.labelKey(deschedule), Value: violating}
		c.Note(&n, draft.Note, c.At.Key(path), "what reads the label must be told", "TAS labels nodes %s=%s, and this rule %s=%s", c.policy.Metadata.Name, violating, actions.Label.Key, violating)
	}
	c.Note(&n, draft.Note, c.At.Key(path), "", "TAS only labels the node, and another program evicts all pods of the policy at once; this rule moves those that have a home, one at a time, once it has been firing for 5m")
	c.addRule(path, n, rules.RuleSpec{
		Name: c.name(deschedule), When: when, Pods: c.pods(), Namespaces: c.namespaces(), Actions: actions,
	})
}

// violating is the value of the label that deschedule puts on nodes.
const violating = "violating"

// scheduleOnMetric makes a preference of the first rule, which is all that TAS looks at.
func (c *conversion) scheduleOnMetric(path strictyaml.Path, s *strategy) {
	first, at, n := &s.Rules[0], path.Child("rules").Index(0), c.written(scheduleOnMetric)
	if s.LogicalOperator != "" {
		c.Remark(draft.Warning, c.At.Key(path.Child("logicalOperator")), "", "TAS ignores the logicalOperator of %s", scheduleOnMetric)
	}
	if first.Target != nil {
		c.Remark(draft.Warning, c.At.Key(at.Child("target")), "", "TAS ignores the target of %s", scheduleOnMetric)
	}
	for i := 1; i < len(s.Rules); i++ {
		c.Remark(draft.Warning, c.At.Value(path.Child("rules").Index(i)), "make a preference of it, if it is wanted", "TAS ignores all rules of %s but the first", scheduleOnMetric)
	}
	prefer := map[string]rules.Prefer{greaterThan: rules.PreferHigh, lessThan: rules.PreferLow}[first.Operator]
	if prefer == "" {
		c.Remark(draft.Warning, c.At.Value(at.Child("operator")), "", "with %s TAS ranks the nodes at random, so nothing is made of %s", equals, scheduleOnMetric)
		return
	}
	c.Note(&n, draft.Note, c.At.Key(path), "", "TAS gives points by the order of the nodes, ten to the best and one less to each that follows; a preference gives them by the values themselves")
	c.everywhere(&n, path)
	c.text.Preferences = append(c.text.Preferences, draft.Item[rules.PreferenceSpec]{
		At: c.At.Key(path), Notes: n,
		Spec: rules.PreferenceSpec{Name: c.name(scheduleOnMetric), Metric: c.metric(at, first.Metricname), Prefer: prefer, Pods: c.pods()},
	})
}

// everywhere says that preferences know no namespaces.
func (c *conversion) everywhere(n *draft.Notes, path strictyaml.Path) {
	m := c.policy.Metadata
	c.Note(n, draft.Note, c.At.Key(path), "", "a preference holds for all pods with the label %s: %s, in whichever namespace", podLabel, m.Name)
	if other := c.preferring[m.Name]; other != "" {
		c.Note(n, draft.Warning, c.At.Key(path), "give one of the policies another name", "the policy %s/%s has a preference too, and pods of both namespaces follow both", other, m.Name)
	}
	c.preferring[m.Name] = m.Namespace
}

func (c *conversion) addRule(path strictyaml.Path, n draft.Notes, spec rules.RuleSpec) {
	c.text.Rules = append(c.text.Rules, draft.Item[rules.RuleSpec]{Spec: spec, At: c.At.Key(path), Notes: n})
}

// name is that of a rule, the same in every run, and another one in another namespace.
func (c *conversion) name(what string) string {
	return c.names.For("rule", c.policy.Metadata.Namespace+"/"+c.policy.Metadata.Name+"/"+what)
}

// pods selects the pods that name the policy.
func (c *conversion) pods() *rules.SelectorSpec {
	return &rules.SelectorSpec{MatchLabels: map[string]string{podLabel: c.policy.Metadata.Name}}
}

// namespaces selects the policy's namespace.
func (c *conversion) namespaces() *rules.SelectorSpec {
	return &rules.SelectorSpec{MatchLabels: map[string]string{namespaceLabel: c.policy.Metadata.Namespace}}
}
