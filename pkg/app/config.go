package app

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"

	componentconfig "k8s.io/component-base/config"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// smallest is a configuration that works, for those who have none.
//
//go:embed smallest.yaml
var smallest string

var (
	errNoConfig    = errors.New("--config is missing")
	errNoProfile   = errors.New("no profile enables the plugin " + telemetry.Name + "; add it to plugins.multiPoint.enabled of a profile")
	errCoordinated = errors.New("the feature gate CoordinatedLeaderElection makes this a candidate for kube-system/kube-scheduler, " +
		"which is the lease of the cluster's own scheduler; disable it")
	errMistakes = errors.New("the configuration of the plugin " + telemetry.Name + " has mistakes")
	errLease    = errors.New("leaderElection names kube-system/kube-scheduler, which is the lease of the cluster's own scheduler and the default; " +
		"set leaderElection.resourceNamespace to the namespace of this scheduler, and leaderElection.resourceName to a name of its own")
)

// CheckConfig checks, in the text of a scheduler configuration that file names,
// that the plugin is enabled as a whole, its arguments, and that they agree in all
// profiles. It returns every mistake as "file:line:column: message; mend". What
// else may be wrong in the text is for kube-scheduler to say.
func CheckConfig(file string, text []byte, opts ...Option) []string {
	var out []string
	for _, m := range checkText(file, text, args.Options{SourceTypes: New(opts...).sourceTypes()}) {
		out = append(out, fmt.Sprintf("%s:%s", file, m))
	}
	return out
}

// checkFile reads the file of --config as text, because kube-scheduler hands
// arguments to plugins without their positions. It writes what is wrong to out,
// and returns a short error.
func checkFile(file string, opts args.Options, out io.Writer) error {
	if file == "" {
		fmt.Fprintf(out, "Without a configuration file kube-scheduler's default profile would run, which knows no telemetry.\n"+
			"This is the smallest file:\n\n%s\n", smallest)
		return errNoConfig
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	mistakes := checkText(file, text, opts)
	for _, m := range mistakes {
		fmt.Fprintf(out, "%s:%s\n", file, m)
	}
	if len(mistakes) > 0 {
		return errMistakes
	}
	return nil
}

func checkText(file string, text []byte, opts args.Options) []strictyaml.Mistake {
	tree, mistakes := strictyaml.Parse(text)
	var first *place
	for _, p := range places(file, tree) {
		mistakes = append(mistakes, p.check(first, opts)...)
		if first == nil && p.args != nil {
			first = p
		}
	}
	return append(mistakes, checkPoints(tree)...)
}

// checkLease refuses the lease of the cluster's own scheduler: two schedulers
// would take turns, each idle while the other leads. The namespace also says
// where we read rules and keep state. Coordinated leader election is refused with
// it: whatever the configuration says, it is about that lease.
func checkLease(c componentconfig.LeaderElectionConfiguration, coordinated bool) error {
	if coordinated {
		return errCoordinated
	}
	if c.ResourceNamespace == "kube-system" && c.ResourceName == "kube-scheduler" {
		return errLease
	}
	return nil
}
