package anyprometheus

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// TestTheRateOfADeadExporterDoesNotSlide kills an exporter whose counter rises by ten
// with each scrape, and looks on while the server's own rate falls to a third: to
// whoever believes it, the node gets idle.
func TestTheRateOfADeadExporterDoesNotSlide(t *testing.T) {
	t.Parallel()
	e := export(t, func(_ string, scrape int) string { return fmt.Sprintf("work_total %d\n", 10*scrape) })
	s := start(t, 1, testbed.Prometheus{Scrapes: []string{testbed.Scrape("worker", e.target("/", "node", "blue"))}})
	m, source := metric("rate(work_total[8s])"), s.source()
	s.eventually(func(context.Context) error {
		if rate := s.collect(source, m).Samples[of(m, "blue")].Value; rate < 6 {
			return fmt.Errorf("the rate is %v", rate)
		}
		return nil
	})
	e.Close()
	s.eventually(func(ctx context.Context) error {
		if up := s.raw(ctx, "up"); up != 0 {
			return fmt.Errorf("up is %v", up)
		}
		return nil
	})
	last := s.collect(source, m).Samples[of(m, "blue")]
	if last.Value == 0 || last.Time.After(e.scraped().Add(time.Second/2)) {
		t.Fatalf("the last sample is %+v, and the exporter was last scraped at %v", last, e.scraped())
	}
	if late := s.collect(s.source(), m); len(late.Samples) > 0 || !strings.Contains(late.Problems[of(m, "blue")], "has ended") {
		t.Errorf("who comes after the exporter's end is told %+v", late)
	}
	stood := false
	s.eventually(func(ctx context.Context) error {
		slid := s.raw(ctx, m.Query)
		got, found := s.collect(source, m).Samples[of(m, "blue")]
		if found && got != last {
			t.Fatalf("the sample became %+v, and was %+v; the server's rate is %v", got, last, slid)
		}
		stood = stood || found && slid < last.Value/2
		if slid > last.Value/3 {
			return fmt.Errorf("the server's rate is %v", slid)
		}
		return nil
	})
	if !stood {
		t.Error("the sample did not stand while the server's rate fell")
	}
}

// heedsLookback is the first version that looks back for samples as far as a query
// asks it to.
var heedsLookback = version.MustParseGeneric("2.43")

// TestHowFarAServerLooksBack has a server that looks back for ten seconds, and a
// sample of half a minute ago that a metric would still take. An old server does not
// show it; then nothing is known of the node, and people are told why.
func TestHowFarAServerLooksBack(t *testing.T) {
	t.Parallel()
	old := time.UnixMilli(time.Now().Add(-30 * time.Second).UnixMilli())
	e := export(t, func(string, int) string { return fmt.Sprintf("load 7 %d\n", old.UnixMilli()) })
	s := start(t, 1, testbed.Prometheus{
		Scrapes: []string{testbed.Scrape("late", e.target("/", "node", "blue"))},
		Args:    []string{"--query.lookback-delta=10s"},
	})
	m := metric("load")
	m.MaxAge = 10 * time.Minute
	reading := s.collect(s.source(), m)
	sample, found := reading.Samples[of(m, "blue")]
	is := s.version()
	t.Logf("Prometheus %v: the sample is found: %t; notes: %q", is, found, reading.Notes)
	if is.AtLeast(heedsLookback) {
		if !sample.Time.Equal(old) || len(reading.Notes) > 0 {
			t.Errorf("the sample is %+v and should be of %v, without notes: %q", sample, old, reading.Notes)
		}
		return
	}
	if found || len(reading.Faults) > 0 || len(reading.Notes) != 1 {
		t.Fatalf("the server shows what it cannot see: %+v", reading)
	}
	told := fmt.Sprintf(`the server (version "%d.%d.`, is.Major(), is.Minor())
	if note := reading.Notes[0]; !strings.HasPrefix(note, told) || !strings.Contains(note, "may not heed lookback_delta") {
		t.Errorf("the note is %q, and should begin with %q", note, told)
	}
}
