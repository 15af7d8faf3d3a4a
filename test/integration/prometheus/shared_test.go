package prometheus

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	source "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// patience bounds each wait, and each answer where nothing else is said: the machine may be
// busy.
const patience = 2 * time.Minute

// atOnce is how many tests run side by side: they wait for most of their time.
const atOnce = "8"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// names are the nodes of the cluster.
var names = []string{"node-a", "node-b", "node-c"}

// cluster is what a source is told of the nodes, without metrics.
func cluster() telemetry.Request {
	pods := map[string]string{}
	var r telemetry.Request
	for i, name := range names {
		number, letter := i+1, name[len("node-"):]
		r.Nodes = append(r.Nodes, telemetry.Node{
			Name: name,
			Labels: map[string]string{
				"kubernetes.io/hostname":      "host-" + letter,
				"topology.kubernetes.io/zone": []string{"west", "west", "east"}[i],
			},
			Addresses: []telemetry.Address{
				{Type: "InternalIP", Address: fmt.Sprintf("10.0.0.%d", number)},
				{Type: "InternalIP", Address: fmt.Sprintf("fd00::%d", number)},
				{Type: "ExternalIP", Address: fmt.Sprintf("192.0.2.%d", number)},
				{Type: "InternalDNS", Address: name + ".cluster.internal"},
			},
		})
		pods[fmt.Sprintf("10.244.%d.5", number)] = name
	}
	r.PodNode = func(ip string) (string, bool) {
		node, found := pods[ip]
		return node, found
	}
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// empty is a bed without a control plane that ends with the test.
func empty(t *testing.T) *testbed.Bed {
	t.Helper()
	bed, err := testbed.Empty(t.Context(), testbed.Options{Dir: t.TempDir()})
	must(t, err)
	t.Cleanup(bed.Stop)
	return bed
}

// serve starts a server that scrapes every second.
func serve(t *testing.T, p testbed.Prometheus) *testbed.RunningPrometheus {
	t.Helper()
	prom, err := empty(t).StartPrometheus(t.Context(), p)
	must(t, err)
	return prom
}

// export starts an exporter that ends with the test.
func export(t *testing.T, text func(path string) string) *testbed.Exporter {
	t.Helper()
	e, err := testbed.StartExporter(text)
	must(t, err)
	t.Cleanup(e.Kill)
	return e
}

// reader reads one source as the evaluator does.
type reader struct {
	*source.Source
	now func() time.Time
	// known is what is known after all readings.
	known *telemetry.Snapshot
}

// open makes a source as the scheduler does, of an operator's words for its HTTP
// client.
func open(t *testing.T, o source.Options, http string) *reader {
	t.Helper()
	client, err := args.HTTPConfig(http)
	must(t, err)
	o.HTTP = &client
	if o.Timeout == 0 {
		o.Timeout = patience
	}
	s, err := source.New(o)
	must(t, err)
	r := &reader{Source: s, now: o.Now}
	if r.now == nil {
		r.now = time.Now
	}
	return r
}

// collect reads metrics of the nodes of want once.
func (r *reader) collect(ctx context.Context, want telemetry.Request, metrics ...telemetry.Metric) (*telemetry.Reading, error) {
	want.Metrics = metrics
	reading, err := r.Collect(ctx, want)
	if err == nil {
		r.known = r.known.With(reading, r.now())
	}
	return reading, err
}

// read is collect for a reading that must not fail.
func (r *reader) read(t *testing.T, metrics ...telemetry.Metric) *telemetry.Reading {
	t.Helper()
	reading, err := r.collect(t.Context(), cluster(), metrics...)
	must(t, err)
	return reading
}

// sample returns the newest sample of a node, and whether rules believe it.
func (r *reader) sample(m telemetry.Metric, node string) (s telemetry.Sample, believed bool) {
	value, at, unknown := r.known.Sample(m.Name, node)
	return telemetry.Sample{Value: value, Time: at}, unknown == "" && r.now().Sub(at) <= m.MaxAge
}

// metrics are read together.
type metrics []telemetry.Metric

// until reads metrics again and again until check returns nil.
func (r *reader) until(t *testing.T, m metrics, check func(*telemetry.Reading) error) {
	t.Helper()
	must(t, testbed.Within(t.Context(), patience, func(ctx context.Context) error {
		reading, err := r.collect(ctx, cluster(), m...)
		if err != nil {
			return err
		}
		return check(reading)
	}))
}

// differs returns an error where something is not as wanted. What a server has scraped is
// asked for until it is: on a busy machine it misses a scrape, and its series are gone until
// the next one.
func differs(what string, want, got any) error {
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		return fmt.Errorf("%s (-want +got):\n%s", what, diff)
	}
	return nil
}

// scraped waits until the server has so many series of a metric.
func scraped(t *testing.T, prom *reader, selector string, series int) {
	t.Helper()
	all := telemetry.Metric{
		Name: "series", Query: fmt.Sprintf(`label_replace(count(%s), "node", "node-a", "", "")`, selector), AgeQuery: `label_replace(vector(time()), "node", "node-a", "", "")`,
	}
	prom.until(t, metrics{all}, func(r *telemetry.Reading) error {
		if got := r.Samples[telemetry.Key{Metric: "series", Node: "node-a"}].Value; got != float64(series) {
			return fmt.Errorf("%v of %d series are there (%v)", got, series, r.Faults)
		}
		return nil
	})
}

// outcome is the values of a metric by node, or why there is none; and the fault of
// the metric, by an empty name.
func outcome(r *telemetry.Reading, metric string) map[string]string {
	got := map[string]string{}
	for _, node := range names {
		key := telemetry.Key{Metric: metric, Node: node}
		if sample, found := r.Samples[key]; found {
			got[node] = fmt.Sprint(sample.Value)
		}
		if problem, found := r.Problems[key]; found {
			got[node] = problem
		}
	}
	if fault := r.Faults[metric]; fault != "" {
		got[""] = fault
	}
	return got
}
