package prometheus

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/api"
	"github.com/prometheus/common/config"
)

// Options say how a server is reached and asked. The zero value of a field stands
// for its default, but for the URL.
type Options struct {
	// URL is that of the server, with the path before /api/v1 if it has one.
	URL string
	// HTTP holds credentials, TLS, headers and proxies. Nil is a client without any.
	HTTP *config.HTTPClientConfig
	// Matchers such as cluster="eu-1" are put into every selector of every query.
	Matchers []string
	// CPU and Memory replace UsedCPU and UsedMemory as the queries of metrics of
	// those names that come without one.
	CPU, Memory string
	// PodCPU and PodMemory replace the constants of those names as the queries of Pods.
	PodCPU, PodMemory string

	// Timeout bounds each query, at the server too, as does half of what remains of
	// the reading; 10 s by default.
	Timeout time.Duration
	// MaxBytes bounds the body of one answer, unpacked; 32 MiB by default, which some
	// 100,000 series fill.
	MaxBytes int64
	// Concurrency bounds the queries under way, and apart from them those that got no
	// answer the last time; 8 by default.
	Concurrency int
	// Transport carries the requests in place of a client made from HTTP, for who has the
	// server in its own process.
	Transport http.RoundTripper
	// Now is our own clock; time.Now by default.
	Now func() time.Time
}

// Defaults of Options.
const (
	defaultTimeout     = 10 * time.Second
	defaultMaxBytes    = 32 << 20
	defaultConcurrency = 8
)

func (o Options) withDefaults() Options {
	o.CPU = cmp.Or(o.CPU, UsedCPU)
	o.Memory = cmp.Or(o.Memory, UsedMemory)
	o.PodCPU = cmp.Or(o.PodCPU, PodCPU)
	o.PodMemory = cmp.Or(o.PodMemory, PodMemory)
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.MaxBytes = cmp.Or(o.MaxBytes, defaultMaxBytes)
	o.Concurrency = cmp.Or(o.Concurrency, defaultConcurrency)
	if o.HTTP == nil {
		plain := config.DefaultHTTPClientConfig
		o.HTTP = &plain
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// newClient returns the one client of a source.
func newClient(o Options) (api.Client, error) {
	address, err := endpoint(o.URL)
	if err != nil {
		return nil, err
	}
	client, err := o.client()
	if err != nil {
		return nil, fmt.Errorf("preparing the HTTP client of %s: %w", o.URL, err)
	}
	client.Transport = guard{next: client.Transport, max: o.MaxBytes}
	return api.NewClient(api.Config{Address: address, Client: client})
}

func (o Options) client() (*http.Client, error) {
	if o.Transport != nil {
		return &http.Client{Transport: o.Transport}, nil
	}
	return config.NewClientFromConfig(*o.HTTP, "telemetry", config.WithUserAgent("telemetry-scheduler/prometheus"))
}

// endpoint adds to a URL what is sent with every query: an answer from a part of the
// stores is no answer. Thanos and VictoriaMetrics each have a word of their own for
// it, and servers ignore those of others.
func endpoint(text string) (string, error) {
	at, err := url.Parse(text)
	if err != nil {
		return "", fmt.Errorf("reading the URL of a server: %w", err)
	}
	if at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return "", errors.New("the URL of a server is written like http://prometheus.monitoring:9090")
	}
	parameters := at.Query()
	parameters.Set("partial_response", "false")
	parameters.Set("deny_partial_response", "1")
	at.RawQuery = parameters.Encode()
	return at.String(), nil
}

var _ http.RoundTripper = guard{}
