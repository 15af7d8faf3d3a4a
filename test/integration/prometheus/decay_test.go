package prometheus

import (
	"fmt"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	source "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// maxAge is how old a sample may be here, and much less than the range of the rate.
const maxAge = 3 * time.Second

// scrapeTolerance is by how much a server moves the time of a scrape to keep its
// rhythm, and much less than a scrape's interval.
const scrapeTolerance = 10 * time.Millisecond

// rate is what a dead exporter makes slide down for the whole of its range.
var rate = telemetry.Metric{Name: "rate", Query: "100 * rate(stall_seconds_total[12s])", MaxAge: maxAge}

// instead has another value where the rate has none. Its range lasts as long as
// anybody waits here: what it says goes on to be made of the dead exporter.
var instead = telemetry.Metric{Name: "instead", Query: "1000 * rate(stall_seconds_total[1m]) or 0 * up", MaxAge: maxAge}

// warmed is what all metrics reach, and relief what none of them falls to while its
// exporter lives, even if some scrapes are missed.
const warmed, relief = 40, 30

// dying are metrics of an exporter that is going to be killed: a gauge of it ends at
// once, and stays for minutes where the exporter stamps it.
var dying = metrics{
	rate, instead,
	{Name: "gauge", Query: "temperature", MaxAge: maxAge},
	{Name: "stamped", Query: "stamped_temperature", MaxAge: maxAge},
}

// busy is the exporter of a node that waits half of its time.
func busy(began time.Time) func(string) string {
	return func(string) string {
		return fmt.Sprintf("stall_seconds_total %f\ntemperature 80\nstamped_temperature 80 %d\n", time.Since(began).Seconds()/2, time.Now().UnixMilli())
	}
}

// TestAnExporterThatIsKilled compares what is believed with what the server says.
func TestAnExporterThatIsKilled(t *testing.T) {
	t.Parallel()
	dies, lives := export(t, busy(time.Now())), export(t, busy(time.Now()))
	prom := serve(t, testbed.Prometheus{Scrapes: []string{testbed.Scrape("nodes",
		testbed.Target{Address: dies.Address, Labels: map[string]string{"node": "node-a"}},
		testbed.Target{Address: lives.Address, Labels: map[string]string{"node": "node-b"}},
	)}})
	r := open(t, source.Options{URL: prom.URL}, "")
	r.until(t, dying, func(*telemetry.Reading) error { return atLeast(r, warmed, dying...) })
	dies.Kill()
	killed, last := time.Now(), map[string]telemetry.Sample{}
	r.until(t, dying, func(*telemetry.Reading) error { return unknown(t, r, killed, last) })
	comesLate(t, prom.URL)
	slid(t, prom.URL)
}

// unknown returns nil once nothing is known of the dead exporter's node. Until then
// nothing may look like relief, or like a measurement after the end.
func unknown(t *testing.T, r *reader, killed time.Time, last map[string]telemetry.Sample) (pending error) {
	for _, m := range dying {
		now, believed := r.sample(m, "node-a")
		switch _, living := r.sample(m, "node-b"); {
		case !living:
			pending = fmt.Errorf("%s of the living node is unknown", m.Name)
		case !believed:
			continue
		case now.Value < relief:
			t.Fatalf("%s looks like relief: it fell from %v to %v", m.Name, last[m.Name], now)
		case now.Time.Before(last[m.Name].Time):
			t.Fatalf("%s went back in time: from %v to %v", m.Name, last[m.Name], now)
		case now.Time.After(killed.Add(scrapeTolerance)):
			t.Fatalf("%s is said to be of %v, and the exporter ended at %v", m.Name, now.Time, killed)
		default:
			pending = fmt.Errorf("%s of node-a is still %v", m.Name, now)
		}
		last[m.Name] = now
	}
	return pending
}

// comesLate reads without memory what the server goes on to give of a dead exporter.
func comesLate(t *testing.T, server string) {
	lasting := telemetry.Metric{Name: "lasting", Query: "100 * rate(stall_seconds_total[5m])", MaxAge: maxAge}
	reading := open(t, source.Options{URL: server}, "").read(t, lasting, instead)
	for _, m := range (metrics{lasting, instead}) {
		want := fmt.Sprintf("the query %q: nobody can say how old its value of this node is: what it reads has ended, or an ageQuery has no series of it", m.Query)
		if got := outcome(reading, m.Name)["node-a"]; got != want {
			t.Errorf("who comes after the end is told %q, and should be told %q", got, want)
		}
	}
}

// slid makes sure that there was something to be deceived by: to a reader without
// memory and without an idea of ages the rate falls, for good where something stands
// in for it, and the stamped gauge stands.
func slid(t *testing.T, server string) {
	const now = `label_replace(vector(time()), "node", "node-a", "", "")`
	falls := telemetry.Metric{Name: "falls", Query: rate.Query + " or 0 * up", AgeQuery: now, MaxAge: maxAge}
	stands := telemetry.Metric{Name: "stands", Query: "stamped_temperature", AgeQuery: now, MaxAge: maxAge}
	r := open(t, source.Options{URL: server}, "")
	r.until(t, metrics{falls, stands}, func(*telemetry.Reading) error {
		if fallen, believed := r.sample(falls, "node-a"); !believed || fallen.Value >= relief {
			return fmt.Errorf("the rate has not fallen: %v", fallen)
		}
		return atLeast(r, 80, stands)
	})
}

// TestAnExporterThatComesBack is about the sample after a gap.
func TestAnExporterThatComesBack(t *testing.T) {
	t.Parallel()
	exporter := export(t, busy(time.Now()))
	prom := serve(t, testbed.Prometheus{Scrapes: []string{testbed.Scrape("nodes", testbed.Target{Address: exporter.Address, Labels: map[string]string{"node": "node-a"}})}})
	r, m := open(t, source.Options{URL: prom.URL}, ""), rate
	believed := func(want bool) func(*telemetry.Reading) error {
		return func(reading *telemetry.Reading) error {
			if now, got := r.sample(m, "node-a"); got != want {
				return fmt.Errorf("the sample is %v and believed: %v (%v)", now, got, outcome(reading, m.Name))
			}
			return nil
		}
	}
	r.until(t, metrics{m}, believed(true))
	exporter.Kill()
	r.until(t, metrics{m}, believed(false))
	before, _ := r.sample(m, "node-a")
	must(t, exporter.Restart())
	r.until(t, metrics{m}, believed(true))
	if after, _ := r.sample(m, "node-a"); after.Time.Sub(before.Time) < maxAge {
		t.Errorf("the sample after the gap is %v, and the one before %v", after, before)
	}
}

// TestOneOfTwoExportersIsKilled is about the limit that the documentation names, and
// the query that it gives for it.
func TestOneOfTwoExportersIsKilled(t *testing.T) {
	t.Parallel()
	dies, lives := export(t, busy(time.Now())), export(t, busy(time.Now()))
	node := map[string]string{"node": "node-a"}
	prom := serve(t, testbed.Prometheus{Scrapes: []string{testbed.Scrape("pair",
		testbed.Target{Address: dies.Address, Labels: node}, testbed.Target{Address: lives.Address, Labels: node},
	)}})
	r := open(t, source.Options{URL: prom.URL}, "")
	both := telemetry.Metric{Name: "both", Query: "sum by (node) (100 * rate(stall_seconds_total[10s]))", MaxAge: maxAge}
	guarded := telemetry.Metric{Name: "guarded", Query: both.Query + ` and on (node) (min by (node) (up{job="pair"}) == 1)`, MaxAge: maxAge}
	r.until(t, metrics{both, guarded}, func(*telemetry.Reading) error { return atLeast(r, 80, both, guarded) })
	dies.Kill()
	r.until(t, metrics{both, guarded}, func(*telemetry.Reading) error {
		now, believed := r.sample(guarded, "node-a")
		if believed && now.Value < 60 {
			t.Fatalf("the guarded sum looks like relief: %v", now)
		}
		if slid, known := r.sample(both, "node-a"); believed || !known || slid.Value > 75 {
			return fmt.Errorf("the guarded sum is %v, believed %v, and the other one %v, believed %v", now, believed, slid, known)
		}
		return nil
	})
}

// atLeast returns nil once metrics of node-a are believed and not less.
func atLeast(r *reader, least float64, all ...telemetry.Metric) error {
	for _, m := range all {
		if now, believed := r.sample(m, "node-a"); !believed || now.Value < least {
			return fmt.Errorf("%s of node-a is %v, believed %v", m.Name, now, believed)
		}
	}
	return nil
}
