// Package generate is the command "kubectl telemetry generate".
package generate

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

const long = `Print a file of rules to begin with, which says why it is as it is; with --tests, a test
of it. Nothing is printed that "kubectl telemetry lint" refuses.`

const examples = `  kubectl telemetry generate memory > memory.yaml
  kubectl telemetry generate memory --tests > memory.test.yaml && kubectl telemetry test memory.test.yaml
  kubectl telemetry generate stall --resource io --threshold 20% --mode DryRun --configmap stalls | kubectl apply -f -`

// New returns the command, with a subcommand for each kind of rules.
func New(env *cli.Env) *cobra.Command {
	command := &cobra.Command{
		Use: "generate KIND", Short: "Print rules to begin with, and tests of them", Long: long, Example: examples,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return cli.Usagef("say what to generate: %s", cli.Subcommands(command))
		},
	}
	for i := range kinds {
		command.AddCommand(newKind(env, &kinds[i]))
	}
	return command
}

// options are the flags.
type options struct {
	env  *cli.Env
	kind *kind

	threshold, clear, lasts string
	query, resource, name   string
	mode                    string
	giveWay, tests          bool
	nodes, pods             map[string]string
	configMap, rulesLabel   string
	scheduler               string
}

func newKind(env *cli.Env, k *kind) *cobra.Command {
	o := &options{env: env, kind: k}
	command := &cobra.Command{
		Use: k.name, Short: k.short, Long: k.short + ".\n\n" + long, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return o.run() },
	}
	flags := command.Flags()
	flags.StringVar(&o.threshold, "threshold", k.threshold, "The line that a node must not be above.")
	flags.StringVar(&o.clear, "clear", "", "The second line: a node that was above the first takes pods again below this one.")
	flags.StringVar(&o.lasts, "for", "", "How long a node must be above the line first, like 2m.")
	flags.BoolVar(&o.giveWay, "give-way", k.giveWay, "Where every node is above the line, let the least violating one take the pod.")
	flags.StringVar(&o.mode, "mode", string(rules.Enforce), "Enforce, or DryRun: judge and tell, and do nothing.")
	flags.StringVar(&o.name, "name", "", "What the rule is called; by default as its kind.")
	flags.StringToStringVar(&o.nodes, "nodes", k.nodes, "Labels of the nodes that are judged, as key=value; all without this.")
	flags.StringToStringVar(&o.pods, "pods", nil, "Labels of the pods that are governed, as key=value; all without this.")
	flags.StringVar(&o.configMap, "configmap", "", "Print a ConfigMap of this name, in the namespace of -n or else the scheduler's.")
	flags.StringVar(&o.rulesLabel, "rules-label", "true", "With --configmap, the value of the label by which the scheduler finds its rules.")
	flags.StringVar(&o.scheduler, "scheduler-namespace", settings.DefaultNamespace, "The scheduler's own namespace; in others, rules define no metrics.")
	flags.BoolVar(&o.tests, "tests", false, "Print a test of the rules instead, for a file beside "+k.name+".yaml.")
	command.MarkFlagsMutuallyExclusive("tests", "configmap")
	if k.query != "" {
		flags.StringVar(&o.query, "query", "", "The PromQL of the metric, for other exporters.")
		command.MarkFlagsMutuallyExclusive("tests", "query")
	}
	if len(k.resources) > 0 {
		flags.StringVar(&o.resource, "resource", k.resources[0], "What is waited for: "+strings.Join(k.resources, ", ")+".")
	}
	return command
}

func (o *options) run() error {
	p, err := o.plan()
	if err != nil {
		return err
	}
	text, err := o.text(p)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(o.env.Out, text)
	return err
}

// text is the file that was asked for.
func (o *options) text(p *plan) (string, error) {
	file, err := render(o.kind.name+".yaml", p)
	if err != nil {
		return "", err
	}
	namespace := cmp.Or(*o.env.Config.Namespace, o.scheduler)
	if err := o.lint(file, namespace); err != nil {
		return "", err
	}
	switch {
	case o.tests:
		return render("tests.yaml", p)
	case o.configMap != "":
		return render("configmap.yaml", map[string]string{
			"Name": o.configMap, "Namespace": namespace,
			"Label": o.rulesLabel, "Key": o.kind.name + ".yaml", "Text": file,
		})
	}
	return file, nil
}

// lint refuses what a scheduler would in a namespace, and what it would warn of.
func (o *options) lint(text, namespace string) error {
	by := settings.Default().Rules()
	if namespace != o.scheduler {
		by.Namespace = namespace
	}
	_, mistakes := rules.Parse(o.kind.name+".yaml", []byte(text), by)
	if len(mistakes) == 0 {
		return nil
	}
	m := mistakes[0]
	return cli.Usagef("these flags make no rule: %s", strings.TrimSuffix(m.Message+"; "+m.Mend, "; "))
}
