package convert

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// rule is a text of one rule.
func rule(configMap, name, threshold string) *draft.Text {
	return &draft.Text{Name: configMap, Key: "rules.yaml", Rules: []draft.Item[rules.RuleSpec]{{Spec: rules.RuleSpec{
		Name: name, When: &rules.ConditionSpec{Metric: "memory", Above: &strictyaml.Scalar{Text: threshold}},
		Actions: &rules.ActionsSpec{Block: &rules.BlockSpec{}},
	}}}}
}

// TestTheResultIsJudged converts to what lint refuses, which no converter should.
func TestTheResultIsJudged(t *testing.T) {
	for name, tc := range map[string]struct {
		texts []*draft.Text
		want  string
	}{
		"two rules of one name are told apart by lint": {[]*draft.Text{rule("a", "hot", "90%"), rule("b", "hot", "80%")}, "defined differently"},
		"two rules are written":                        {[]*draft.Text{rule("a", "hot", "90%"), rule("b", "warm", "80%")}, "2 rules and 0 preferences are in force"},
	} {
		for _, format := range []string{configMapFormat, rulesFormat} {
			t.Run(name+" as "+format, func(t *testing.T) {
				var out, errs bytes.Buffer
				o := &options{env: cli.NewEnv(genericiooptions.IOStreams{Out: &out, ErrOut: &errs}), scheduler: "telemetry-scheduler"}
				o.addTo(&cobra.Command{})
				_ = o.output.Set(format)
				err := o.write(tc.texts)
				refused := !strings.Contains(tc.want, "in force")
				if errors.Is(err, cli.ErrFindings) != refused || (out.Len() == 0) != refused {
					t.Errorf("it ended with %v and wrote %q", err, &out)
				}
				if format == configMapFormat && !strings.Contains(errs.String(), tc.want) {
					t.Errorf("it said %q", &errs)
				}
			})
		}
	}
}
