// Package version is the command "kubectl telemetry version".
package version

import (
	"cmp"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Info is what the command prints.
type Info struct {
	// Version is what the build says, or that of the module; "(devel)" for what was built in
	// its sources and says nothing.
	Version string `json:"version"`
	// Rules is the version of the rule format that this program reads.
	Rules string `json:"rules"`
	// Kubernetes is the version of the client libraries.
	Kubernetes string `json:"kubernetes"`
	Go         string `json:"go"`
	Platform   string `json:"platform"`
}

// built is what a build says of itself: git's name for the commit, which is the release
// where it has a tag. The linker writes it.
var built string

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	var output cli.Output
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program and of the rule format that it reads",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info := Current()
			return output.Print(env.Out, info, info.table)
		},
	}
	output.AddTo(command, cli.TableFormat, cli.WideFormat, cli.JSONFormat, cli.YAMLFormat)
	return command
}

// Current returns what this program is built from.
func Current() Info {
	info := Info{
		Version: cmp.Or(built, "(devel)"), Rules: rules.APIVersion, Kubernetes: "unknown",
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	module, found := debug.ReadBuildInfo()
	if !found {
		return info
	}
	if built == "" && module.Main.Version != "" {
		info.Version = module.Main.Version
	}
	for _, dependency := range module.Deps {
		if dependency.Path == "k8s.io/client-go" {
			info.Kubernetes = dependency.Version
		}
	}
	return info
}

func (i Info) table() *cli.Table {
	table := &cli.Table{Columns: []cli.Column{{Name: "version"}, {Name: "rules"}, {Name: "kubernetes", Wide: true}, {Name: "go", Wide: true}, {Name: "platform", Wide: true}}}
	table.Add(i.Version, i.Rules, i.Kubernetes, i.Go, i.Platform)
	return table
}
