package convert

import (
	"github.com/spf13/cobra"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/tas"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

const tasLong = `Make rules of TASPolicies, the policies of Telemetry Aware Scheduling.

Files may hold any objects, lists included; only TASPolicies are read. Each becomes a
ConfigMap of the scheduler's namespace, whose rules govern the pods of the policy: those
of its namespace with the label telemetry-policy.

Exit codes: 0, all policies are converted; 1, one says something that TAS ignores or that
cannot be a rule, and nothing is written; 2, the command was called wrongly, or could not
read a file.`

const tasExamples = `  # Files, a folder, standard input
  kubectl telemetry convert tas policies/ > rules.yaml
  kubectl get taspolicies -A -o yaml | kubectl telemetry convert tas - > rules.yaml

  # The metric x from the series node_x of Prometheus, without the adapter
  kubectl telemetry convert tas --prometheus policies/ > rules.yaml`

func newTAS(env *cli.Env) *cobra.Command {
	o := &options{env: env}
	converter := &tas.Converter{Options: tas.Options{Rules: settings.Default().Rules()}}
	command := &cobra.Command{
		Use: "tas FILES...", Short: "Make rules of TASPolicies", Long: tasLong, Example: tasExamples,
		RunE: func(_ *cobra.Command, files []string) error {
			if converter.Namespace = *env.Config.Namespace; converter.Namespace == "" {
				converter.Namespace = "default"
			}
			return o.convert(files, "TASPolicy", converter.Add, func() ([]*draft.Text, []draft.Remark) {
				return converter.Texts, converter.Remarks
			})
		},
	}
	o.addTo(command)
	command.Flags().BoolVar(&converter.Prometheus, "prometheus", false, "Read the metric x from the series node_x of Prometheus, joined by the label instance, instead of from custom.metrics.k8s.io.")
	command.Flags().StringVar(&converter.Source, "source", "", "The name of the operator's source that has the metrics, where there are several.")
	command.Flags().BoolVar(&converter.ViolatingLabel, "violating-label", false, "Let the rules of deschedule also label nodes, for programs that look for TAS' label.")
	return command
}
