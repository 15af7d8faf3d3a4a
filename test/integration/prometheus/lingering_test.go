package prometheus

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	source "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// containers is an exporter that writes the times of its samples, as cAdvisor does:
// its series that end get no marker, and stay to be seen for five minutes.
type containers struct {
	began time.Time
	// ended says that one of two containers has ended; the other works on and harder.
	ended atomic.Bool
}

func (c *containers) text(string) string {
	now := time.Now()
	age := now.Sub(c.began).Seconds()
	if c.ended.Load() {
		return fmt.Sprintf("work_total{container=\"new\"} %f %d\nwork_total{container=\"lasting\"} %f %[2]d\n", 100*age, now.UnixMilli(), age)
	}
	return fmt.Sprintf("work_total{container=\"short\"} %f %d\nwork_total{container=\"lasting\"} %[1]f %[2]d\n", age, now.UnixMilli())
}

// The work of all containers, and its strict form, for which no series may be old.
var (
	work   = telemetry.Metric{Name: "work", Query: "sum by (node) (rate(work_total[10s]))", MaxAge: maxAge}
	strict = telemetry.Metric{Name: "strict", Query: work.Query, AgeQuery: "min by (node) (timestamp(work_total))", MaxAge: maxAge}
)

// TestASeriesThatEndsWithoutAMarkerHidesNoOthers has a node whose load rises after a
// container ended.
func TestASeriesThatEndsWithoutAMarkerHidesNoOthers(t *testing.T) {
	t.Parallel()
	c := &containers{began: time.Now()}
	exporter := export(t, c.text)
	prom := serve(t, testbed.Prometheus{Scrapes: []string{testbed.Scrape("cadvisor", testbed.Target{Address: exporter.Address, Labels: map[string]string{"node": "node-a"}})}})
	r := open(t, source.Options{URL: prom.URL}, "")
	metrics{work, strict}.known(t, r)
	c.ended.Store(true)
	r.until(t, metrics{work, strict}, func(reading *telemetry.Reading) error {
		if now, believed := r.sample(work, "node-a"); !believed || now.Value < 50 {
			return fmt.Errorf("the work of node-a is %v, believed %v: %v", now, believed, outcome(reading, work.Name))
		}
		if now, believed := r.sample(strict, "node-a"); believed {
			return fmt.Errorf("where no series may be old the work is %v", now)
		}
		return nil
	})
}

// TestAnEndThatIsMarkedIsNoAge is the strict form on a server that is told to mark the
// ends of all series.
func TestAnEndThatIsMarkedIsNoAge(t *testing.T) {
	t.Parallel()
	c := &containers{began: time.Now()}
	exporter := export(t, c.text)
	scrape := testbed.Scrape("cadvisor", testbed.Target{Address: exporter.Address, Labels: map[string]string{"node": "node-a"}})
	if is := versionOf(t, serve(t, testbed.Prometheus{})); is.LessThan(tracksStaleness) {
		t.Skipf("Prometheus %v has no track_timestamps_staleness", is)
	}
	prom := serve(t, testbed.Prometheus{Scrapes: []string{scrape + "  track_timestamps_staleness: true\n"}})
	r := open(t, source.Options{URL: prom.URL}, "")
	metrics{strict}.known(t, r)
	c.ended.Store(true)
	r.until(t, metrics{strict}, func(*telemetry.Reading) error {
		if now, believed := r.sample(strict, "node-a"); !believed || now.Value < 50 {
			return fmt.Errorf("the work of node-a is %v, believed %v", now, believed)
		}
		return nil
	})
}

// TestAnExporterThatEndsWithoutAMarkerIsNotHiddenByAnother has two for one node, of
// which one is killed.
func TestAnExporterThatEndsWithoutAMarkerIsNotHiddenByAnother(t *testing.T) {
	t.Parallel()
	dies, lives := export(t, (&containers{began: time.Now()}).text), export(t, (&containers{began: time.Now()}).text)
	node := map[string]string{"node": "node-a"}
	prom := serve(t, testbed.Prometheus{Scrapes: []string{testbed.Scrape("runtimes",
		testbed.Target{Address: dies.Address, Labels: node}, testbed.Target{Address: lives.Address, Labels: node},
	)}})
	r := open(t, source.Options{URL: prom.URL}, "")
	scraped(t, r, "work_total", 4)
	newest := work
	newest.Name, newest.AgeQuery = "newest", "max by (node) (timestamp(work_total))"
	metrics{work, newest}.known(t, r)
	dies.Kill()
	r.until(t, metrics{work, newest}, func(*telemetry.Reading) error {
		if now, believed := r.sample(work, "node-a"); believed {
			return fmt.Errorf("the work of node-a is still %v", now)
		}
		if now, believed := r.sample(newest, "node-a"); !believed {
			return fmt.Errorf("where one living series is enough the work is %v", now)
		}
		return nil
	})
}
