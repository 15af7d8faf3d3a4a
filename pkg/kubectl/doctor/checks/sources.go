package checks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var telemetrySources = Check{Name: "sources", About: "whether the sources answer, as `lint --live` asks them", Look: lookAtSources}

// reachable is what every Prometheus answers, whatever it measures: with no series, for
// which no node has to be found.
var reachable = telemetry.Metric{Name: "up", Query: "up < 0"}

func lookAtSources(ctx context.Context, c *Cluster) ([]Finding, error) {
	if !c.Settings.Known {
		return nil, fmt.Errorf("the scheduler's configuration is not known: it stands not in the ConfigMap %s/%s, or may not be read; --config names a file", c.Settings.Namespace, c.Settings.Map())
	}
	faults, asked, err := c.faults(ctx)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for _, source := range c.Settings.Sources {
		if source.Type == args.MetricsAPI {
			continue // which has a check of its own
		}
		if !slices.Contains([]args.SourceType{args.Prometheus, args.CustomMetrics}, source.Type) {
			out = append(out, c.fromAfar(ctx, source)...)
			continue
		}
		fault := faults[source.Name]
		if probe := c.Sources[source.Name]; probe != nil && source.Type == args.Prometheus && !asked[source.Name] {
			fault = probed(ctx, probe)
		}
		if fault != nil {
			out = append(out, c.unreachable(ctx, source, fault)...)
		}
	}
	return out, nil
}

// faults says why sources did not answer for metrics of rules, and for the built-in ones,
// and which were asked.
func (c *Cluster) faults(ctx context.Context) (faults map[string]error, asked map[string]bool, err error) {
	faults, asked = map[string]error{}, map[string]bool{}
	examined, err := c.Asked(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, live := range examined.Live {
		asked[live.Source] = true
		if live.Fault != "" {
			faults[live.Source] = fmt.Errorf("metric %q: %s", live.Metric, live.Fault)
		}
	}
	if reading, err := c.Measured(ctx); err != nil {
		faults[c.Settings.Builtin], asked[c.Settings.Builtin] = err, true
	} else if reading != nil {
		asked[c.Settings.Builtin] = true
		for metric, fault := range reading.Faults {
			faults[c.Settings.Builtin] = fmt.Errorf("metric %q: %s", metric, fault)
		}
	}
	return faults, asked, nil
}

// NotAsked is a source that is not asked from here, and why.
type NotAsked struct{ Why error }

// Collect implements telemetry.Source.
func (n NotAsked) Collect(context.Context, telemetry.Request) (*telemetry.Reading, error) {
	return nil, n.Why
}

func probed(ctx context.Context, source telemetry.Source) error {
	reading, err := source.Collect(ctx, telemetry.Request{Metrics: []telemetry.Metric{reachable}})
	if err == nil && reading.Faults[reachable.Name] != "" {
		err = errors.New(reading.Faults[reachable.Name])
	}
	return err
}

// unreachable tells a source that nobody reaches from one that is only out of our reach.
// Of the latter the scheduler may know.
func (c *Cluster) unreachable(ctx context.Context, source args.Source, fault error) []Finding {
	f := Finding{
		Severity: Error, Object: "configmap/" + c.Settings.Map() + " -n " + c.Settings.Namespace,
		What:   fmt.Sprintf("the source %s cannot be read: %v", source.Name, fault),
		Why:    "the metrics that it serves are unknown on all nodes",
		Advice: "see whether its server runs; where it is another one write its url, and restart the scheduler",
		Mend:   c.command("edit configmap %s -n %s", c.Settings.Map(), c.Settings.Namespace),
	}
	service, namespace, port := inside(source.URL)
	withheld, is := c.Sources[source.Name].(NotAsked)
	if is || service != "" && isLookup(fault) {
		switch said, err := c.told(ctx, source.Name); {
		case said != "":
			return []Finding{c.unreadThere(source, said)}
		case err == nil:
			return nil
		}
		f.Severity, f.Mend = Unknown, ""
		f.Why = "it may be well: this machine is outside of the cluster, where its name means nothing"
		f.Advice = fmt.Sprintf("forward a port, and run this again with --source-url %s=http://localhost:%s", source.Name, port)
		f.Look = c.command("port-forward -n %s service/%s %s", namespace, service, port)
	}
	if is {
		f.What = fmt.Sprintf("the source %s: %v", source.Name, withheld.Why)
		f.Why = "it may be well: whoever may write that ConfigMap does not say whom this machine asks"
		f.Advice = "run this again, and " + settings.NameIt(source.Name)
		if service == "" {
			f.Look = ""
		}
	}
	return []Finding{f}
}

// inside takes the address of a Service apart; empty for an address of another kind.
func inside(address string) (service, namespace, port string) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", ""
	}
	if port = u.Port(); port == "" {
		port = map[string]string{"https": "443"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	parts := strings.Split(u.Hostname(), ".")
	if net.ParseIP(u.Hostname()) != nil || len(parts) < 2 || len(parts) > 2 && parts[2] != "svc" {
		return "", "", ""
	}
	return parts[0], parts[1], port
}

func isLookup(fault error) bool {
	return errors.As(fault, new(*net.DNSError)) || strings.Contains(fault.Error(), "no such host") || strings.Contains(fault.Error(), "lookup ")
}
