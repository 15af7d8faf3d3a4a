package tas

import (
	"strconv"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// labelKey is the key under which TAS puts a label on nodes.
func (c *conversion) labelKey(key string) string {
	return "telemetry.aware.scheduling." + c.policy.Metadata.Name + "/" + key
}

// labeling makes a rule of each label. What several rules say of one key goes by the
// largest value, or the smallest, here as there.
func (c *conversion) labeling(path strictyaml.Path, s *strategy) {
	c.checkShared(path, s)
	seen := map[string]bool{}
	for i := range s.Rules {
		r, at := &s.Rules[i], path.Child("rules").Index(i)
		if len(r.Labels) == 0 && s.LogicalOperator != allOf {
			c.Wrong(at, "add some, or remove the rule", "the rule has no labels, and TAS does nothing by it")
		}
		for j, label := range r.Labels {
			key, value, _ := strings.Cut(label, "=")
			once := label
			if s.LogicalOperator != allOf {
				once = string(at) + label
			}
			if seen[once] {
				continue
			}
			seen[once] = true
			n := c.ofRule(i)
			when := c.when(&n, path, s, i)
			c.text.Rules = append(c.text.Rules, draft.Item[rules.RuleSpec]{
				At: c.At.Value(at.Child("labels").Index(j)), Notes: n,
				Spec: rules.RuleSpec{
					Name: c.name("label-" + key + "-" + strconv.Itoa(i+1)), When: when,
					Actions: &rules.ActionsSpec{Label: &rules.LabelSpec{Key: c.labelKey(key), Value: value}},
				},
			})
		}
	}
}

// ofRule are the comments of a rule, and for the first one those of the strategy.
func (c *conversion) ofRule(i int) draft.Notes {
	key, value := c.strategyNodes(labeling)
	list := draft.Field(value, "rules")
	if i > 0 {
		return draft.Comments(list.Content[i])
	}
	return draft.Comments(key, draft.Key(value, "rules"), list.Content[0])
}

// when is the condition of a rule's labels: that of the rule, or with allOf of all.
func (c *conversion) when(n *draft.Notes, path strictyaml.Path, s *strategy, i int) *rules.ConditionSpec {
	if s.LogicalOperator == allOf {
		return c.condition(n, path, s)
	}
	leaf := c.leaf(n, path.Child("rules").Index(i), &s.Rules[i])
	return &leaf
}

// use is one rule's use of the key of a label.
type use struct {
	at       strictyaml.Path
	value    string
	operator string
	// alone says that it is the only label of its rule.
	alone bool
}

// checkShared finds the keys that TAS itself leaves to chance, or that have no winner.
func (c *conversion) checkShared(path strictyaml.Path, s *strategy) {
	first := map[string]use{}
	for i := range s.Rules {
		r, own := &s.Rules[i], map[string]string{}
		for j, label := range r.Labels {
			key, value, _ := strings.Cut(label, "=")
			this := use{path.Child("rules").Index(i).Child("labels").Index(j), value, r.Operator, len(r.Labels) == 1}
			if before, twice := own[key]; twice {
				c.twice(this, key, before)
				continue
			}
			own[key] = value
			if other, shared := first[key]; shared {
				c.shared(s, key, other, this)
			} else {
				first[key] = this
			}
		}
	}
}

// twice judges a key that one rule sets twice.
func (c *conversion) twice(this use, key, before string) {
	if this.value != before {
		c.Wrong(this.at, "keep one", "the rule gives the label %q two values, and TAS leaves it to chance which one stands", key)
	}
}

// shared judges two uses of one key.
func (c *conversion) shared(s *strategy, key string, a, b use) {
	switch {
	case s.LogicalOperator == allOf && a.value == b.value: // one label, written twice
	case s.LogicalOperator == allOf:
		c.Wrong(b.at, "give each value a key of its own", "the label %q has two values under %s, and a condition on several metrics has no single value by which the winner is found", key, allOf)
	case a.operator != b.operator:
		c.Wrong(b.at, "give it a key of its own", "rules that compare differently set the label %q: where both hold, TAS sets no label of the policy", key)
	case a.operator == equals:
		c.Wrong(b.at, "give it a key of its own", "several rules with %s set the label %q, and there is no largest value by which the winner is found", equals, key)
	case !a.alone || !b.alone:
		c.Remark(draft.Warning, c.At.Value(b.at), "", "several rules set the label %q and other labels too: TAS leaves it to chance which value stands, here it is that of the most extreme metric", key)
	}
}
