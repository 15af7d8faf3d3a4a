package button

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// span is when something ends: --for or --until.
type span struct {
	lasts string
	until string
}

func (s *span) addTo(command *cobra.Command, what string) {
	command.Flags().StringVar(&s.lasts, "for", "", "How long "+what+" lasts, like 30m, 2h or 1d.")
	command.Flags().StringVar(&s.until, "until", "", "When "+what+" ends, like 2026-01-31T18:00:00Z.")
	command.MarkFlagsMutuallyExclusive("for", "until")
}

// end is zero where nothing was said.
func (s *span) end(now time.Time) (time.Time, error) {
	switch {
	case s.lasts != "":
		lasts, err := strictyaml.ParseDuration(s.lasts)
		if err != nil || lasts < time.Second {
			return time.Time{}, cli.Usagef("--for is %q: write it like 30m, 2h or 1d", s.lasts)
		}
		return now.Add(lasts).Truncate(time.Second).UTC(), nil
	case s.until != "":
		until, err := time.Parse(time.RFC3339, s.until)
		if err != nil {
			return time.Time{}, cli.Usagef("--until is %q: write it like 2026-01-31T18:00:00Z", s.until)
		}
		if !until.After(now) {
			return time.Time{}, cli.Usagef("--until is %s, which has passed: it is %s", s.until, now.UTC().Format(time.RFC3339))
		}
		return until.UTC(), nil
	}
	return time.Time{}, nil
}

// dryRun is kubectl's flag of this name.
type dryRun string

const (
	dryNone   dryRun = "none"
	dryClient dryRun = "client"
	dryServer dryRun = "server"
)

func (r *dryRun) addTo(command *cobra.Command) {
	*r = dryNone
	command.Flags().Var(r, "dry-run", `Change nothing: "client" prints what would be written, "server" has the server judge it too.`)
	command.Flags().Lookup("dry-run").NoOptDefVal = string(dryClient)
	// It fails only for a flag that there is not.
	_ = command.RegisterFlagCompletionFunc("dry-run", cobra.FixedCompletions([]string{"none", "client", "server"}, cobra.ShellCompDirectiveNoFileComp))
}

// String implements pflag.Value.
func (r *dryRun) String() string { return string(*r) }

// Type implements pflag.Value.
func (r *dryRun) Type() string { return "mode" }

// Set implements pflag.Value.
func (r *dryRun) Set(mode string) error {
	if !slices.Contains([]dryRun{dryNone, dryClient, dryServer}, dryRun(mode)) {
		return fmt.Errorf("write none, client or server")
	}
	*r = dryRun(mode)
	return nil
}

// suffix is what kubectl says behind what was not done.
func (r dryRun) suffix() string {
	return map[dryRun]string{dryClient: " (dry run)", dryServer: " (server dry run)"}[r]
}
