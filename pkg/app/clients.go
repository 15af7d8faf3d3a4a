package app

import (
	"fmt"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// callTimeout bounds each call that is not a watch. Not every client of the API
// minds its context.
const callTimeout = 15 * time.Second

// clients reach the API server each with limits of their own: what we read and
// write must not slow down binding.
type clients struct {
	// watching reads rules. It has no timeout, which would end its watches.
	watching kubernetes.Interface
	// state writes what survives a restart.
	state kubernetes.Interface
	// evictions reads the lease and evicts pods.
	evictions kubernetes.Interface
	// sources is for those who make clients of telemetry sources.
	sources *rest.Config
}

func newClients(base *rest.Config) (*clients, error) {
	watching, err := kubernetes.NewForConfig(limited(base, "rules", 0))
	if err != nil {
		return nil, fmt.Errorf("making a client for rules: %w", err)
	}
	writing, err := kubernetes.NewForConfig(limited(base, "state", callTimeout))
	if err != nil {
		return nil, fmt.Errorf("making a client for state: %w", err)
	}
	evicting, err := kubernetes.NewForConfig(limited(base, "evictions", callTimeout))
	if err != nil {
		return nil, fmt.Errorf("making a client for evictions: %w", err)
	}
	return &clients{watching: watching, state: writing, evictions: evicting, sources: limited(base, "sources", callTimeout)}, nil
}

// limited copies a configuration for one purpose, which shows in its user agent.
func limited(base *rest.Config, purpose string, timeout time.Duration) *rest.Config {
	own := rest.AddUserAgent(rest.CopyConfig(base), component+"/"+purpose)
	own.RateLimiter = nil
	own.QPS, own.Burst = 20, 40
	own.Timeout = timeout
	return own
}
