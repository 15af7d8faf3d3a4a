// Package explain is the command "kubectl telemetry explain".
package explain

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/standin"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

const long = `Tell what telemetry says of a pod: which rules govern it, what it is expected to use, and
what every node says to it, with the numbers.

Nodes that say the same are counted together, and a few of each are shown; --node shows
one with everything that is known of it, --all shows all. A file may hold a pod or what
makes pods, such as a Deployment: nothing is created.

The scheduler that leads is asked, through a port forwarded to its pod, with your own
credentials. Where none answers it is said, and the answer is computed here, from the
rules in the cluster and from the telemetry sources.`

const examples = `  # Why does the pod web wait?
  kubectl telemetry explain web -n default

  # What would the pods of a Deployment meet?
  kubectl telemetry explain -f deployment.yaml

  # Everything about one node
  kubectl telemetry explain web -n default --node node-1`

// options are the flags.
type options struct {
	env    *cli.Env
	output cli.Output
	asking ask.Flags
	file   string
	nodes  []string
	all    bool
	here   standin.Flags
}

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	o := &options{env: env}
	command := &cobra.Command{
		Use:     "explain POD | -f FILE",
		Short:   "Tell why a pod waits, or what nodes would say to it",
		Long:    long,
		Example: examples,
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(command *cobra.Command, args []string) error { return o.run(command.Context(), args) },
	}
	o.output.AddTo(command, cli.TableFormat, cli.WideFormat, cli.JSONFormat, cli.YAMLFormat)
	command.Flags().StringVarP(&o.file, "filename", "f", "", "A file with the pod, or with what makes pods; - is standard input.")
	command.Flags().StringSliceVar(&o.nodes, "node", nil, "Show these nodes, and all that is known of them.")
	command.Flags().BoolVar(&o.all, "all", false, "Show all nodes, and not a few of each kind.")
	o.here.AddTo(command)
	o.asking.AddTo(command)
	return command
}

func (o *options) run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 0 && o.file == "":
		return cli.Usagef("name a pod, or a file with -f")
	case len(args) > 0 && o.file != "":
		return cli.Usagef("name either a pod or a file")
	case o.all && len(o.nodes) > 0:
		return cli.Usagef("give either --all or --node")
	}
	config, err := o.env.Config.ToRESTConfig()
	if err != nil {
		return err
	}
	namespace, _, err := o.env.Config.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return err
	}
	q := &question{namespace: namespace}
	if o.file != "" {
		if q.body, err = o.read(namespace); err != nil {
			return err
		}
	} else {
		q.name = args[0]
	}
	answer, err := o.answer(ctx, config, q)
	if err != nil {
		return err
	}
	return cmp.Or(o.print(answer), answer.incomplete)
}

// read reads the file, and puts the namespace of the command line into what names none.
func (o *options) read(namespace string) ([]byte, error) {
	var text []byte
	var err error
	if o.file == "-" {
		text, err = io.ReadAll(o.env.In)
	} else {
		text, err = cli.ReadFile(o.file)
	}
	if err != nil {
		return nil, err
	}
	return inNamespace(text, namespace), nil
}

// question is the pod that is asked about: its name, or the manifest of one.
type question struct {
	namespace, name string
	body            []byte
}

// scheduler answers as the scheduler's API does.
type scheduler interface {
	Get(ctx context.Context, path string, query url.Values, answer any) error
	Post(ctx context.Context, path string, query url.Values, body []byte, answer any) error
}

// put asks one question.
func (q *question) put(ctx context.Context, s scheduler, query url.Values) (*v1alpha1.PodVerdict, error) {
	out := new(v1alpha1.PodVerdict)
	if q.name != "" {
		return out, s.Get(ctx, "/pods/"+url.PathEscape(q.namespace)+"/"+url.PathEscape(q.name), query, out)
	}
	return out, s.Post(ctx, "/pods", query, q.body, out)
}

// answer is what is printed.
type answer struct {
	*v1alpha1.PodVerdict
	// Values are what is measured of the nodes that are shown.
	Values []v1alpha1.Value `json:"values,omitempty"`
	// Others is what the scheduler's other plugins said when it last tried to place the
	// pod; absent where it has not, or where nobody knows.
	Others *others `json:"otherPlugins,omitempty"`
	// Eviction is whether the pod may be moved away from its node; absent where it has
	// none, where no rule moves pods, or where nobody knows.
	Eviction *eviction `json:"eviction,omitempty"`

	// incomplete is why it is not whole; nil where it is.
	incomplete error
}

// blind reports whether a rule that governs the pod knows nothing of a node.
func (a *answer) blind() bool {
	return slices.ContainsFunc(a.Groups, func(g v1alpha1.Group) bool {
		return len(g.Unknown) > 0 || g.Verdict == string(engine.UnknownTelemetry)
	})
}

// answer asks the scheduler; where none answers, who stands in for it.
func (o *options) answer(ctx context.Context, config *rest.Config, q *question) (*answer, error) {
	out, err := o.fromScheduler(ctx, config, q)
	if ask.Silent(err) {
		out, err = o.fromHere(ctx, config, q, err)
	}
	if err != nil || q.name == "" {
		return out, err
	}
	core, err := corev1client.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	if out.Others, err = othersOf(ctx, core, out.Pod, out.Groups); err != nil {
		fmt.Fprintf(o.env.ErrOut, "What other plugins said of the pod cannot be read: %v\n", err)
	}
	return out, nil
}

func (o *options) fromScheduler(ctx context.Context, config *rest.Config, q *question) (*answer, error) {
	s, err := o.asking.Connect(ctx, config)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	out, err := o.collect(ctx, s, q)
	if err != nil {
		return nil, err
	}
	if out.Eviction, err = evictionOf(ctx, s, out.PodVerdict); err != nil {
		fmt.Fprintf(o.env.ErrOut, "Whether the pod may be moved cannot be read: %v\n", err)
	}
	return out, nil
}

// fromHere asks who stands in for a scheduler that does not answer, and why.
func (o *options) fromHere(ctx context.Context, config *rest.Config, q *question, why error) (*answer, error) {
	s, err := o.here.Open(ctx, config, &o.asking, why, o.env.ErrOut)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	out, err := o.collect(ctx, s, q)
	if err != nil {
		return nil, unfound(err)
	}
	if out.blind() {
		out.incomplete = s.Incomplete()
	}
	if len(out.GivingWay) > 0 && out.Firm == "" {
		out.Notes = append(out.Notes, "rules give way only where the profile of the scheduler has its plugins in their order, which is not known here")
	}
	return out, nil
}

// unfound says where else to look for a pod that is not there: who stands in for the
// scheduler does not know what it moved.
func unfound(err error) error {
	if apierrors.IsNotFound(err) && strings.Contains(err.Error(), "there is no pod ") {
		return fmt.Errorf("%w; if a rule moved it, \"kubectl telemetry evictions\" lists it", err)
	}
	return err
}

// mostAtOnce is how many nodes an answer of the API may have.
const mostAtOnce = 5000

// collect asks what is needed for what is to be shown.
func (o *options) collect(ctx context.Context, s scheduler, q *question) (*answer, error) {
	shown := url.Values{"limit": {strconv.Itoa(mostAtOnce)}}
	switch {
	case o.all:
		shown.Set("nodes", "all")
	case len(o.nodes) > 0:
		shown["node"] = o.nodes
	default:
		groups, err := q.put(ctx, s, nil)
		if err != nil {
			return nil, err
		}
		for _, g := range groups.Groups {
			shown["node"] = append(shown["node"], g.Nodes.First...)
		}
		if len(shown["node"]) == 0 {
			return &answer{PodVerdict: groups}, nil
		}
	}
	out, err := o.withNodes(ctx, s, q, shown)
	if err != nil {
		return nil, err
	}
	out.Values, err = valuesOf(ctx, s, out.PodVerdict, shown["node"])
	return out, err
}

// withNodes reads all parts of an answer.
func (o *options) withNodes(ctx context.Context, s scheduler, q *question, query url.Values) (*answer, error) {
	first, err := q.put(ctx, s, query)
	for next := first; err == nil && next.Continue != ""; {
		query.Set("continue", next.Continue)
		if next, err = q.put(ctx, s, query); err == nil {
			first.Nodes = append(first.Nodes, next.Nodes...)
		}
	}
	query.Del("continue")
	first.Continue = ""
	return &answer{PodVerdict: first}, err
}

// valuesOf reads what is measured of nodes; of all where none is named.
func valuesOf(ctx context.Context, s scheduler, about *v1alpha1.PodVerdict, nodes []string) ([]v1alpha1.Value, error) {
	query := url.Values{"limit": {strconv.Itoa(mostAtOnce)}, "node": nodes}
	if len(nodes) == 0 { // of all nodes only what the answer speaks of
		if query["metric"] = metricsIn(about); len(query["metric"]) == 0 {
			return nil, nil
		}
	}
	var out []v1alpha1.Value
	for {
		var list v1alpha1.ValueList
		if err := s.Get(ctx, "/values", query, &list); err != nil {
			return nil, err
		}
		out = append(out, list.Items...)
		if list.Continue == "" {
			return out, nil
		}
		query.Set("continue", list.Continue)
	}
}

func metricsIn(v *v1alpha1.PodVerdict) (out []string) {
	for i := range v.Nodes {
		for _, c := range v.Nodes[i].Comparisons {
			if !slices.Contains(out, c.Metric) {
				out = append(out, c.Metric)
			}
		}
	}
	return out
}
