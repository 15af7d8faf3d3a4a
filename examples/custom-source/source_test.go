package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/app"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// collect reads a server that answers a status and a text.
func collect(t *testing.T, status int, text string, metrics ...telemetry.Metric) (*telemetry.Reading, error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	source, err := newPowerMeters(app.SourceOptions{Options: "url: " + server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return source.Collect(t.Context(), telemetry.Request{Metrics: metrics})
}

func custom(name, sensor string) telemetry.Metric {
	return telemetry.Metric{Name: name, Custom: &telemetry.CustomMetric{Name: sensor}}
}

func TestMetersAreRead(t *testing.T) {
	power, selected := custom("power", "watts"), custom("selected", "watts")
	power.Custom.Selector = labels.Everything()
	selected.Custom.Selector = labels.SelectorFromSet(labels.Set{"phase": "1"})
	got, err := collect(t, http.StatusOK, `[
		{"machine": "a", "sensor": "watts", "value": 310.5, "at": "2026-01-31T18:00:00Z"},
		{"machine": "b", "sensor": "watts", "value": null, "at": "2026-01-31T18:00:00Z"},
		{"machine": "c", "sensor": "watts", "value": 290},
		{"machine": "a", "sensor": "celsius", "value": 24, "at": "2026-01-31T18:00:00Z"}
	]`, power, custom("noise", "decibels"), selected, telemetry.Metric{Name: telemetry.UsedCPU})
	if err != nil {
		t.Fatal(err)
	}
	want := &telemetry.Reading{
		Samples: map[telemetry.Key]telemetry.Sample{
			{Metric: "power", Node: "a"}: {Value: 310.5, Time: time.Date(2026, 1, 31, 18, 0, 0, 0, time.UTC)},
			{Metric: "power", Node: "c"}: {Value: 290}, // which the scheduler refuses: it has no time
		},
		Problems: map[telemetry.Key]string{{Metric: "power", Node: "b"}: "its power meter does not work"},
		Faults: map[string]string{
			"noise":           `no power meter has a sensor "decibels"`,
			"selected":        "power meters have no labels for the selector of customMetric",
			telemetry.UsedCPU: "power meters know only metrics with customMetric, by the name of the sensor",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reading (-want +got):\n%s", diff)
	}
}

func TestAnAnswerThatIsNoListIsAnError(t *testing.T) {
	for sentence, tc := range map[string]struct {
		status     int
		text, want string
	}{
		"a status that is not 200": {http.StatusBadGateway, "[]", "answers 502 Bad Gateway"},
		"no JSON":                  {http.StatusOK, "<html>", "answers no list of meters: invalid character"},
		"a value that is a text":   {http.StatusOK, `[{"value": "310"}]`, "answers no list of meters: json: cannot unmarshal string"},
		"too much":                 {http.StatusOK, "[" + strings.Repeat(" ", maxBytes), "request body too large"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if _, err := collect(t, tc.status, tc.text); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("the error is %v, and should say %q", err, tc.want)
			}
		})
	}
}

func TestAReadingEndsWithItsDeadline(t *testing.T) {
	began := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-began
		cancel()
	}()
	if _, err := (&powerMeters{URL: server.URL}).Collect(ctx, telemetry.Request{}); err == nil {
		t.Error("a server that hangs was read")
	}
}

func TestOptionsAreReadStrictly(t *testing.T) {
	for options, want := range map[string]string{
		"":                "its options lack the url; write options: {url: http://meters.example.com/v1/meters}",
		"ulr: http://a":   `unknown field "ulr"`,
		"url: [http://a]": "cannot unmarshal array",
	} {
		if _, err := newPowerMeters(app.SourceOptions{Options: options}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the options %q: the error is %v, and should say %q", options, err, want)
		}
	}
}
