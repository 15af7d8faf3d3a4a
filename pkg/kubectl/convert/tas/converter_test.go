package tas_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
)

// many is a policy whose strategy has so many rules.
func many(n int) string {
	var out strings.Builder
	out.WriteString("apiVersion: telemetry.intel.com/v1alpha1\nkind: TASPolicy\nmetadata: {name: many}\nspec:\n  strategies:\n    dontschedule:\n      rules:\n")
	for i := range n {
		fmt.Fprintf(&out, "      - {metricname: m%d, operator: LessThan, target: 1}\n", i)
	}
	return out.String()
}

func TestWhatARuleCannotHoldIsAnError(t *testing.T) {
	for n, want := range map[int][]string{
		50: nil,
		51: {`policy.yaml:6:5: error: this cannot be a rule: "when" compares 51 times, and at most 50 are allowed; split the rule`},
	} {
		var got []string
		for _, r := range convert(many(n)).Remarks {
			got = append(got, r.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d rules: %s", n, diff)
		}
	}
}

// TestOneMetricIsOneEverywhere converts policies that name metrics which look alike here.
func TestOneMetricIsOneEverywhere(t *testing.T) {
	c := convert(many(1))
	c.Add("other.yaml", []byte(strings.NewReplacer("many", "other", "m0", "M0").Replace(many(1))))
	c.Add("again.yaml", []byte(strings.NewReplacer("many", "again").Replace(many(1))))
	got := map[string]string{}
	for _, text := range c.Texts {
		for _, m := range text.Metrics {
			if known, found := got[m.Spec.CustomMetric.Name]; found && known != m.Spec.Name {
				t.Errorf("%s is %s and %s", m.Spec.CustomMetric.Name, known, m.Spec.Name)
			}
			got[m.Spec.CustomMetric.Name] = m.Spec.Name
		}
	}
	if len(got) != 2 || got["m0"] == got["M0"] || draft.AnyError(c.Remarks) {
		t.Errorf("the metrics are called %v: %v", got, c.Remarks)
	}
}

// FuzzAdd converts whatever text there is: it never panics, and what it writes can be
// read.
func FuzzAdd(f *testing.F) {
	f.Add(many(2))
	f.Add("kind: List\nitems: [{kind: TASPolicy, metadata: {name: a}, spec: {strategies: {labeling: {rules: [{metricname: b, operator: Equals, labels: [c=d]}]}}}}]\n")
	f.Add("kind: TASPolicyList\nitems: [{spec: {strategies: {scheduleonmetric: {logicalOperator: allOf, rules: [{}]}}}}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		c := convert(text)
		if draft.AnyError(c.Remarks) {
			return
		}
		for _, one := range c.Texts {
			if len(one.Rules)+len(one.Preferences) == 0 {
				continue
			}
			if err := laterOnly(draft.Bare([]*draft.Text{one})); err != nil {
				t.Errorf("%v\n%s", err, draft.Bare(c.Texts))
			}
		}
	})
}
