package checks

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"

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

// joining is a source whose series have to find nodes among those that are asked about.
type joining struct{}

func (joining) Collect(_ context.Context, r telemetry.Request) (*telemetry.Reading, error) {
	out := &telemetry.Reading{Samples: map[telemetry.Key]telemetry.Sample{}, Faults: map[string]string{}}
	for _, m := range r.Metrics {
		for _, n := range r.Nodes {
			out.Samples[telemetry.Key{Metric: m.Name, Node: n.Name}] = telemetry.Sample{}
		}
		if len(r.Nodes) == 0 && m.Query == "" {
			out.Faults[m.Name] = "none of its 20 series names a node of this cluster"
		}
	}
	return out, nil
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
	builtin := configured(t, with(node("a", nil), node("b", nil)), "{builtin: infra, sources: [{name: infra, type: Prometheus, url: 'http://1.2.3.4'}]}")
	builtin.Sources["infra"] = joining{}
	for _, check := range []Check{telemetrySources, join, clocks} {
		if found := look(t, check, builtin); len(found) > 0 {
			t.Errorf("a source of the built-in metrics that is well: %s says %q", check.Name, found)
		}
	}
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
			want:    []string{"unknown: the source infra: it is not asked\nkubectl port-forward -n monitoring service/prom 9090"},
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

func TestSourcesThatCannotBeReadFromHere(t *testing.T) {
	const kubelets, own = "{builtin: k, sources: [{name: k, type: Kubelet}]}", "{builtin: k, sources: [{name: k, type: PowerMeters}]}"
	knowing := func(arguments string, said map[string]string) *Cluster {
		c := configured(t, with(), arguments)
		c.Told = func(context.Context) (map[string]string, error) { return said, nil }
		return c
	}
	proxied := func(c *Cluster, may bool, answers ...string) *Cluster {
		c.Kubelet = func(_ context.Context, node string) error {
			if slices.Contains(answers, node) {
				return nil
			}
			return errors.New("connection refused")
		}
		return letting(configured(t, c, kubelets), func(a authorizationv1.ResourceAttributes) bool { return may && a.Subresource == "proxy" })
	}
	away := func(said map[string]string) *Cluster {
		c := knowing(infra, said)
		c.Sources["infra"] = answering{err: errors.New("lookup prom.monitoring.svc: no such host")}
		return c
	}
	two := func() *Cluster { return with(node("a", nil), node("b", nil)) }
	const logs, status = "\nkubectl logs -n telemetry-scheduler -l app.kubernetes.io/name=telemetry-scheduler --tail=50", "\nkubectl telemetry status --scheduler-namespace=telemetry-scheduler"
	unknown := func(why string) []string {
		return []string{"unknown: the source k cannot be read from here, and the scheduler does not tell: " + why + status}
	}
	examine(t, telemetrySources, map[string]patient{
		"the scheduler reads kubelets":                      {cluster: knowing(kubelets, map[string]string{"k": ""})},
		"it cannot":                                         {cluster: knowing(kubelets, map[string]string{"k": "401"}), want: []string{"error: the scheduler cannot read the source k: 401" + logs}},
		"it reads a source of its own":                      {cluster: knowing(own, map[string]string{"k": ""})},
		"it has no such source":                             {cluster: knowing(own, map[string]string{}), want: unknown(`the scheduler that answers has no source "k"`)},
		"it does not answer":                                {cluster: configured(t, with(), own), want: unknown("nobody leads")},
		"it does not answer, and kubelets may not be asked": {cluster: proxied(two(), false, "a"), want: unknown("nobody leads")},
		"a kubelet answers in its place":                    {cluster: proxied(two(), true, "b")},
		"none does": {
			cluster: proxied(two(), true),
			want:    []string{"error: the kubelets of a, b, tried for the source k, do not give /metrics/resource: connection refused\nkubectl get --raw /api/v1/nodes/a/proxy/metrics/resource"},
		},
		"a Prometheus out of reach that the scheduler reads":  {cluster: away(map[string]string{"infra": ""})},
		"a Prometheus out of reach that the scheduler cannot": {cluster: away(map[string]string{"infra": "503"}), want: []string{"error: the scheduler cannot read the source infra: 503" + logs}},
	})
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
