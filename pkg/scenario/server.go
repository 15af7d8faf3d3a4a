package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// server answers instant queries as Prometheus does, in this process: with Prometheus'
// own engine, from the series of a scenario, at its time.
type server struct {
	engine *promql.Engine
	store  *store
	now    func() time.Time
}

// version is that of the engine, in the words of the server's build info.
const version = "3.13.0"

func newServer(f *file, now func() time.Time) *server {
	return &server{store: newStore(f), now: now, engine: promql.NewEngine(promql.EngineOpts{
		Logger: promslog.NewNopLogger(), MaxSamples: 50_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute,
		EnableAtModifier: true, EnableNegativeOffset: true,
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
		Parser:                   parser.NewParser(parser.Options{EnableExperimentalFunctions: true}),
	})}
}

// RoundTrip implements http.RoundTripper.
func (s *server) RoundTrip(request *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, request)
	response := recorder.Result()
	response.Request = request
	return response, nil
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/status/buildinfo") {
		fmt.Fprintf(w, `{"status":"success","data":{"version":%q}}`, version)
		return
	}
	answer, err := s.query(r.Context(), r)
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		answer = envelope{Status: "error", ErrorType: "execution", Error: err.Error()}
	}
	_ = json.NewEncoder(w).Encode(answer) // a recorder takes everything
}

// envelope is what Prometheus answers.
type envelope struct {
	Status    string   `json:"status"`
	Data      *data    `json:"data,omitempty"`
	ErrorType string   `json:"errorType,omitempty"`
	Error     string   `json:"error,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
	Infos     []string `json:"infos,omitempty"`
}

type data struct {
	ResultType parser.ValueType `json:"resultType"`
	Result     parser.Value     `json:"result"`
}

func (s *server) query(ctx context.Context, r *http.Request) (envelope, error) {
	text := r.FormValue("query")
	at, err := s.time(r.FormValue("time"))
	if err != nil {
		return envelope{}, err
	}
	lookback, err := model.ParseDuration(r.FormValue("lookback_delta"))
	if err != nil {
		return envelope{}, err
	}
	query, err := s.engine.NewInstantQuery(ctx, s.store, promql.NewPrometheusQueryOpts(false, time.Duration(lookback)), text, at)
	if err != nil {
		return envelope{}, err
	}
	defer query.Close()
	result := query.Exec(ctx)
	if result.Err != nil {
		return envelope{}, result.Err
	}
	warnings, infos := result.Warnings.AsStrings(text, 10, 10)
	return envelope{Status: "success", Data: &data{result.Value.Type(), result.Value}, Warnings: warnings, Infos: infos}, nil
}

// time reads the time of a query, which is now where none is given.
func (s *server) time(text string) (time.Time, error) {
	if text == "" {
		return s.now(), nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return time.Parse(time.RFC3339Nano, text)
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(math.Round(part*1000))*int64(time.Millisecond)).UTC(), nil
}
