package app

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	telemetrysource "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// thermometer is a source of a third party.
type thermometer struct{ SourceOptions }

func (thermometer) Collect(context.Context, telemetrysource.Request) (*telemetrysource.Reading, error) {
	return nil, errors.New("it is broken")
}

func newThermometer(o SourceOptions) (telemetrysource.Source, error) { return thermometer{o}, nil }

func TestSourcesOfThirdParties(t *testing.T) {
	a := New(WithSource("Thermometer", newThermometer))
	said, err := args.Parse([]byte("sources: [{name: roof, type: Thermometer, interval: 20s}]"), args.Options{SourceTypes: a.sourceTypes()})
	if err != nil {
		t.Fatal(err)
	}
	config := &rest.Config{Host: "https://there"}
	sources, err := a.newSources(said, config, "ours", "us")
	if err != nil {
		t.Fatal(err)
	}
	got := sources[0].Source.(thermometer)
	if len(sources) != 1 || sources[0].Name != "roof" || sources[0].Interval != 20*time.Second || got.Name != "roof" || got.Namespace != "ours" {
		t.Errorf("the source is %+v", sources)
	}
	if got.Config == config || got.Config.Host != config.Host {
		t.Error("the source does not have a configuration of its own")
	}
}

func TestSourceThatCannotBeMade(t *testing.T) {
	a := New(WithSource("Broken", func(SourceOptions) (telemetrysource.Source, error) { return nil, errors.New("no wire") }))
	said, err := args.Parse([]byte("sources: [{name: roof, type: Broken}]"), args.Options{SourceTypes: a.sourceTypes()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.newSources(said, &rest.Config{}, "ours", "us")
	if err == nil || err.Error() != "making the telemetry source roof: no wire" {
		t.Errorf("the error is %v", err)
	}
}

// TestSourceTypesAreThoseOfTheArguments keeps the list of types that the
// arguments know and the one that we can make the same.
func TestSourceTypesAreThoseOfTheArguments(t *testing.T) {
	want := slices.Sorted(slices.Values(args.Types()))
	if got := New().sourceTypes(); !slices.Equal(got, want) {
		t.Errorf("sources of the types %v can be made, and the arguments know %v", got, want)
	}
}

func TestBuiltinTimes(t *testing.T) {
	for sentence, tc := range map[string]struct{ text, interval, maxAge string }{
		"the defaults":                           {"", "15s", "1m0s"},
		"a slow source is believed for longer":   {"sources: [{name: a, type: MetricsAPI, interval: 1m}]", "1m0s", "4m0s"},
		"a fast source is believed for a minute": {"minInterval: 1s\nsources: [{name: a, type: MetricsAPI, interval: 2s}]", "2s", "1m0s"},
		"no source is read below minInterval":    {"minInterval: 30s", "30s", "2m0s"},
	} {
		t.Run(sentence, func(t *testing.T) {
			a, err := args.Parse([]byte(tc.text), args.Options{SourceTypes: args.Types()})
			if err != nil {
				t.Fatal(err)
			}
			if interval, maxAge := a.BuiltinTimes(); interval.String() != tc.interval || maxAge.String() != tc.maxAge {
				t.Errorf("read every %v and believed for %v", interval, maxAge)
			}
		})
	}
}

func TestClientsShareNoLimit(t *testing.T) {
	base := &rest.Config{Host: "https://there", QPS: 50, Burst: 100, RateLimiter: flowcontrol.NewFakeAlwaysRateLimiter(), Timeout: time.Hour}
	watching := limited(base, "rules", 0)
	if watching.RateLimiter != nil || watching.QPS != 20 || watching.Timeout != 0 {
		t.Errorf("the client for rules has the limits %v, %v and times out after %v", watching.RateLimiter, watching.QPS, watching.Timeout)
	}
	if base.QPS != 50 || base.Timeout != time.Hour {
		t.Error("the scheduler's own client was changed")
	}
	c, err := newClients(base)
	if err != nil {
		t.Fatal(err)
	}
	if c.sources.Timeout != callTimeout {
		t.Errorf("sources wait for answers for %v", c.sources.Timeout)
	}
}

func TestKubeletTLS(t *testing.T) {
	own := &rest.Config{TLSClientConfig: rest.TLSClientConfig{CAFile: "/cluster", CertFile: "/ours", KeyFile: "/secret", CertData: []byte("ours")}}
	for sentence, tc := range map[string]struct {
		said args.Source
		want rest.TLSClientConfig
	}{
		"the cluster's authority, and no certificate of ours": {args.Source{}, rest.TLSClientConfig{CAFile: "/cluster"}},
		"another authority":   {args.Source{CAFile: "/kubelets"}, rest.TLSClientConfig{CAFile: "/kubelets"}},
		"no authority at all": {args.Source{InsecureSkipTLSVerify: true}, rest.TLSClientConfig{Insecure: true}},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := kubeletTLS(tc.said, own)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("TLS (-want +got):\n%s", diff)
			}
		})
	}
}
