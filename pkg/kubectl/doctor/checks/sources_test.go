package checks

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// answering is a source that gives one answer.
type answering struct {
	reading *telemetry.Reading
	err     error
}

func (a answering) Collect(context.Context, telemetry.Request) (*telemetry.Reading, error) {
	return a.reading, a.err
}

const infra = "{sources: [{name: metrics, type: MetricsAPI}, {name: infra, type: Prometheus, url: 'http://prom.monitoring.svc:9090'}]}"

func TestSourcesAnswer(t *testing.T) {
	probing := func(source telemetry.Source) *Cluster {
		c := configured(t, with(), infra)
		c.Sources["infra"] = source
		return c
	}
	told := configured(t, with(), infra)
	told.Ask = func(_ context.Context, e *lint.Examined) error {
		e.Live = []lint.Live{{Metric: "heat", Source: "infra", Fault: "the server refuses"}}
		return nil
	}
	const edit = "\nkubectl edit configmap telemetry-scheduler-config -n telemetry-scheduler"
	examine(t, telemetrySources, map[string]patient{
		"a source that no rule reads is asked too": {cluster: probing(answering{reading: &telemetry.Reading{}})},
		"it cannot be reached":                     {cluster: probing(answering{err: errors.New("connection refused")}), want: []string{"error: the source infra cannot be read: connection refused" + edit}},
		"it refuses":                               {cluster: probing(answering{reading: &telemetry.Reading{Faults: map[string]string{"up": "no"}}}), want: []string{"error: the source infra cannot be read: no" + edit}},
		"what lint was told is believed":           {cluster: told, want: []string{`error: the source infra cannot be read: metric "heat": the server refuses` + edit}},
		"its name is one of the cluster's, and we are outside": {
			cluster: probing(answering{err: errors.New("lookup prom.monitoring.svc: no such host")}),
			want:    []string{"unknown: the source infra cannot be read: lookup prom.monitoring.svc: no such host\nkubectl port-forward -n monitoring service/prom 9090"},
		},
		"only the cluster says where it is": {
			cluster: probing(NotAsked{errors.New("it is not asked")}),
			want:    []string{"unknown: the source infra: it is not asked"},
		},
		"the built-in metrics come from it and fail": {
			cluster: func() *Cluster {
				c := configured(t, with(), "{builtin: infra, sources: [{name: infra, type: Prometheus, url: 'http://1.2.3.4'}]}")
				c.Sources["infra"] = answering{reading: &telemetry.Reading{Faults: map[string]string{"used-cpu": "no such metric"}}}
				return c
			}(),
			want: []string{`error: the source infra cannot be read: metric "used-cpu": no such metric` + edit},
		},
	})
	if _, err := telemetrySources.Look(t.Context(), with()); err == nil || !strings.Contains(err.Error(), "--config names a file") {
		t.Errorf("sources that are not known are said to be %v", err)
	}
}

func TestAddressesOfServices(t *testing.T) {
	for address, want := range map[string][3]string{
		"http://prom.monitoring.svc:9090":           {"prom", "monitoring", "9090"},
		"https://prom.monitoring.svc.cluster.local": {"prom", "monitoring", "443"},
		"http://prom.monitoring":                    {"prom", "monitoring", "80"},
		"http://10.0.0.1:9090":                      {},
		"http://prometheus.example.com":             {},
		"http://localhost:9090":                     {},
	} {
		service, namespace, port := inside(address)
		if got := [3]string{service, namespace, port}; got != want && (want != [3]string{} || service != "") {
			t.Errorf("%s is %q, want %q", address, got, want)
		}
	}
}
