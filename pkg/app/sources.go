package app

import (
	"fmt"
	"maps"
	"slices"
	"time"

	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/sources"
	telemetrysource "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/kubelet"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/metricsapi"
)

// SourceOptions is what a telemetry source may need to be made.
type SourceOptions struct {
	// Name is what the operator calls the source.
	Name string
	// Interval is the time between two readings, and Timeout what bounds one; 0 for
	// the default, which is the interval and 10 s at most.
	Interval, Timeout time.Duration
	// Options are the source's own, in the operator's words: a YAML document, which
	// may be empty.
	Options string
	// Config reaches the API server with the scheduler's own account, and is the
	// source's to keep. It must not be sent anywhere else: that account binds and
	// deletes pods.
	Config *rest.Config
	// Namespace is the scheduler's own.
	Namespace string
}

// SourceFactory makes a source. It reads nothing yet; an error is one of the
// options, and ends the scheduler before it begins.
type SourceFactory func(SourceOptions) (telemetrysource.Source, error)

// maker is a SourceFactory that sees all that the operator says of a source, and knows the
// name of the scheduler's lease.
type maker func(said args.Source, lease string, o SourceOptions) (telemetrysource.Source, error)

// builtinSources are the types that come with the product.
func builtinSources() map[string]maker {
	return map[string]maker{
		string(args.MetricsAPI):    newMetricsAPI,
		string(args.Kubelet):       newKubelet,
		string(args.Prometheus):    newPrometheus,
		string(args.CustomMetrics): newCustomMetrics,
	}
}

func newMetricsAPI(_ args.Source, _ string, o SourceOptions) (telemetrysource.Source, error) {
	return metricsapi.New(o.Config)
}

func newPrometheus(said args.Source, _ string, _ SourceOptions) (telemetrysource.Source, error) {
	return sources.Prometheus(said)
}

func newCustomMetrics(_ args.Source, _ string, o SourceOptions) (telemetrysource.Source, error) {
	return sources.CustomMetrics(o.Config, o.Timeout)
}

func newKubelet(said args.Source, lease string, o SourceOptions) (telemetrysource.Source, error) {
	client, err := corev1client.NewForConfig(o.Config)
	if err != nil {
		return nil, fmt.Errorf("making a client for tokens: %w", err)
	}
	return kubelet.New(kubelet.Options{
		Tokens: newAccountTokens(client.ServiceAccounts(o.Namespace), kubeletReader(lease)),
		TLS:    kubeletTLS(said, o.Config),
		// CPU use is taken from two readings, which must both fit.
		MaxWindow: max(leastWindow, 3*o.Interval),
	})
}

// leastWindow is how long a kubelet may be silent before its CPU use must be
// measured anew.
const leastWindow = 5 * time.Minute

// kubeletTLS trusts the cluster's own authority where the operator names no
// other. It never shows the scheduler's own certificate.
func kubeletTLS(said args.Source, config *rest.Config) rest.TLSClientConfig {
	switch {
	case said.InsecureSkipTLSVerify:
		return rest.TLSClientConfig{Insecure: true}
	case said.CAFile != "":
		return rest.TLSClientConfig{CAFile: said.CAFile}
	}
	return rest.TLSClientConfig{CAFile: config.CAFile, CAData: config.CAData}
}

// sourceTypes names the types that arguments may use.
func (a *Assembly) sourceTypes() []string { return slices.Sorted(maps.Keys(a.factories)) }

// newSources makes every source of the operator, for the scheduler that holds a lease.
func (a *Assembly) newSources(said *args.Args, config *rest.Config, namespace, lease string) ([]evaluator.Source, error) {
	var out []evaluator.Source
	for _, declared := range said.Sources {
		source, err := a.factories[string(declared.Type)](declared, lease, SourceOptions{
			Name: declared.Name, Interval: declared.Interval, Timeout: declared.Timeout, Options: declared.Options,
			Config: rest.CopyConfig(config), Namespace: namespace,
		})
		if err != nil {
			return nil, fmt.Errorf("making the telemetry source %s: %w", declared.Name, err)
		}
		out = append(out, evaluator.Source{Name: declared.Name, Source: source, Interval: declared.Interval, Timeout: declared.Timeout})
	}
	return out, nil
}
