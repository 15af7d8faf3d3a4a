// Package ask asks the scheduler's read-only API: it finds the replica that leads,
// forwards a port to its pod, and sends the caller's credentials to nobody but the
// server whose certificate stands in the scheduler's state.
package ask

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// DefaultNamespace is where the manifest installs the scheduler, and DefaultRelease the
// name of its lease there.
const (
	DefaultNamespace = "telemetry-scheduler"
	DefaultRelease   = "telemetry-scheduler"
)

// viewer is the name of the roles that the manifest makes for those who ask.
func (f *Flags) viewer() string { return cmp.Or(f.Release, DefaultRelease) + "-viewer" }

// Flags say which scheduler is asked, and how it is reached.
type Flags struct {
	// Namespace is the scheduler's own.
	Namespace string
	// Release is the name of its lease.
	Release string
	// URL is where the API is reached without a port-forward.
	URL string
	// Authority is a file with the certificates that sign that of URL; empty where the
	// scheduler's state says by what it is known.
	Authority string
	// Nobody is set where no scheduler is to be asked, and nobody hears credentials.
	Nobody bool
}

// AddTo gives a command the flags.
func (f *Flags) AddTo(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.Namespace, "scheduler-namespace", DefaultNamespace, "The scheduler's own namespace.")
	flags.StringVar(&f.Release, "release", DefaultRelease, "The name of the scheduler's lease, which tells several in one namespace apart.")
	flags.StringVar(&f.URL, "scheduler-url", "", "Ask the scheduler's API here, such as https://localhost:10260, and forward no port.")
	flags.StringVar(&f.Authority, "scheduler-ca", "", "With --scheduler-url, a file with the authority of its certificate; by default the certificate is that which stands in the scheduler's state.")
	flags.BoolVar(&f.Nobody, "ask-nobody", false, "Ask no scheduler, and send it none of your credentials: do as where none answers.")
}

// patience bounds each step of the way to the scheduler, and each question, unless
// --request-timeout does. The largest answers take about two seconds.
const patience = 15 * time.Second

// bounded returns a context that ends after the patience that a caller has.
func bounded(ctx context.Context, config *rest.Config) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, cmp.Or(config.Timeout, patience))
}

// silence is an error because of which nobody answers, whatever is asked.
type silence struct{ error }

func silent(format string, args ...any) error { return silence{fmt.Errorf(format, args...)} }

// Silent reports whether nobody answers, so that another way to know is worth a try. It
// is false where the scheduler itself says what is wrong with the question.
func Silent(err error) bool { return errors.As(err, new(silence)) }

// Scheduler is the leader, ready to be asked. Close it.
type Scheduler struct {
	// Leader is its identity; empty where Flags name an URL and an authority.
	Leader string

	client *rest.RESTClient
	tunnel *tunnel // nil without a port-forward
	flags  *Flags
	config *rest.Config
}

// Connect finds the leader, as the user of config, and makes a way to it. It asks nothing
// of it yet. Errors are Silent, unless the flags are wrong.
func (f *Flags) Connect(ctx context.Context, config *rest.Config) (*Scheduler, error) {
	if f.Nobody {
		return nil, silent("none is asked, because of --ask-nobody")
	}
	if config.Impersonate.UserName != "" || config.Impersonate.UID != "" {
		return nil, silent("the scheduler's API answers in nobody else's name: leave out --as")
	}
	if f.Authority != "" {
		if f.URL == "" {
			return nil, errors.New("--scheduler-ca goes with --scheduler-url")
		}
		return f.connectTo("", f.URL, config, rest.TLSClientConfig{CAFile: f.Authority}, nil)
	}
	return f.connectToLeader(ctx, config)
}

func (f *Flags) connectToLeader(ctx context.Context, config *rest.Config) (*Scheduler, error) {
	way, err := f.find(ctx, config)
	if ctx.Err() != nil {
		return nil, ctx.Err() // whoever asks has gone
	}
	if err != nil {
		return nil, err
	}
	certificate, name, err := way.Own()
	if err != nil {
		return nil, silent("the certificate of %s in the ConfigMap %s is of no use: %w", way.Leader, f.state(), err)
	}
	known := rest.TLSClientConfig{CAData: certificate, ServerName: name}
	if f.URL != "" {
		return f.connectTo(way.Leader, f.URL, config, known, nil)
	}
	through, err := f.dig(ctx, config, way)
	if err != nil {
		return nil, err
	}
	return f.connectTo(way.Leader, fmt.Sprintf("https://127.0.0.1:%d", through.port), config, known, through)
}

// connectTo makes a client with the credentials of config. Who is known is whom they are
// sent to, and never the API server's proxy.
func (f *Flags) connectTo(leader, host string, config *rest.Config, known rest.TLSClientConfig, through *tunnel) (*Scheduler, error) {
	if at, err := url.Parse(host); err != nil || at.Scheme != "https" || at.Host == "" {
		return nil, fmt.Errorf("--scheduler-url is %q; write one such as https://localhost:10260", host)
	}
	client, err := clientOf(host, config, known)
	if err != nil {
		through.Close()
		return nil, silent("making a client of the scheduler's API: %w", err)
	}
	return &Scheduler{Leader: leader, client: client, tunnel: through, flags: f, config: config}, nil
}

// clientOf has the credentials of config, as they are made for the API server: a plugin
// that makes them is not run again, nor told of another server.
func clientOf(host string, config *rest.Config, known rest.TLSClientConfig) (*rest.RESTClient, error) {
	way, err := config.TransportConfig()
	if err != nil {
		return nil, err
	}
	way.TLS.Insecure, way.TLS.ServerName, way.TLS.NextProtos = false, known.ServerName, nil
	way.TLS.CAFile, way.TLS.CAData = known.CAFile, known.CAData
	way.Proxy, way.DialHolder = nil, nil
	carrier, err := transport.New(way)
	if err != nil {
		return nil, err
	}
	// Parts of an answer are asked for one after the other: nothing slows them down.
	own := &rest.Config{Host: host, QPS: -1, ContentConfig: rest.ContentConfig{NegotiatedSerializer: scheme.Codecs.WithoutConversion()}}
	return rest.UnversionedRESTClientForConfigAndClient(own, &http.Client{Transport: carrier, Timeout: config.Timeout})
}

// Close ends the port-forward.
func (s *Scheduler) Close() { s.tunnel.Close() }

// Get asks for a path under the API's prefix, such as /rules, and reads the answer into
// a type of package v1alpha1. Errors are Silent where another question would meet the
// same.
func (s *Scheduler) Get(ctx context.Context, path string, query url.Values, answer any) error {
	return s.do(ctx, s.client.Get(), path, query, answer)
}

// Post is Get with a body: a pod, or what makes pods, as JSON or YAML.
func (s *Scheduler) Post(ctx context.Context, path string, query url.Values, body []byte, answer any) error {
	return s.do(ctx, s.client.Post().Body(body).SetHeader("Content-Type", "application/yaml"), path, query, answer)
}

func (s *Scheduler) do(ctx context.Context, request *rest.Request, path string, query url.Values, answer any) error {
	limited, cancel := bounded(ctx, s.config)
	defer cancel()
	request = request.AbsPath(v1alpha1.Prefix + path)
	for name, values := range query {
		for _, value := range values {
			request = request.Param(name, value)
		}
	}
	result := request.Do(limited)
	if err := result.Error(); err != nil { // it reads what Raw leaves alone: the Status
		if ctx.Err() != nil {
			return ctx.Err() // whoever asks has gone, and wants no other answer
		}
		return s.explain(err)
	}
	text, err := result.Raw()
	if err != nil {
		return s.explain(err)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return silent("the scheduler's answer to %s cannot be read: %w", path, err)
	}
	return nil
}
