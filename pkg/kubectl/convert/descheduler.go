package convert

import (
	"github.com/spf13/cobra"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/descheduler"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

const deschedulerLong = `Make rules of a DeschedulerPolicy, as far as it goes by what is measured: of the plugin
LowNodeUtilization with metricsUtilization, and of what DefaultEvictor says of the pods
that it may move. The version is descheduler/v1alpha2. Policies in ConfigMaps are read
too.

Nothing is moved before the operator's eviction.mode is Enforce. With --block there is also
a rule that keeps new pods off the nodes that pods are moved from.

Exit codes: 0, all policies are converted; 1, one says something that cannot be a rule, and
nothing is written; 2, the command was called wrongly, or could not read a file.`

func newDescheduler(env *cli.Env) *cobra.Command {
	o := &options{env: env}
	converter := &descheduler.Converter{Options: descheduler.Options{Rules: settings.Default().Rules()}}
	command := &cobra.Command{
		Use: "descheduler FILES...", Short: "Make rules of a DeschedulerPolicy with measured utilization", Long: deschedulerLong,
		Example: "  kubectl telemetry convert descheduler --block policy.yaml > rules.yaml",
		RunE: func(_ *cobra.Command, files []string) error {
			return o.convert(files, "DeschedulerPolicy", converter.Add, func() ([]*draft.Text, []draft.Remark) {
				return converter.Texts, converter.Remarks
			})
		},
	}
	o.addTo(command)
	command.Flags().BoolVar(&converter.Block, "block", false, "Also keep new pods off the nodes above targetThresholds.")
	command.Flags().StringVar(&converter.Source, "source", "", "The name of the operator's source that answers a Prometheus query, where there are several.")
	return command
}
