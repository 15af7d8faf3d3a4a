package testbed

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func (s *RunningScheduler) get(ctx context.Context, path string) (string, error) {
	return s.ask(ctx, http.MethodGet, s.URL+path, "")
}

// API asks the read-only API as the administrator. path is what follows the version.
func (s *RunningScheduler) API(ctx context.Context, path string) (string, error) {
	return s.ask(ctx, http.MethodGet, s.api+path, "")
}

// PostAPI sends a body to the read-only API as the administrator.
func (s *RunningScheduler) PostAPI(ctx context.Context, path, body string) (string, error) {
	return s.ask(ctx, http.MethodPost, s.api+path, body)
}

// APIURL is the address of the read-only API with its version.
func (s *RunningScheduler) APIURL() string { return s.api }

func (s *RunningScheduler) ask(ctx context.Context, method, path, body string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return "", err
	}
	return textOf(answer)
}

// textOf reads an answer; one that is not 200 is an error with its text.
func textOf(answer *http.Response) (string, error) {
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s: %s", answer.Request.URL, answer.Status, text)
	}
	return string(text), err
}

// APIAs asks the read-only API with somebody's token.
func (s *RunningScheduler) APIAs(ctx context.Context, path, token string) (string, error) {
	answer, err := askAs(ctx, http.MethodGet, s.api+path, token)
	if err != nil {
		return "", err
	}
	return textOf(answer)
}

// StatusFor asks for a page with somebody's token and returns the HTTP status.
func (s *RunningScheduler) StatusFor(ctx context.Context, path, token string) (int, error) {
	return statusFor(ctx, http.MethodGet, s.URL+path, token)
}

// APIStatusFor asks the read-only API with somebody's token, or as nobody where it is
// empty.
func (s *RunningScheduler) APIStatusFor(ctx context.Context, method, path, token string) (int, error) {
	return statusFor(ctx, method, s.api+path, token)
}

func statusFor(ctx context.Context, method, url, token string) (int, error) {
	answer, err := askAs(ctx, method, url, token)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

func askAs(ctx context.Context, method, url, token string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	anybody := &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // it signs its own
		DisableKeepAlives: true,
	}}
	return anybody.Do(request)
}

// Metrics are one reading of a scheduler's metrics.
type Metrics map[string]*dto.MetricFamily

// Metrics reads the scheduler's metrics, without the buckets of histograms: they are
// most of the text, which many tests read again and again.
func (s *RunningScheduler) Metrics(ctx context.Context) (Metrics, error) {
	text, err := s.get(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	return parser.TextToMetricFamilies(strings.NewReader(withoutBuckets(text)))
}

func withoutBuckets(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "_bucket{") {
			out.WriteString(line)
		}
	}
	return out.String()
}

// Sum adds up the series of a metric that have all the labels, given as name and
// value in turn. For a histogram it is the number of observations.
func (m Metrics) Sum(name string, labels ...string) float64 {
	sum := 0.0
	for _, series := range m[name].GetMetric() {
		if hasLabels(series, labels) {
			sum += series.GetGauge().GetValue() + series.GetCounter().GetValue() + float64(series.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

// Values returns all values of a label of a metric, each once and sorted.
func (m Metrics) Values(name, label string) []string {
	var out []string
	for _, series := range m[name].GetMetric() {
		for _, l := range series.GetLabel() {
			if l.GetName() == label {
				out = append(out, l.GetValue())
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func hasLabels(series *dto.Metric, labels []string) bool {
	for i := 0; i+1 < len(labels); i += 2 {
		if !slices.ContainsFunc(series.GetLabel(), func(l *dto.LabelPair) bool {
			return l.GetName() == labels[i] && l.GetValue() == labels[i+1]
		}) {
			return false
		}
	}
	return true
}
