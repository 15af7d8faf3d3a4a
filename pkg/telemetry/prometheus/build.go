package prometheus

import (
	"context"
	"fmt"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"k8s.io/apimachinery/pkg/util/version"
)

// build is what is known of the server's software.
type build struct {
	// asked is when it was last asked for; version is empty while unknown.
	asked   time.Time
	version string
}

const (
	// buildTimeout is short: nothing but a remark depends on it.
	buildTimeout = 2 * time.Second
	buildRetry   = 10 * time.Minute
)

// heedsLookback is the first Prometheus that heeds lookback_delta; older ones ignore
// it silently.
var heedsLookback = version.MustParseGeneric("2.43.0")

// learn asks for the version until it is known, and not often.
func (s *Source) learn(ctx context.Context) {
	s.mu.Lock()
	now := s.opts.Now()
	due := s.build.version == "" && (s.build.asked.IsZero() || now.Sub(s.build.asked) >= buildRetry)
	if due {
		s.build.asked = now
	}
	s.mu.Unlock()
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	if info, err := v1.NewAPI(s.client).Buildinfo(ctx); err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.build.version = info.Version
	}
}

// lookback is how far the server is asked to look back for the samples of a metric,
// and a note where it cannot be relied on to do so.
func (s *Source) lookback(maxAge time.Duration) (d time.Duration, note string) {
	if maxAge <= leastLookback {
		return leastLookback, ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, err := version.ParseGeneric(s.build.version); err != nil || v.LessThan(heedsLookback) {
		note = fmt.Sprintf("the server (version %q) may not heed lookback_delta, as Prometheus does from 2.43 on: samples older than its own limit, of 5m by default, are not seen, although a maxAge of %v allows them", s.build.version, maxAge)
	}
	return maxAge, note
}
