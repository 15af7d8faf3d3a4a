package args

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

var options = Options{SourceTypes: Types("Thermometer")}

func defaults() *Args {
	return &Args{
		RulesLabel:     "true",
		PauseConfigMap: "telemetry-scheduler-pause",
		Builtin:        "metrics",
		Sources:        []Source{{Name: "metrics", Type: MetricsAPI, Interval: 15 * time.Second}},
		NewNodeGrace:   3 * time.Minute,
		StartTimeout:   30 * time.Second,
		MinInterval:    10 * time.Second,
		PodExemptions:  true,
	}
}

func TestParse(t *testing.T) {
	for name, tc := range map[string]struct {
		text   string
		change func(*Args)
	}{
		"no text gives the defaults":     {"", func(*Args) {}},
		"no field gives the defaults":    {"{}", func(*Args) {}},
		"an absent selector may be said": {"namespaces: null", func(*Args) {}},
		"JSON is read as kube-scheduler sends it": {
			`{"minInterval":"1s","podExemptions":false,"rulesLabel":"blue"}`,
			func(a *Args) { a.MinInterval, a.PodExemptions, a.RulesLabel = time.Second, false, "blue" },
		},
		"every field is taken": {
			"rulesLabel: blue\npauseConfigMap: stop\nbuiltin: a\nsources: [{name: a, type: Kubelet, caFile: /ca, interval: 2m}]\n" +
				"newNodeGrace: 1m\nstartTimeout: 0s\nminInterval: 1m\npodExemptions: false",
			func(a *Args) {
				*a = Args{
					RulesLabel: "blue", PauseConfigMap: "stop", Builtin: "a",
					Sources:      []Source{{Name: "a", Type: Kubelet, Interval: 2 * time.Minute, CAFile: "/ca"}},
					NewNodeGrace: time.Minute, MinInterval: time.Minute,
				}
			},
		},
		"the only source feeds the built-in metrics": {
			"sources: [{name: kubelets, type: Kubelet}]",
			func(a *Args) {
				a.Builtin, a.Sources = "kubelets", []Source{{Name: "kubelets", Type: Kubelet, Interval: 15 * time.Second}}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := defaults()
			tc.change(want)
			got, err := Parse([]byte(tc.text), options)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeReportsMistakes(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"a mistyped field": {"rulesLable: blue", `1:1: args has no field "rulesLable"; did you mean "rulesLabel"?`},
		"what later versions have": {
			"eviction: {mode: Enforce}\nmarkPrefixes: []\nnamespaceLimits: {rules: 1}\nnamespaces: {}",
			"1:1: eviction is not in this version: no pod is evicted; remove it\n" +
				"2:1: markPrefixes is not in this version: no node is marked; remove it\n" +
				"3:1: namespaceLimits is not in this version: only the scheduler's own namespace may have rules; remove it\n" +
				"4:1: namespaces is not in this version: only the scheduler's own namespace may have rules; remove it",
		},
		"a source of a later version": {
			"sources: [{name: prom, type: Prometheus, url: http://x}]",
			"1:30: sources of type Prometheus are not in this version; use one of MetricsAPI, Kubelet, Thermometer\n" +
				"1:42: url is not in this version: it belongs to sources that are not either; remove it",
		},
		"a mistyped type":             {"sources: [{name: a, type: kubelets}]", `1:27: there is no type of source called "kubelets"; did you mean "Kubelet"?`},
		"a source without a name":     {"sources: [{type: Kubelet}]", `1:11: sources[0] needs "name"`},
		"a source without a type":     {"sources: [{name: a}]", `1:11: sources[0] needs "type"`},
		"two sources of one name":     {"builtin: a\nsources: [{name: a, type: Kubelet}, {name: a, type: Kubelet}]", `2:44: there is another source named "a"; give it another name`},
		"a source that feeds nothing": {"builtin: a\nsources: [{name: a, type: Kubelet}, {name: b, type: Thermometer}]", `2:44: source "b" would feed nothing in this version; remove it, or name it in builtin`},
		"no sources":                  {"sources: []", "1:10: sources must not be empty; name one, or remove the field"},
		"a builtin that is no source": {"builtin: metric", `1:10: builtin names the source "metric", and there is none; did you mean "metrics"?`},
		"several sources and no word about which is builtin": {
			"sources: [{name: a, type: Kubelet}, {name: b, type: Kubelet}]",
			`1:1: builtin names the source "metrics", and there is none; the known ones are a, b`,
		},
		"a source that is read too often": {
			"minInterval: 5s\nsources: [{name: a, type: Kubelet, interval: 4s}]",
			"2:46: interval must be at least minInterval, which is 5s",
		},
		"TLS of kubelets at another source": {
			"sources: [{name: a, type: MetricsAPI, caFile: /ca}]",
			"1:47: caFile is for sources of type Kubelet; remove it",
		},
		"an authority that is not asked": {
			"sources: [{name: a, type: Kubelet, caFile: /ca, insecureSkipTLSVerify: true}]",
			"1:72: insecureSkipTLSVerify leaves caFile without effect; remove one of them",
		},
		"an interval that would harm":  {"minInterval: 500ms", "1:14: minInterval must be at least 1s"},
		"a duration without a unit":    {"startTimeout: 30", `1:15: "startTimeout": 30 has no unit of time; write 30s for seconds`},
		"an empty label":               {`rulesLabel: ""`, `1:13: rulesLabel must not be empty; write "true", or the value of this release`},
		"a boolean instead of a label": {"rulesLabel: true", `1:13: "rulesLabel": must be text, and true is read as a boolean; write "true"`},
		"arguments that are a list":    {"[a]", `1:1: "args" must be a set of fields, not a list; write its fields as "name: value"`},
		"two mistakes, in the order of the text": {
			"minInterval: 0s\nnewNodeGrace: soon",
			"1:14: minInterval must be at least 1s\n2:15: \"newNodeGrace\": soon is not a duration; write it like 30s, 5m, 1h30m or 7d",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tree, mistakes := strictyaml.Parse([]byte(tc.text))
			if tree == nil {
				t.Fatal(mistakes)
			}
			got, mistakes := Decode(tree, "args", options)
			if got != nil {
				t.Errorf("arguments with mistakes were accepted: %+v", got)
			}
			if diff := cmp.Diff(tc.want, lines(mistakes)); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func lines(mistakes []strictyaml.Mistake) string {
	var out []string
	for _, m := range mistakes {
		out = append(out, m.String())
	}
	return strings.Join(out, "\n")
}

func TestParseSaysFieldPaths(t *testing.T) {
	_, err := Parse([]byte(`{"sources":[{"name":"A b","type":"MetricsAPI"}],"minInterval":"0s"}`), options)
	want := "sources[0].name: \"A b\" is not valid: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')\n" +
		"minInterval: minInterval must be at least 1s"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestDifference(t *testing.T) {
	for field, change := range map[string]func(*Args){
		"":               func(*Args) {},
		"rulesLabel":     func(a *Args) { a.RulesLabel = "x" },
		"pauseConfigMap": func(a *Args) { a.PauseConfigMap = "x" },
		"builtin":        func(a *Args) { a.Builtin = "x" },
		"sources":        func(a *Args) { a.Sources = nil },
		"newNodeGrace":   func(a *Args) { a.NewNodeGrace = 0 },
		"startTimeout":   func(a *Args) { a.StartTimeout = 0 },
		"minInterval":    func(a *Args) { a.MinInterval = 0 },
		"podExemptions":  func(a *Args) { a.PodExemptions = false },
	} {
		t.Run("differs in "+field, func(t *testing.T) {
			other := defaults()
			change(other)
			if got := Difference(defaults(), other); got != field {
				t.Errorf("the difference is %q", got)
			}
		})
	}
}

func TestBuiltinSource(t *testing.T) {
	a := defaults()
	a.Sources = append([]Source{{Name: "x", Type: Kubelet}}, a.Sources...)
	if got := a.BuiltinSource(); got.Name != "metrics" {
		t.Errorf("the built-in metrics come from %+v", got)
	}
}
