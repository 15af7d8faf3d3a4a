package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// oneDash marks long flags that are read with one dash too.
const oneDash = "telemetry-scheduler.io/one-dash"

// WithOneDash lets some long flags of a command be written with one dash, as the tools do
// that its users come from.
func WithOneDash(flags *pflag.FlagSet, names ...string) {
	for _, name := range names {
		_ = flags.SetAnnotation(name, oneDash, nil) // it fails for a flag that there is not
	}
}

// TwoDashes returns the arguments of a command line with two dashes before such flags of
// the command that they call.
func TwoDashes(root *cobra.Command, args []string) []string {
	command, _, err := root.Find(args)
	if err != nil {
		return args
	}
	out := append([]string(nil), args...)
	for i, arg := range out {
		if arg == "--" {
			break
		}
		if isOneDash(command, arg) {
			out[i] = "-" + arg
		}
	}
	return out
}

func isOneDash(command *cobra.Command, arg string) bool {
	name, single := strings.CutPrefix(arg, "-")
	name, _, _ = strings.Cut(name, "=")
	flag := command.Flags().Lookup(name)
	if !single || flag == nil {
		return false
	}
	_, marked := flag.Annotations[oneDash]
	return marked
}
