package kubelet

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"
)

// Options say how kubelets are reached. The zero value of a field stands for its
// default.
type Options struct {
	// Tokens yields what kubelets see: tokens of an account that may get
	// nodes/metrics and nothing else. Every node receives them, so they must not be
	// of the scheduler's own account. Nil sends no token. A source that hangs holds
	// up nobody for long.
	Tokens transport.ResettableTokenSource
	// TLS says which authority signs the certificates of kubelets, and which
	// certificate they are shown. Without an authority the system's are used. With
	// Insecure anybody who takes a node's place receives a token.
	TLS rest.TLSClientConfig
	// AddressTypes says which address of a node is used: the first of the first type
	// that the node has. By default InternalIP, ExternalIP, Hostname, InternalDNS,
	// ExternalDNS.
	AddressTypes []string
	// Port is used for all nodes; by default the one that each node reports.
	Port int32

	// NodeTimeout bounds one visit; 5 s by default.
	NodeTimeout time.Duration
	// Patience is how long a reading waits for kubelets that lag behind; 1 s by
	// default. What they say after it belongs to the next reading.
	Patience time.Duration
	// MaxWindow is the longest time that CPU use is averaged over; 5 min by default.
	// It must be longer than the time between two readings.
	MaxWindow time.Duration
	// Concurrency bounds the visits under way, and apart from them the visits of
	// kubelets that failed the last time; 64 by default.
	Concurrency int
	// MaxBytes bounds an answer; 16 MiB by default, which is far more than the
	// containers of a node can fill.
	MaxBytes int64
}

// Defaults of Options.
const (
	defaultPort        = 10250
	defaultNodeTimeout = 5 * time.Second
	defaultPatience    = time.Second
	defaultMaxWindow   = 5 * time.Minute
	defaultConcurrency = 64
	defaultMaxBytes    = 16 << 20
)

var defaultAddressTypes = []string{
	string(corev1.NodeInternalIP), string(corev1.NodeExternalIP), string(corev1.NodeHostName),
	string(corev1.NodeInternalDNS), string(corev1.NodeExternalDNS),
}

func (o Options) withDefaults() Options {
	if len(o.AddressTypes) == 0 {
		o.AddressTypes = defaultAddressTypes
	}
	o.NodeTimeout = cmp.Or(o.NodeTimeout, defaultNodeTimeout)
	o.Patience = cmp.Or(o.Patience, defaultPatience)
	o.MaxWindow = cmp.Or(o.MaxWindow, defaultMaxWindow)
	o.Concurrency = cmp.Or(o.Concurrency, defaultConcurrency)
	o.MaxBytes = cmp.Or(o.MaxBytes, defaultMaxBytes)
	return o
}

// newClient returns a client that follows no redirection, so that a token reaches
// nobody but the kubelet that it was meant for, and uses no proxy.
func newClient(tls rest.TLSClientConfig) (*http.Client, error) {
	if certificate, key := len(tls.CertData) > 0 || tls.CertFile != "", len(tls.KeyData) > 0 || tls.KeyFile != ""; certificate != key {
		return nil, errors.New("preparing TLS for kubelets: a client certificate and its key belong together")
	}
	config := &rest.Config{
		TLSClientConfig: tls,
		UserAgent:       "telemetry-scheduler/kubelet",
		Proxy:           func(*http.Request) (*url.URL, error) { return nil, nil },
	}
	// Certificates and authorities that are files are read again when they change.
	direct, err := rest.TransportFor(config)
	if err != nil {
		return nil, fmt.Errorf("preparing TLS for kubelets: %w", err)
	}
	return &http.Client{
		Transport:     direct,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}
