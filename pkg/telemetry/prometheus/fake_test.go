package prometheus

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// server answers instant queries by their text, as Prometheus would. What it is not
// told about has no series.
type server struct {
	URL string
	// ahead is by how much its clock is ahead of ours.
	ahead time.Duration
	// began is what the ages of its samples count from, however long a test takes.
	began time.Time
	// version is in its build info; without one it has none.
	version string

	mu      sync.Mutex
	vectors map[string][]string         // by query; a series is written like `node=a 1.5`
	others  map[string]http.HandlerFunc // by query
	asked   []string                    // the queries that came
	forms   map[string]map[string]string
}

func serve(t *testing.T) *server {
	s := &server{began: time.Now(), vectors: map[string][]string{}, others: map[string]http.HandlerFunc{}, forms: map[string]map[string]string{}}
	at := httptest.NewServer(s)
	t.Cleanup(at.Close)
	s.URL = at.URL
	return s
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/buildinfo") {
		fmt.Fprintf(w, `{"status":"success","data":{"version":%q}}`, s.version)
		return
	}
	if _, err := model.ParseDuration(r.FormValue("timeout")); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"status":"error","errorType":"bad_data","error":%q}`, err)
		return
	}
	text := r.FormValue("query")
	other, found := s.note(text, r)
	switch {
	case found:
		other(w, r)
	case text == "time()":
		now := unix(time.Now().Add(s.ahead))
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"scalar","result":[%s,%q]}}`, now, now)
	default:
		s.answer(w, text, r.FormValue("time"))
	}
}

func (s *server) note(text string, r *http.Request) (http.HandlerFunc, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, text)
	s.forms[text] = map[string]string{}
	for key := range r.Form {
		s.forms[text][key] = r.Form.Get(key)
	}
	other, found := s.others[text]
	return other, found
}

func (s *server) answer(w http.ResponseWriter, text, at string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprint(w, vectorOf(at, s.vectors[text]))
}

// vectorOf writes an answer.
func vectorOf(at string, series []string) string {
	result := make([]string, len(series))
	for i, text := range series {
		labels, number, _ := strings.Cut(text, " ")
		encoded, _ := json.Marshal(metric(labels))
		result[i] = fmt.Sprintf(`{"metric":%s,"value":[%s,%q]}`, encoded, at, number)
	}
	return `{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(result, ",") + `]}}`
}

func unix(at time.Time) string { return strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64) }

// says makes the server answer a query with a body.
func (s *server) says(query string, status int, kind, body string) {
	s.others[query] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// set makes the server answer a query with series.
func (s *server) set(query string, series ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vectors[query] = series
}

// aged makes the server say how old the samples of a selector are.
func (s *server) aged(label, selector string, ages ...string) {
	s.agedBy([]string{label}, selector, ages...)
}

func (s *server) agedBy(by []string, selector string, ages ...string) {
	series := make([]string, len(ages))
	for i, text := range ages {
		labels, age, _ := strings.Cut(text, " ")
		ago, _ := time.ParseDuration(age)
		series[i] = labels + " " + unix(s.began.Add(s.ahead-ago))
	}
	s.set(timing{selector: selector}.query(by...), series...)
}

// queries returns what the server was asked since the last time, but for its time.
func (s *server) queries() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := slices.DeleteFunc(s.asked, func(text string) bool { return text == "time()" })
	s.asked = nil
	slices.Sort(asked)
	return asked
}

func source(t *testing.T, o Options) *Source {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func collect(t *testing.T, s *Source, metrics ...telemetry.Metric) *telemetry.Reading {
	t.Helper()
	want := cluster()
	want.Metrics = metrics
	r, err := s.Collect(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// values returns the values of a metric by node, and the problems.
func values(r *telemetry.Reading, metric string) map[string]string {
	got := map[string]string{}
	for key, sample := range r.Samples {
		if key.Metric == metric {
			got[key.Node] = fmt.Sprint(sample.Value)
		}
	}
	for key, problem := range r.Problems {
		if key.Metric == metric {
			got[key.Node] = problem
		}
	}
	return got
}

// agesBy returns the ages of a metric's samples by node when the test began, in whole seconds.
func (s *server) agesBy(r *telemetry.Reading, metric string) map[string]time.Duration {
	got := map[string]time.Duration{}
	for key, sample := range r.Samples {
		if key.Metric == metric {
			got[key.Node] = s.began.Sub(sample.Time).Round(time.Second)
		}
	}
	return got
}
