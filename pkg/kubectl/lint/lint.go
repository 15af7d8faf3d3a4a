// Package lint is the command "kubectl telemetry lint".
package lint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/former"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

const long = `Find every mistake in rules, with its place and how to mend it, before they are applied.

Files may be ConfigMaps among other objects, or rules alone; of folders all files are
read that end in .yaml, .yml or .json. What is judged together is one cluster: metrics
are shared, and names must differ. Rules without a ConfigMap, and ConfigMaps that name no
namespace, are taken for the scheduler's own namespace, or for that of -n.

With -n alone the rules in a namespace of the cluster are judged, by the configuration of
the scheduler there.`

const examples = `  # One file, a folder, standard input
  kubectl telemetry lint rules.yaml
  kubectl telemetry lint manifests/
  helm template ./chart | kubectl telemetry lint -

  # What kustomize makes of a folder
  kubectl telemetry lint -k overlays/production

  # What stands in the cluster
  kubectl telemetry lint -n telemetry-scheduler`

// options are the flags.
type options struct {
	env       *cli.Env
	output    cli.Output
	kustomize string
	settings  settings.Flags
	strict    bool
	live      bool
	urls      map[string]string
}

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	o := &options{env: env}
	command := &cobra.Command{
		Use:     "lint FILES… | -k DIR | -n NAMESPACE",
		Short:   "Find every mistake in rules before they are applied",
		Long:    long,
		Example: examples,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(command *cobra.Command, args []string) error { return o.run(command.Context(), args) },
	}
	o.output.AddTo(command, textFormat, cli.JSONFormat, sarifFormat, githubFormat)
	command.Flags().StringVarP(&o.kustomize, "kustomize", "k", "", "Judge what kustomize makes of this folder.")
	o.settings.AddTo(command, "The scheduler's configuration, by which rules are judged")
	command.Flags().BoolVar(&o.strict, "strict", false, "Fail on warnings too.")
	command.Flags().BoolVar(&o.live, "live", false, "Ask the sources of the scheduler's configuration for each metric, and say how the series join the nodes of the cluster.")
	command.Flags().StringToStringVar(&o.urls, "source-url", nil, "With --live, where a source is reached from here, as name=URL.")
	return command
}

func (o *options) run(ctx context.Context, files []string) error {
	namespace := *o.env.Config.Namespace
	var l *library
	var err error
	switch {
	case len(files) > 0 && o.kustomize != "":
		return cli.Usagef("give either files or -k")
	case len(files) == 0 && o.kustomize == "" && namespace == "":
		return cli.Usagef("say what to check: files, -k, or -n for what stands in the cluster")
	case len(o.urls) > 0 && !o.live:
		return cli.Usagef("--source-url goes with --live")
	case len(files) == 0 && o.kustomize == "":
		l, err = o.lintCluster(ctx, namespace)
	case o.live:
		l, err = o.lintFilesLive(ctx, files, namespace)
	default:
		l, err = o.lintFilesOffline(files, namespace)
	}
	if l == nil {
		return err
	}
	// What could be read is judged, whatever could not.
	return cmp.Or(err, o.conclude(l))
}

func (o *options) lintFilesOffline(files []string, namespace string) (*library, error) {
	s, err := o.settings.Offline()
	if err != nil {
		return nil, err
	}
	return o.lintFiles(files, namespace, s)
}

func (o *options) lintFiles(files []string, namespace string, s *settings.Settings) (*library, error) {
	if namespace == "" {
		namespace = s.Namespace
	}
	l := newLibrary(namespace)
	var unread error
	if o.kustomize == "" {
		unread = cli.EachFile(files, o.env.In, l.add)
	} else if err := l.addKustomize(o.kustomize); err != nil {
		return nil, err
	}
	l.judge(s, allowed(s), time.Now())
	switch nothing := l.texts == 0 && len(l.found) == 0; {
	case nothing && unread != nil:
		return nil, unread
	// A stop button without a mistake is no text of rules, and was judged.
	case nothing && l.shelves[s.Namespace+"/"+s.PauseConfigMap] == nil:
		return nil, fmt.Errorf("there are no rules in %s", strings.TrimSpace(strings.Join(append(files, o.kustomize), " ")))
	}
	return l, unread
}

func (o *options) lintCluster(ctx context.Context, namespace string) (*library, error) {
	config, core, err := o.connect()
	if err != nil {
		return nil, err
	}
	s, err := o.settingsThere(ctx, core)
	if err != nil {
		return nil, err
	}
	l, err := judgeCluster(ctx, core, namespace, s)
	if err == nil && o.live {
		err = o.askLive(ctx, config, core, l, s)
	}
	if err == nil {
		err = l.only(namespace, s)
	}
	if err != nil {
		return nil, err
	}
	if l.formerUnread != nil && count(l.found, Error) > 0 {
		fmt.Fprintf(o.env.ErrOut, "Which texts were in force before is not known, and a key with a mistake may stand by one: %v.\n", l.formerUnread)
	}
	return l, nil
}

// lintFilesLive judges files by the cluster's configuration, and asks its sources.
func (o *options) lintFilesLive(ctx context.Context, files []string, namespace string) (*library, error) {
	config, core, err := o.connect()
	if err != nil {
		return nil, err
	}
	s, err := o.settingsThere(ctx, core)
	if err != nil {
		return nil, err
	}
	l, err := o.lintFiles(files, namespace, s)
	if l == nil {
		return nil, err
	}
	if failed := o.askLive(ctx, config, core, l, s); failed != nil {
		return nil, failed
	}
	return l, err
}

func (o *options) connect() (*rest.Config, corev1client.CoreV1Interface, error) {
	config, err := o.env.Config.ToRESTConfig()
	if err != nil {
		return nil, nil, err
	}
	core, err := corev1client.NewForConfig(config)
	return config, core, err
}

// askLive asks the sources for the metrics of what was judged.
func (o *options) askLive(ctx context.Context, config *rest.Config, core corev1client.CoreV1Interface, l *library, s *settings.Settings) error {
	if !s.Known {
		return errors.New("--live asks the sources of the scheduler's configuration, which is not known: --config names it")
	}
	w, err := worldOf(ctx, config, core, s, o.urls)
	if err != nil {
		return err
	}
	for _, text := range w.leftOut {
		fmt.Fprintln(o.env.ErrOut, text+".")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l.askAll(ctx, w, l.set)
	if len(l.live) == 0 {
		fmt.Fprintln(o.env.ErrOut, "The rules define no metrics of their own, and no source was asked for any.")
	}
	l.adviseLive(ctx, w)
	return nil
}

// judgeCluster judges the rules of one namespace. Those of others may name the metrics
// of the scheduler's own.
func judgeCluster(ctx context.Context, core corev1client.CoreV1Interface, namespace string, s *settings.Settings) (*library, error) {
	l := newLibrary(namespace)
	l.stands = true
	for _, read := range slices.Compact([]string{namespace, s.Namespace}) {
		if err := l.addCluster(ctx, core, read, s); err != nil {
			return nil, err
		}
	}
	may, err := mayIn(ctx, core, namespace, s)
	if err != nil {
		return nil, err
	}
	l.former, l.formerUnread = former.Texts(ctx, core, s)
	l.judge(s, may, time.Now())
	return l, nil
}

// settingsThere are the settings with a cluster at hand.
func (o *options) settingsThere(ctx context.Context, core corev1client.CoreV1Interface) (*settings.Settings, error) {
	s, err := o.settings.Online(ctx, core)
	if err == nil && !s.Known {
		fmt.Fprintf(o.env.ErrOut, "The scheduler's configuration cannot be read from the ConfigMap %s/%s: its sources and limits are not known. --config names a file.\n", s.Namespace, settings.ConfigMap)
	}
	return s, err
}

func (o *options) conclude(l *library) error {
	found := inOrder(l.found)
	if err := o.print(l, found); err != nil {
		return err
	}
	if count(found, Error) > 0 || o.strict && len(found) > 0 {
		return cli.ErrFindings
	}
	return nil
}
