package prometheus

import (
	"compress/gzip"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/config"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

func TestWhatIsAskedTwiceIsSentOnce(t *testing.T) {
	s := serve(t)
	for _, query := range []string{`rate(x{cluster="eu-1"}[5m])`, `sum by (node) (x{cluster="eu-1"})`, `x{cluster="eu-1"} / y{cluster="eu-1"}`} {
		s.set(query, "node=node-a 1")
	}
	s.aged("node", `x{cluster="eu-1"}`, "node=node-a 5s")
	s.aged("node", `y{cluster="eu-1"}`, "node=node-a 5s")
	src := source(t, Options{URL: s.URL, Matchers: []string{`cluster="eu-1"`}})
	var metrics []telemetry.Metric
	for i, query := range []string{`rate(x[5m])`, `rate( x [5m] )`, `rate(x{cluster="eu-1"}[5m])`, `sum by(node)(x)`, `x/y`, `x / y`} {
		metrics = append(metrics, telemetry.Metric{Name: fmt.Sprint(i), Query: query})
	}
	for range 2 {
		r := collect(t, src, metrics...)
		want := []string{
			`min by (node) (max by (instance, job, node) (timestamp(x{cluster="eu-1"})))`, `min by (node) (max by (instance, job, node) (timestamp(y{cluster="eu-1"})))`,
			`rate(x{cluster="eu-1"}[5m])`, `sum by (node) (x{cluster="eu-1"})`, `x{cluster="eu-1"} / y{cluster="eu-1"}`,
		}
		if diff := cmp.Diff(want, s.queries()); diff != "" {
			t.Errorf("queries (-want +got):\n%s", diff)
		}
		if len(r.Samples) != len(metrics) || len(r.Faults) > 0 {
			t.Errorf("%d samples of %d metrics, and the faults %v", len(r.Samples), len(metrics), r.Faults)
		}
	}
}

func TestNothingIsAskedForNothing(t *testing.T) {
	s := serve(t)
	if r := collect(t, source(t, Options{URL: s.URL})); r.Metrics == nil || len(s.asked) > 0 {
		t.Errorf("the reading is about %v, and the server was asked %v", r.Metrics, s.asked)
	}
}

func TestWhatIsSentWithAQuery(t *testing.T) {
	s := serve(t)
	s.ahead = time.Hour
	s.set("x", "node=node-a 1")
	s.aged("node", "x", "node=node-a 5s")
	collect(t, source(t, Options{URL: s.URL + "/?team=infra", Timeout: 7 * time.Second}), load, telemetry.Metric{Name: "slow", Query: "y", MaxAge: 30 * time.Minute})
	common := map[string]string{"team": "infra", "partial_response": "false", "deny_partial_response": "1", "timeout": "7s", "lookback_delta": "5m0s"}
	for text, more := range map[string]map[string]string{
		"time()": {}, "x": {"time": ""}, "min by (node) (max by (instance, job, node) (timestamp(x)))": {"time": ""}, "y": {"time": "", "lookback_delta": "30m0s"},
	} {
		want := map[string]string{"query": text}
		for _, from := range []map[string]string{common, more} {
			for key, value := range from {
				want[key] = value
			}
		}
		if _, timed := more["time"]; timed {
			want["time"] = s.forms["x"]["time"]
		}
		if diff := cmp.Diff(want, s.forms[text]); diff != "" {
			t.Errorf("sent with %s (-want +got):\n%s", text, diff)
		}
	}
	if at := s.forms["x"]["time"]; at == "" || at < unix(time.Now().Add(59*time.Minute)) {
		t.Errorf("the time of the query is %q, which is not the server's", at)
	}
}

func TestServersCanReadTheTimeThatIsLeft(t *testing.T) {
	for _, left := range []time.Duration{time.Hour, 39987 * time.Millisecond, 20 * time.Second, 17700 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), left)
		s := serve(t)
		s.set("x", "node=node-a 1")
		s.aged("node", "x", "node=node-a 5s")
		want := cluster()
		want.Metrics = []telemetry.Metric{load}
		if r, err := source(t, Options{URL: s.URL}).Collect(ctx, want); err != nil || len(r.Samples) != 1 {
			t.Errorf("with %v left: %+v, %v", left, r, err)
		}
		cancel()
	}
}

func TestBuiltInMetricsHaveQueriesOfTheirOwn(t *testing.T) {
	builtins := []telemetry.Metric{{Name: telemetry.UsedCPU}, {Name: telemetry.UsedMemory}}
	for sentence, tc := range map[string]struct {
		options Options
		want    []string
	}{
		"by default":        {Options{}, []string{UsedMemory, UsedCPU}},
		"those of operator": {Options{CPU: "sum by (node) (c)", Memory: "m"}, []string{"m", "sum by (node) (c)"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := serve(t)
			tc.options.URL = s.URL
			collect(t, source(t, tc.options), builtins...)
			if diff := cmp.Diff(tc.want, s.queries()); diff != "" {
				t.Errorf("queries (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheWindowIsThatOfTheQueryUnlessTheMetricSaysSo(t *testing.T) {
	s := serve(t)
	s.set("rate(x[5m])", "node=node-a 1")
	s.aged("node", "x", "node=node-a 5s")
	for window, want := range map[time.Duration]time.Duration{0: 5 * time.Minute, time.Minute: time.Minute} {
		m := rate
		m.Window = window
		if got := at(collect(t, source(t, Options{URL: s.URL}), m)).Window; got != want {
			t.Errorf("the window is %v, want %v", got, want)
		}
	}
}

func TestPeopleAreToldWhatIsOdd(t *testing.T) {
	const info = `{"status":"success","data":{"resultType":"vector","result":[]},"infos":["PromQL info: x might not be a counter"]}`
	old := func(version string) string {
		return fmt.Sprintf("the server (version %q) may not heed lookback_delta, as Prometheus does from 2.43 on: samples older than its own limit, of 5m by default, are not seen, although a maxAge of 30m0s allows them", version)
	}
	for sentence, tc := range map[string]struct {
		version string
		maxAge  time.Duration
		server  func(*server)
		want    []string
	}{
		"an info":                          {"3.5.0", time.Minute, func(s *server) { s.says("x", 200, "application/json", info) }, []string{`the server remarks on the query "x": PromQL info: x might not be a counter`}},
		"an info among the warnings":       {"2.53.0", time.Minute, func(s *server) { s.says("x", 200, "application/json", strings.Replace(info, "infos", "warnings", 1)) }, []string{`the server remarks on the query "x": PromQL info: x might not be a counter`}},
		"a server that ignores lookback":   {"2.42.0", 30 * time.Minute, func(*server) {}, []string{old("2.42.0")}},
		"a server of an unknown kind":      {"", 30 * time.Minute, func(*server) {}, []string{old("")}},
		"a server that heeds it":           {"2.43.0+ds", 30 * time.Minute, func(*server) {}, nil},
		"nobody needs the server to do so": {"2.42.0", 5 * time.Minute, func(*server) {}, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := serve(t)
			s.version = tc.version
			tc.server(s)
			r := collect(t, source(t, Options{URL: s.URL}), telemetry.Metric{Name: "load", Query: "x", MaxAge: tc.maxAge})
			if diff := cmp.Diff(tc.want, r.Notes, ignoreEmpty); diff != "" || len(r.Faults) > 0 {
				t.Errorf("notes (-want +got):\n%s%v", diff, r.Faults)
			}
		})
	}
}

func TestQueriesThatHangHoldUpOnlyThemselves(t *testing.T) {
	s := serve(t)
	src := source(t, Options{URL: s.URL, Timeout: 200 * time.Millisecond, Concurrency: 2})
	var metrics []telemetry.Metric
	for i := range 6 {
		query := fmt.Sprintf("hangs_%d", i)
		s.others[query] = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		metrics = append(metrics, telemetry.Metric{Name: query, Query: query})
	}
	for i := range 6 {
		query := fmt.Sprintf("sound_%d", i)
		s.set(query, "node=node-a 1")
		s.aged("node", query, "node=node-a 5s")
		metrics = append(metrics, telemetry.Metric{Name: query, Query: query})
	}
	want := cluster()
	want.Metrics = metrics
	var r *telemetry.Reading
	for range 20 { // until all that hang are known; four do on a machine that is not busy
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		r, _ = src.Collect(ctx, want)
		cancel()
		if r != nil && len(r.Samples) == 6 && len(r.Faults) == 6 {
			return
		}
	}
	t.Errorf("the reading is %+v, want 6 samples and 6 faults", r)
}

func TestNoMoreQueriesAreUnderWayThanAllowed(t *testing.T) {
	s := serve(t)
	var mu sync.Mutex
	under, most := 0, 0
	var metrics []telemetry.Metric
	for i := range 20 {
		query := fmt.Sprintf("x_%d", i)
		metrics = append(metrics, telemetry.Metric{Name: query, Query: query})
		s.others[query] = func(w http.ResponseWriter, _ *http.Request) {
			mu.Lock()
			under++
			most = max(most, under)
			mu.Unlock()
			defer func() { mu.Lock(); under--; mu.Unlock() }()
			fmt.Fprint(w, vectorOf("1", nil))
		}
	}
	collect(t, source(t, Options{URL: s.URL, Concurrency: 3}), metrics...)
	if most > 3 {
		t.Errorf("%d queries were under way", most)
	}
}

func TestOneClientServesForLife(t *testing.T) {
	s := serve(t)
	counted := httptest.NewUnstartedServer(s)
	var mu sync.Mutex
	connections := 0
	counted.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		if state == http.StateNew {
			connections++
		}
	}
	counted.Start()
	defer counted.Close()
	src := source(t, Options{URL: counted.URL, Concurrency: 1})
	for range 10 {
		collect(t, src, load, telemetry.Metric{Name: "other", Query: "y"})
	}
	mu.Lock()
	defer mu.Unlock()
	if connections > 2 {
		t.Errorf("%d connections were made", connections)
	}
}

func TestCredentialsHeadersAndTLSAreThoseOfPrometheus(t *testing.T) {
	s := serve(t)
	var got http.Header
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		s.ServeHTTP(w, r)
	}))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it is to be distrusted
	secure.StartTLS()
	defer secure.Close()
	dir := t.TempDir()
	ca, token := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "token")
	write(t, ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})))
	write(t, token, "first")
	text := fmt.Sprintf("authorization: {credentials_file: %s}\ntls_config: {ca_file: %s}\nhttp_headers: {X-Scope-OrgID: {values: [eu-1]}}\n", token, ca)
	httpConfig, err := config.LoadHTTPConfig(text)
	if err != nil {
		t.Fatal(err)
	}
	src := source(t, Options{URL: secure.URL, HTTP: httpConfig})
	for _, want := range []string{"first", "second"} {
		write(t, token, want)
		collect(t, src, load)
		if got.Get("Authorization") != "Bearer "+want || got.Get("X-Scope-OrgID") != "eu-1" {
			t.Errorf("the server saw %v, want the token %s and the tenant", got, want)
		}
	}
	_, err = source(t, Options{URL: secure.URL}).Collect(t.Context(), telemetry.Request{Metrics: []telemetry.Metric{load}})
	if err == nil || !strings.Contains(err.Error(), "the certificate of the server is not trusted: ") {
		t.Errorf("an unknown authority is %v", err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPackedAnswersAreBoundedByWhatIsInThem(t *testing.T) {
	s := serve(t)
	s.others["x"] = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("the client takes %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		defer packed.Close()
		fmt.Fprint(packed, vectorOf("1", []string{"node=node-a 1"}))
	}
	s.aged("node", "x", "node=node-a 5s")
	if r := collect(t, source(t, Options{URL: s.URL}), load); at(r).Value != 1 {
		t.Errorf("the reading is %+v", r)
	}
	r := collect(t, source(t, Options{URL: s.URL, MaxBytes: 130}), load)
	if got := r.Faults["load"]; !strings.Contains(got, "larger than 130 bytes") {
		t.Errorf("the fault is %q", got)
	}
}

func TestOptionsThatAreWrong(t *testing.T) {
	for sentence, tc := range map[string]struct {
		options Options
		want    string
	}{
		"no URL":                   {Options{}, "the URL of a server is written like http://prometheus.monitoring:9090"},
		"a URL of something else":  {Options{URL: "ftp://x"}, "the URL of a server is written like http://prometheus.monitoring:9090"},
		"a URL that is none":       {Options{URL: "http://%"}, "reading the URL of a server: "},
		"a matcher that is none":   {Options{URL: "http://x", Matchers: []string{"cluster"}}, `the matcher "cluster" does not parse; write it like cluster="eu-1": `},
		"an authority that is not": {Options{URL: "http://x", HTTP: &config.HTTPClientConfig{TLSConfig: config.TLSConfig{CAFile: "/nowhere"}}}, "preparing the HTTP client of http://x: "},
	} {
		t.Run(sentence, func(t *testing.T) {
			if _, err := New(tc.options); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}

// TestTheServerIsGivenATimeThatItCanRead is about readings whose deadline is no whole
// number of seconds away, as that of all is.
func TestTheServerIsGivenATimeThatItCanRead(t *testing.T) {
	for within, want := range map[time.Duration]string{59997 * time.Millisecond: "30s", 11500 * time.Millisecond: "6s", time.Hour: "1m10s"} {
		s := serve(t)
		s.set("x", "node=node-a 1")
		ctx, cancel := context.WithTimeout(t.Context(), within)
		asked := cluster()
		asked.Metrics = []telemetry.Metric{load}
		_, err := source(t, Options{URL: s.URL, Timeout: 70 * time.Second}).Collect(ctx, asked)
		cancel()
		if got := s.forms["x"]["timeout"]; got != want || err != nil {
			t.Errorf("%v before its end the server is given %q, want %q, %v", within, got, want, err)
		}
	}
}
