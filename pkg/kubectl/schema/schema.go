// Package schema is the command "kubectl telemetry schema".
package schema

import (
	_ "embed"

	"github.com/spf13/cobra"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

// The schemas are made of the Go types and what is written above their fields, by the
// tests of this package, which fail where they differ.
var (
	//go:embed rules.json
	rulesSchema []byte
	//go:embed tests.json
	testsSchema []byte
)

const long = `Print a JSON Schema by which editors complete and check files of rules, or tests of rules.

It knows fields, words and forms; "kubectl telemetry lint" knows everything. Editors with
yaml-language-server take it from a comment in the first line of a file:

  # yaml-language-server: $schema=rules.schema.json`

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:       "schema [rules|tests]",
		Short:     "Print the JSON Schema of rule files, or of tests, for editors",
		Long:      long,
		Example:   "  kubectl telemetry schema > rules.schema.json\n  kubectl telemetry schema tests > tests.schema.json",
		Args:      cobra.MatchAll(cobra.OnlyValidArgs, cobra.MaximumNArgs(1)),
		ValidArgs: []string{"rules", "tests"},
		RunE: func(_ *cobra.Command, args []string) error {
			text := rulesSchema
			if len(args) > 0 && args[0] == "tests" {
				text = testsSchema
			}
			_, err := env.Out.Write(text)
			return err
		},
	}
}
