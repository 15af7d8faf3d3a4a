package prometheus

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	source "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// behind is by how much the second replica is behind the first.
const behind = 10 * time.Second

// pair is two servers behind one address, of which one shows everything later.
func pair(t *testing.T) [2]*url.URL {
	began := time.Now()
	exporter := export(t, func(path string) string {
		at := time.Now()
		if path == "/late" {
			at = at.Add(-behind)
		}
		age := at.Sub(began).Seconds()
		return fmt.Sprintf("uptime_seconds %f %d\nwork_total %f %[2]d\n", age, at.UnixMilli(), age*age)
	})
	var out [2]*url.URL
	for i, path := range []string{"/now", "/late"} {
		scrape := testbed.Scrape("nodes", testbed.Target{Address: exporter.Address, Path: path, Labels: map[string]string{"node": "node-a"}})
		prom := serve(t, testbed.Prometheus{Name: "prom" + path[1:], Scrapes: []string{scrape}})
		reader := open(t, source.Options{URL: prom.URL}, "")
		growing.known(t, reader)
		out[i], _ = url.Parse(prom.URL)
	}
	return out
}

// balance sends each reading to another server, or each query. A reading begins with
// the time of the server.
func balance(t *testing.T, servers [2]*url.URL, eachQuery bool) (address string) {
	var turns atomic.Int64
	return front(t, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		turn := turns.Load()
		if eachQuery || isTime(r) {
			turn = turns.Add(1)
		}
		r.SetURL(servers[turn%2])
	}})
}

// growing are values that grow for ever: a lesser one is an older one.
var growing = metrics{
	{Name: "gauge", Query: "uptime_seconds", MaxAge: time.Minute},
	{Name: "rate", Query: "rate(work_total[30s])", MaxAge: time.Minute},
}

// known waits until a reader knows all of them.
func (all metrics) known(t *testing.T, r *reader) {
	r.until(t, all, func(reading *telemetry.Reading) error {
		for _, m := range all {
			if _, believed := r.sample(m, "node-a"); !believed {
				return fmt.Errorf("%s is not there: %v", m.Name, outcome(reading, m.Name))
			}
		}
		return nil
	})
}

// TestTwoReplicasBehindOneAddress reads them in turns over some scrapes.
func TestTwoReplicasBehindOneAddress(t *testing.T) {
	t.Parallel()
	servers := pair(t)
	for sentence, eachQuery := range map[string]bool{"that takes turns by reading": false, "that takes turns by query": true} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			address := balance(t, servers, eachQuery)
			r := open(t, source.Options{URL: address}, "")
			growing.known(t, r)
			w := &watch{last: map[string]telemetry.Sample{}, sameReplica: !eachQuery}
			must(t, testbed.Within(t.Context(), patience, func(context.Context) error {
				w.see(t, r, r.read(t, growing...))
				if w.scrapes < 5 || w.backward < 5 {
					return fmt.Errorf("%d scrapes and %d older samples were seen", w.scrapes, w.backward)
				}
				return nil
			}))
			t.Logf("of %d readings %d brought samples that were older than known ones, and %d had value and age of different replicas", w.readings, w.backward, w.mixed)
		})
	}
}

// watch follows what is known.
type watch struct {
	last     map[string]telemetry.Sample
	readings int
	// scrapes counts newer gauges, and backward readings that brought an older one
	// than was known.
	scrapes, backward int
	// mixed counts values that are older than the age that another replica gave them:
	// the limit that the documentation names.
	mixed int
	// sameReplica says that value and age of a reading come from one replica.
	sameReplica bool
}

func (w *watch) see(t *testing.T, r *reader, reading *telemetry.Reading) {
	w.readings++
	for _, m := range growing {
		now, believed := r.sample(m, "node-a")
		before := w.last[m.Name]
		switch {
		case !believed:
			t.Fatalf("%s flaps: it is unknown (%v)", m.Name, outcome(reading, m.Name))
		case now.Time.Before(before.Time):
			t.Fatalf("%s went back in time by %v", m.Name, before.Time.Sub(now.Time))
		case m.Name == "gauge" && now.Value < before.Value && w.sameReplica:
			t.Fatalf("%s went back from %v to %v", m.Name, before.Value, now.Value)
		case m.Name == "gauge" && now.Value < before.Value:
			w.mixed++
		}
		w.last[m.Name] = now
		if m.Name != "gauge" {
			continue
		}
		if now.Time.After(before.Time) {
			w.scrapes++
		}
		if reading.Samples[telemetry.Key{Metric: m.Name, Node: "node-a"}].Time.Before(now.Time) {
			w.backward++
		}
	}
}

// isTime reports whether a request asks for the server's time.
func isTime(r *httputil.ProxyRequest) bool {
	body, err := io.ReadAll(r.Out.Body)
	r.Out.Body = io.NopCloser(bytes.NewReader(body))
	return err == nil && strings.Contains(string(body), "query=time%28%29")
}
