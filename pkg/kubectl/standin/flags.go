package standin

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

// Flags say what a stand-in may not find in the cluster.
type Flags struct {
	// Config is a file with the scheduler's configuration; empty for that in the cluster.
	Config string
	// URLs are those of sources that are reached elsewhere from here.
	URLs map[string]string
	// Patience bounds how long reading the cluster may take.
	Patience time.Duration
}

// AddTo gives a command the flags.
func (f *Flags) AddTo(command *cobra.Command) {
	command.Flags().StringVar(&f.Config, "config", "", "Where no scheduler answers, its configuration: a KubeSchedulerConfiguration, or a manifest that has it in a ConfigMap; by default that in the cluster.")
	command.Flags().StringToStringVar(&f.URLs, "source-url", nil, "Where no scheduler answers, where a source is reached from here, as name=URL.")
	command.Flags().DurationVar(&f.Patience, "read-timeout", patience, "Where no scheduler answers, how long reading the cluster may take.")
}

// Standin answers in this process. Close it.
type Standin struct {
	*ask.Scheduler
	// Down are the sources that could not be read; people have been told why.
	Down []string

	stop context.CancelFunc
}

// Incomplete is the error of an answer that would need sources that are Down; nil where
// none is.
func (s *Standin) Incomplete() error {
	if len(s.Down) == 0 {
		return nil
	}
	return fmt.Errorf("the answer is not whole: what the sources %s know is not known here", strings.Join(s.Down, ", "))
}

// Close ends it.
func (s *Standin) Close() { s.stop() }

// Open returns who answers in the place of a scheduler that does not, until ctx ends, and
// tells people so and why.
func (f *Flags) Open(ctx context.Context, config *rest.Config, asking *ask.Flags, why error, tell io.Writer) (*Standin, error) {
	fmt.Fprintf(tell, "No scheduler answers: %v.\nThis is computed here, from the rules in the cluster, the state that the last leader left, and the telemetry sources.\n", why)
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	warn := func(text string) { fmt.Fprintln(tell, text+".") }
	s, err := f.settings(ctx, client.CoreV1(), asking, warn)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	out, err := stand(ctx, Options{Client: client, Config: config, Settings: s, Release: asking.Release, URLs: f.URLs, Patience: f.Patience, Warn: warn})
	if err != nil {
		stop()
		return nil, err
	}
	out.stop = stop
	return out, nil
}

// stand starts who answers, and says what it could not read.
func stand(ctx context.Context, o Options) (*Standin, error) {
	server, err := Start(ctx, o)
	if err != nil {
		return nil, err
	}
	out := new(Standin)
	if out.Scheduler, err = ask.Inside(server.Handler()); err == nil {
		out.Down, err = o.down(ctx, out.Scheduler)
	}
	return out, err
}

// settings are those of --config, else those in the cluster.
func (f *Flags) settings(ctx context.Context, core corev1client.CoreV1Interface, asking *ask.Flags, warn func(string)) (*settings.Settings, error) {
	s, err := settings.Flags{Config: f.Config, Namespace: asking.Namespace, Release: asking.Release}.Online(ctx, core)
	if err == nil && !s.Known {
		warn(fmt.Sprintf("The scheduler's configuration cannot be read from the ConfigMap %s/%s, and the defaults are taken: --config names a file", asking.Namespace, s.Map()))
	}
	return s, err
}
