package prometheus

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	source "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// late starts a server and an exporter that passes on the load of half a minute ago,
// beside a limit of now. It returns when the load was measured.
func late(t *testing.T, args ...string) (*testbed.RunningPrometheus, time.Time) {
	t.Helper()
	measured := time.UnixMilli(time.Now().Add(-30 * time.Second).UnixMilli())
	exporter := export(t, func(string) string { return fmt.Sprintf("load 7 %d\nlimit 10\n", measured.UnixMilli()) })
	target := testbed.Target{Address: exporter.Address, Labels: map[string]string{"node": "node-a"}}
	prom := serve(t, testbed.Prometheus{Scrapes: []string{testbed.Scrape("late", target)}, Args: args})
	scraped(t, open(t, source.Options{URL: prom.URL}, ""), "up == 1", 1)
	return prom, measured
}

// TestAValueIsAsOldAsItsOldestPart has answers that carry the time of the query,
// whatever they are made of.
func TestAValueIsAsOldAsItsOldestPart(t *testing.T) {
	t.Parallel()
	prom, measured := late(t)
	m := func(query string) telemetry.Metric {
		return telemetry.Metric{Name: query, Query: query, MaxAge: time.Minute}
	}
	r := open(t, source.Options{URL: prom.URL}, "")
	var reading *telemetry.Reading
	r.until(t, metrics{m("load"), m("limit"), m("100 * load / limit")}, func(got *telemetry.Reading) error {
		reading = got
		return differs("values", map[string]string{"node-a": "70"}, outcome(got, "100 * load / limit"))
	})
	for query, want := range map[string]float64{"load": 7, "100 * load / limit": 70} {
		if got, _ := r.sample(m(query), "node-a"); got.Value != want || !got.Time.Equal(measured) {
			t.Errorf("%s is %v, and should be %v of %v", query, got, want, measured)
		}
	}
	if got, _ := r.sample(m("limit"), "node-a"); got.Value != 10 || !got.Time.After(measured) {
		t.Errorf("the limit is %v, and should be 10 and newer than the load", got)
	}
	if len(reading.Notes) > 0 {
		t.Errorf("there is nothing to remark, but: %q", reading.Notes)
	}
}

// TestHowFarAServerLooksBack has a server that by itself looks back for ten seconds,
// and a sample that a metric would still take. An old server does not show it; then
// nothing is known of the node, and people are told why.
func TestHowFarAServerLooksBack(t *testing.T) {
	t.Parallel()
	prom, measured := late(t, "--query.lookback-delta=10s")
	is := versionOf(t, prom)
	m := telemetry.Metric{Name: "load", Query: "load", MaxAge: 10 * time.Minute}
	told := fmt.Sprintf(`the server (version "%v") may not heed lookback_delta, as Prometheus does from 2.43 on: samples older than its own limit, of 5m by default, are not seen, although a maxAge of 10m0s allows them`, is)
	must(t, testbed.Within(t.Context(), patience, func(ctx context.Context) error {
		// A source asks for the version once and for a moment, so that a busy machine needs another.
		reading, err := open(t, source.Options{URL: prom.URL}, "").collect(ctx, cluster(), m)
		if err != nil {
			return err
		}
		if got, found := reading.Samples[telemetry.Key{Metric: "load", Node: "node-a"}]; found && !got.Time.Equal(measured) {
			t.Fatalf("the value is of %v, and not of %v", got.Time, measured)
		}
		return errors.Join(
			differs("values", since(is, heedsLookback, map[string]string{"node-a": "7"}, map[string]string{}), outcome(reading, "load")),
			differs("notes", since(is, heedsLookback, nil, []string{told}), reading.Notes))
	}))
}

// TestAServerWithAnotherClockThanOurs sets ours, because a server's cannot be set
// without that of the machine: what counts is the difference.
func TestAServerWithAnotherClockThanOurs(t *testing.T) {
	t.Parallel()
	exporter := export(t, odd)
	prom := serve(t, testbed.Prometheus{Scrapes: []string{testbed.Scrape("odd", testbed.Target{Address: exporter.Address, Labels: map[string]string{"instance": "odd"}})}})
	scraped(t, open(t, source.Options{URL: prom.URL}, ""), "load", 3)
	for sentence, tc := range map[string]struct {
		ahead time.Duration
		notes []string
	}{
		"five minutes ahead":  {5 * time.Minute, []string{"the clock of the server is 5m0s ahead of ours; ages are taken in its own"}},
		"five minutes behind": {-5 * time.Minute, []string{"the clock of the server is 5m0s behind ours; ages are taken in its own"}},
		"an hour behind":      {-time.Hour, []string{"the clock of the server is 1h0m0s behind ours; ages are taken in its own"}},
		"the same":            {0, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			r := open(t, source.Options{URL: prom.URL, Now: func() time.Time { return time.Now().Add(-tc.ahead) }}, "")
			r.until(t, metrics{load}, func(reading *telemetry.Reading) error {
				return errors.Join(valued(reading), differs("notes", tc.notes, reading.Notes))
			})
			for _, node := range names {
				if now, believed := r.sample(load, node); !believed || now.Time.After(r.now()) {
					t.Errorf("%s is %v, believed %v, at %v", node, now, believed, r.now())
				}
			}
		})
	}
}
