package prometheus

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// at is the sample of node-a.
func at(r *telemetry.Reading) telemetry.Sample {
	return r.Samples[telemetry.Key{Metric: "load", Node: "node-a"}]
}

func TestAValueThatSlidesIsNoNewSample(t *testing.T) {
	for sentence, tc := range map[string]struct {
		metric telemetry.Metric
		// end is what becomes of the selector x after the first reading; y goes on.
		end  func(*server, telemetry.Metric)
		want float64
		old  bool // the sample is that of the first reading
	}{
		"a rate whose exporter was killed":            {rate, func(*server, telemetry.Metric) {}, 100, true},
		"a rate whose series ended":                   {rate, func(s *server, _ telemetry.Metric) { s.aged("node", "x") }, 100, true},
		"a rate from a replica that lags behind":      {rate, func(s *server, _ telemetry.Metric) { s.aged("node", "x", "node=node-a 1m") }, 100, true},
		"a rate with a new sample":                    {rate, func(s *server, _ telemetry.Metric) { s.aged("node", "x", "node=node-a 1s") }, 50, false},
		"a dead rate over a gauge that lives":         {telemetry.Metric{Name: "load", Query: "rate(x[5m]) / y"}, func(*server, telemetry.Metric) {}, 100, true},
		"a subquery over a dead gauge":                {telemetry.Metric{Name: "load", Query: "max_over_time(x[5m:1m])"}, func(*server, telemetry.Metric) {}, 100, true},
		"a gauge that changes needs no new sample":    {telemetry.Metric{Name: "load", Query: "time() - x"}, func(*server, telemetry.Metric) {}, 50, false},
		"a gauge whose series ended":                  {load, func(s *server, _ telemetry.Metric) { s.aged("node", "x") }, 100, true},
		"a rate whose ageQuery says nothing new":      {telemetry.Metric{Name: "load", Query: "rate(x[5m])", AgeQuery: "seen"}, func(*server, telemetry.Metric) {}, 100, true},
		"a gauge whose ageQuery has lost its series":  {telemetry.Metric{Name: "load", Query: "x", AgeQuery: "seen"}, func(s *server, _ telemetry.Metric) { s.set("seen") }, 100, true},
		"a rate whose ageQuery has something new":     {telemetry.Metric{Name: "load", Query: "rate(x[5m])", AgeQuery: "seen"}, func(s *server, _ telemetry.Metric) { s.set("seen", "node=node-a "+unix(time.Now())) }, 50, false},
		"a value without a range beside a range of y": {telemetry.Metric{Name: "load", Query: "x * rate(y[5m])"}, func(*server, telemetry.Metric) {}, 50, false},
		"a dead rate beside what stands in for it":    {instead, func(s *server, _ telemetry.Metric) { s.leaves("node=node-a") }, 100, true},
		"what stands in once the range is over":       {instead, func(s *server, _ telemetry.Metric) { s.leaves() }, 50, false},
		"a rate that lives beside what could be":      {instead, func(s *server, _ telemetry.Metric) { s.lives("1s") }, 50, false},
		"a dead rate without a sample of another one": {unless, func(s *server, _ telemetry.Metric) { s.leaves("node=node-a") }, 100, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := serve(t)
			src := source(t, Options{URL: s.URL})
			s.set(tc.metric.Query, "node=node-a 100")
			s.aged("node", "x", "node=node-a 5s")
			s.lives("5s")
			s.aged("node", "y", "node=node-a 5s")
			s.set("seen", "node=node-a "+unix(time.Now().Add(-5*time.Second)))
			first := at(collect(t, src, tc.metric))
			s.set(tc.metric.Query, "node=node-a 50")
			s.aged("node", "y", "node=node-a 1s")
			tc.end(s, tc.metric)
			second := at(collect(t, src, tc.metric))
			if second.Value != tc.want {
				t.Errorf("the value is %v, want %v", second.Value, tc.want)
			}
			if got := second == first; got != tc.old {
				t.Errorf("the sample is that of before: %v, want %v", got, tc.old)
			}
		})
	}
}

// Two metrics whose values may come about without the rate of x.
var (
	instead = telemetry.Metric{Name: "load", Query: "rate(x[5m]) or 0 * y"}
	unless  = telemetry.Metric{Name: "load", Query: "y unless rate(x[5m]) > 10"}
	perhaps = timing{selector: "x", span: 5 * time.Minute, optional: true}
)

// lives makes the server say that a range of x, without which there may be values,
// has a sample of that age.
func (s *server) lives(age string) {
	ago, _ := time.ParseDuration(age)
	s.set(perhaps.query("node"), "node=node-a "+unix(time.Now().Add(-ago)))
}

// leaves makes the server say that x has ended and its range still has some of these.
func (s *server) leaves(series ...string) {
	for i := range series {
		series[i] += " 0"
	}
	s.set(perhaps.query("node"), series...)
}

func TestWhoComesAfterTheEndIsNotDeceivedByWhatStandsIn(t *testing.T) {
	s := serve(t)
	s.set(instead.Query, "node=node-a 50", "node=node-b 0")
	s.aged("node", "y", "node=node-a 1s", "node=node-b 1s")
	s.leaves("node=node-a")
	want := map[string]string{
		"node-a": `the query "rate(x[5m]) or 0 * y": nobody can say how old its value of this node is: what it reads has ended, or an ageQuery has no series of it`,
		"node-b": "0",
	}
	if diff := cmp.Diff(want, values(collect(t, source(t, Options{URL: s.URL}), instead), "load")); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestEachSeriesOfANodeMayDoWithAnotherSideOfOr(t *testing.T) {
	s := serve(t)
	m := telemetry.Metric{Name: "load", Query: "a or b", Combine: telemetry.CombineSum}
	s.set(m.Query, "instance=10.0.0.1:1 1", "instance=10.0.0.1:2 2")
	s.aged("instance", "a", "instance=10.0.0.1:1 40s")
	s.aged("instance", "b", "instance=10.0.0.1:2 5s")
	if diff := cmp.Diff(map[string]time.Duration{"node-a": 40 * time.Second}, s.agesBy(collect(t, source(t, Options{URL: s.URL}), m), "load")); diff != "" {
		t.Errorf("ages (-want +got):\n%s", diff)
	}
}

func TestAnotherQueryUnderTheNameStartsAnew(t *testing.T) {
	s := serve(t)
	src := source(t, Options{URL: s.URL})
	s.set("rate(x[5m])", "node=node-a 100")
	s.set("rate(x[2m])", "node=node-a 50")
	s.aged("node", "x", "node=node-a 5s")
	collect(t, src, rate)
	if got := at(collect(t, src, telemetry.Metric{Name: "load", Query: "rate(x[2m])"})).Value; got != 50 {
		t.Errorf("the value is %v, want that of the new query", got)
	}
}

func TestMetricsThatNobodyAsksForAreForgotten(t *testing.T) {
	s := serve(t)
	now := time.Now()
	src := source(t, Options{URL: s.URL, Now: func() time.Time { return now }})
	for _, query := range []string{"x", "y"} {
		s.set(query, "node=node-a 1")
		s.aged("node", query, "node=node-a 5s")
		collect(t, src, telemetry.Metric{Name: "load", Query: query})
		now = now.Add(forgetAfter + time.Minute)
	}
	if len(src.kept) != 1 {
		t.Errorf("%d metrics are remembered, want 1", len(src.kept))
	}
}

func TestAServersClockMayBeWrong(t *testing.T) {
	for sentence, tc := range map[string]struct {
		ahead time.Duration
		notes []string
	}{
		"ahead":      {5 * time.Minute, []string{"the clock of the server is 5m0s ahead of ours; ages are taken in its own"}},
		"behind":     {-5 * time.Minute, []string{"the clock of the server is 5m0s behind ours; ages are taken in its own"}},
		"a little":   {20 * time.Second, nil},
		"not at all": {0, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := serve(t)
			s.ahead = tc.ahead
			s.set("x", "node=node-a 1")
			s.aged("node", "x", "node=node-a 10s")
			src := source(t, Options{URL: s.URL})
			r := collect(t, src, load)
			if diff := cmp.Diff(map[string]time.Duration{"node-a": 10 * time.Second}, s.agesBy(r, "load")); diff != "" {
				t.Errorf("ages (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.notes, r.Notes, ignoreEmpty); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
			if r.Ahead == nil || (*r.Ahead-tc.ahead).Abs() > clockSlack {
				t.Errorf("its clock is %v ahead, want %v", r.Ahead, tc.ahead)
			}
			if first, second := at(r), at(collect(t, src, load)); first != second {
				t.Errorf("the same sample is %v, and then %v", first, second)
			}
		})
	}
}

func TestWithoutMemoryAnOldRangeIsNotBelieved(t *testing.T) {
	doubt := func(query, trust string) string {
		return fmt.Sprintf("the query %q: the newest sample in its range was over %s old when this node was first read, so that the value may have slid; a newer one is waited for", query, trust)
	}
	for sentence, tc := range map[string]struct {
		query, age string
		want       string
	}{
		"a fresh sample":                         {"rate(x[5m])", "5s", "50"},
		"a scrape was missed":                    {"rate(x[5m])", "55s", "50"},
		"an exporter that died minutes ago":      {"rate(x[5m])", "2m", doubt("rate(x[5m])", "1m0s")},
		"half of a short range":                  {"rate(x[1m])", "35s", doubt("rate(x[1m])", "30s")},
		"a gauge is as old as it is":             {"x", "2m", "50"},
		"a subquery slides too":                  {"max_over_time(x[1h:1m])", "2m", doubt("max_over_time(x[1h:1m])", "1m0s")},
		"a gauge over the range of another node": {"x / scalar(rate(y[5m]))", "2m", "50"},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := serve(t)
			src, m := source(t, Options{URL: s.URL}), telemetry.Metric{Name: "load", Query: tc.query}
			s.set(tc.query, "node=node-a 50")
			s.aged("node", "x", "node=node-a "+tc.age)
			s.aged("node", "y", "node=node-a 1s")
			for range 2 {
				if got := values(collect(t, src, m), "load")["node-a"]; got != tc.want {
					t.Fatalf("got %s, want %s", got, tc.want)
				}
			}
		})
	}
}

func TestASampleThatIsNewerEndsTheDoubt(t *testing.T) {
	s := serve(t)
	src := source(t, Options{URL: s.URL})
	s.set(rate.Query, "node=node-a 50")
	now := time.Now()
	for i, step := range []struct {
		sample time.Duration // of now
		known  bool
	}{{-3 * time.Minute, false}, {-3 * time.Minute, false}, {-150 * time.Second, true}, {-160 * time.Second, true}} {
		s.set(timing{selector: "x"}.query("node"), "node=node-a "+unix(now.Add(step.sample)))
		if got := at(collect(t, src, rate)); (got.Value == 50) != step.known {
			t.Errorf("reading %d: the value is known: %v, want %v", i+1, got.Value == 50, step.known)
		}
	}
}

func TestARangeIsComparedInOurClock(t *testing.T) {
	for sentence, tc := range map[string]struct {
		first, second time.Duration // by how much the two replicas are ahead
		age           string        // of the newest sample of the second
		want          float64
	}{
		"a newer sample of one that is behind":     {5 * time.Minute, 0, "1s", 50},
		"a newer sample of one that is ahead":      {0, 5 * time.Minute, "1s", 50},
		"the same sample by one that is ahead":     {0, 5 * time.Minute, "10s", 100},
		"the same sample by one that is behind":    {5 * time.Minute, 0, "10s", 100},
		"newer by less than is known of the clock": {0, 5 * time.Minute, "9s", 100},
		"newer by as little in one clock":          {0, 0, "9s", 50},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := serve(t)
			src := source(t, Options{URL: s.URL})
			s.ahead = tc.first
			s.set(rate.Query, "node=node-a 100")
			s.aged("node", "x", "node=node-a 10s")
			collect(t, src, rate)
			s.ahead = tc.second
			s.set(rate.Query, "node=node-a 50")
			s.aged("node", "x", "node=node-a "+tc.age)
			if got := at(collect(t, src, rate)).Value; got != tc.want {
				t.Errorf("the value is %v, want %v", got, tc.want)
			}
		})
	}
}

func TestReplicasMayHaveClocksOfTheirOwn(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var c clocks
	for i, step := range []struct {
		server, sent, received time.Duration
		want                   time.Duration
	}{
		{1 * time.Second, 0, 2 * time.Second, 0},
		{11 * time.Second, 0, 20 * time.Second, 0},                                                // slow, and not wrong
		{301 * time.Second, 0, time.Second, 300 * time.Second},                                    // another replica
		{302*time.Second + 500*time.Millisecond, time.Second, 2 * time.Second, 300 * time.Second}, // the same one
		{3 * time.Second, 2 * time.Second, 3 * time.Second, 0},
		{-50 * time.Second, 10 * time.Second, 11 * time.Second, -60 * time.Second},
	} {
		if got := c.offset(start.Add(step.server), start.Add(step.sent), start.Add(step.received)); got != step.want {
			t.Errorf("answer %d: the offset is %v, want %v", i, got, step.want)
		}
	}
	for i := range 100 {
		c.offset(start.Add(time.Duration(i)*time.Hour), start, start)
	}
	if len(c.known) > maxClocks {
		t.Errorf("%d clocks are known", len(c.known))
	}
}
