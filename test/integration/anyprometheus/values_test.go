package anyprometheus

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// byPath serves 1 under /blue and 2 under /red.
func byPath(path string, _ int) string {
	return fmt.Sprintf("size %d\n", map[string]int{"/blue": 1, "/red": 2}[path])
}

func TestSeriesFindTheirNodes(t *testing.T) {
	t.Parallel()
	layouts := []struct{ says, label, blue, red string }{
		{"the name of the node", "node", "blue", "red"},
		{"the name under another label", "kubernetes_node", "blue", "red"},
		{"the name with a port as instance", "instance", "blue:9100", "red:9100"},
		{"an address with a port as instance", "instance", "10.0.0.1:9100", "10.0.0.2:9100"},
		{"an IPv6 address with a port as instance", "instance", "[fd00::1]:9100", "[fd00::2]:9100"},
	}
	e := export(t, byPath)
	var scrapes []string
	for i, l := range layouts {
		scrapes = append(scrapes, testbed.Scrape(fmt.Sprintf("layout-%d", i), e.target("/blue", l.label, l.blue), e.target("/red", l.label, l.red)))
	}
	s := start(t, 2*len(layouts), testbed.Prometheus{Scrapes: scrapes})
	source := s.source()
	for i, l := range layouts {
		t.Run(l.says, func(t *testing.T) {
			m := metric(fmt.Sprintf(`size{job="layout-%d"}`, i))
			reading := s.collect(source, m)
			blue, red := reading.Samples[of(m, "blue")], reading.Samples[of(m, "red")]
			if blue.Value != 1 || red.Value != 2 {
				t.Errorf("blue has %v and red %v, and should have 1 and 2; faults %v, problems %v", blue, red, reading.Faults, reading.Problems)
			}
			if join := reading.Joins[m.Name]; join == nil || join.Label != l.label || join.Matched != 2 {
				t.Errorf("the join is told as %+v", join)
			}
		})
	}
}

func TestMatchersKeepAnotherClusterOut(t *testing.T) {
	t.Parallel()
	e := export(t, byPath)
	s := start(t, 2, testbed.Prometheus{Scrapes: []string{testbed.Scrape("both",
		e.target("/blue", "node", "blue", "cluster", "ours"), e.target("/red", "node", "blue", "cluster", "theirs"))}})
	m := metric("100 * size / (size + size)")
	sum := metric("size + size")
	if reading := s.collect(s.source(), m); !strings.Contains(reading.Problems[of(m, "blue")], "2 series") {
		t.Errorf("without matchers two clusters are not told apart, and the problem is %q", reading.Problems)
	}
	reading := s.collect(s.source(`cluster="ours"`), m, sum)
	if share, size := reading.Samples[of(m, "blue")].Value, reading.Samples[of(sum, "blue")].Value; share != 50 || size != 2 {
		t.Errorf("with matchers the values are %v and %v, and should be 50 and 2: %+v", share, size, reading)
	}
}

// TestASampleHasTheTimeOfItsMeasurement has an exporter that passes on what was
// measured half a minute ago; the answer to a query of it carries the time of the
// query.
func TestASampleHasTheTimeOfItsMeasurement(t *testing.T) {
	t.Parallel()
	old := time.UnixMilli(time.Now().Add(-30 * time.Second).UnixMilli())
	e := export(t, func(string, int) string { return fmt.Sprintf("load 7 %d\nlimit 10\n", old.UnixMilli()) })
	s := start(t, 1, testbed.Prometheus{Scrapes: []string{testbed.Scrape("late", e.target("/", "node", "blue"))}})
	load, limit, share := metric("load"), metric("limit"), metric("100 * load / limit")
	reading := s.collect(s.source(), load, limit, share)
	for _, m := range []telemetry.Metric{load, share} {
		if got := reading.Samples[of(m, "blue")]; !got.Time.Equal(old) {
			t.Errorf("%s is %v as of %v, and was measured at %v", m.Name, got.Value, got.Time, old)
		}
	}
	if got := reading.Samples[of(limit, "blue")]; got.Value != 10 || !got.Time.After(old) {
		t.Errorf("the limit was measured at %v, and should be newer than the load", got.Time)
	}
	if len(reading.Notes) > 0 {
		t.Errorf("there is nothing to remark, but: %q", reading.Notes)
	}
}

// TestAnAnswerWithAWarningIsNone has a server that asks another one too, which is
// broken: what it answers by itself may be a part of the truth.
func TestAnAnswerWithAWarningIsNone(t *testing.T) {
	t.Parallel()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the disk is full", http.StatusInternalServerError)
	}))
	t.Cleanup(broken.Close)
	e := export(t, byPath)
	s := start(t, 1, testbed.Prometheus{
		Scrapes: []string{testbed.Scrape("own", e.target("/blue", "node", "blue"))},
		More:    fmt.Sprintf("remote_read: [{url: %q, read_recent: true}]\n", broken.URL),
	})
	m := metric("size")
	reading := s.collect(s.source(), m)
	fault := reading.Faults[m.Name]
	t.Log(fault)
	if !strings.Contains(fault, `the query "size": the server warns`) || len(reading.Samples) > 0 {
		t.Errorf("the answer was taken: %+v", reading)
	}
}
