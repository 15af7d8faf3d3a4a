package args

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

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

		NamespaceLimits: NamespaceLimits{
			Each: Counts{Rules: 50, Preferences: 10, Terms: 200}, Together: Counts{Rules: 500, Preferences: 100, Terms: 2000},
		},
		API: API{Port: 10260}, Eviction: defaultEviction(),
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
				"newNodeGrace: 1m\nstartTimeout: 0s\nminInterval: 1m\npodExemptions: false\napi: {bindAddress: \"::1\", port: 0}\n" +
				"namespaces: {matchLabels: {env: prod}, matchExpressions: [{key: rules, operator: Exists}]}\nnamespaceLimits: {rules: 0, preferences: 3, terms: 4, together: {rules: 5, preferences: 6, terms: 7}}",
			func(a *Args) {
				*a = Args{
					API: API{BindAddress: "::1"}, Eviction: defaultEviction(),
					RulesLabel: "blue", PauseConfigMap: "stop", Builtin: "a",
					Sources:      []Source{{Name: "a", Type: Kubelet, Interval: 2 * time.Minute, CAFile: "/ca"}},
					NewNodeGrace: time.Minute, MinInterval: time.Minute,
					Namespaces: selector("env in (prod),rules"), NamespaceLimits: NamespaceLimits{
						Each: Counts{Rules: 0, Preferences: 3, Terms: 4}, Together: Counts{Rules: 5, Preferences: 6, Terms: 7},
					},
				}
			},
		},
		"traces may be told to be absent":         {"tracing: null", func(*Args) {}},
		"traces go to a collector of the machine": {"tracing: {samplingRatePerMillion: 1}", func(a *Args) { a.Tracing = &Tracing{"localhost:4317", 1} }},
		"or to another one": {"tracing: {endpoint: otel.monitoring:4317, samplingRatePerMillion: 1000000}",
			func(a *Args) { a.Tracing = &Tracing{"otel.monitoring:4317", 1000000} }},
		"or to a socket": {"tracing: {endpoint: unix:///run/otel.sock, samplingRatePerMillion: 5}",
			func(a *Args) { a.Tracing = &Tracing{"unix:///run/otel.sock", 5} }},
		"an empty selector selects every namespace": {"namespaces: {}", func(a *Args) { a.Namespaces = labels.Everything() }},
		"one limit leaves the other as it is":       {"namespaceLimits: {rules: 7}", func(a *Args) { a.NamespaceLimits.Each.Rules = 7 }},
		"a Prometheus with everything": {
			"builtin: prom\nsources:\n- name: prom\n  type: Prometheus\n  url: https://p/prom\n  http: {authorization: {credentials_file: /token}, http_headers: {X-Scope-OrgID: {values: [a]}}}\n" +
				"  matchers: ['cluster=\"eu-1\"']\n  queries: {cpu: a, memory: b, podCPU: c, podMemory: d}\n  timeout: 5s\n  maxBytes: 16Mi",
			func(a *Args) {
				a.Builtin, a.Sources = "prom", []Source{{
					Name: "prom", Type: Prometheus, Interval: 15 * time.Second, URL: "https://p/prom", Matchers: []string{`cluster="eu-1"`},
					HTTP:    "authorization:\n    credentials_file: /token\nhttp_headers:\n    X-Scope-OrgID:\n        values:\n            - a\n",
					Queries: Queries{"a", "b", "c", "d"}, Timeout: 5 * time.Second, MaxBytes: 16 << 20,
				}}
			},
		},
		"an added type has options of its own": {
			"sources: [{name: roof, type: Thermometer, options: {unit: celsius}, timeout: 1s}]",
			func(a *Args) {
				a.Builtin, a.Sources = "roof", []Source{{Name: "roof", Type: "Thermometer", Interval: 15 * time.Second, Timeout: time.Second, Options: "unit: celsius\n"}}
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
		"a mistyped field":                          {"rulesLable: blue", `1:1: args has no field "rulesLable"; did you mean "rulesLabel"?`},
		"a prefix of marks without its slash":       {"markPrefixes: [example.com]", `1:16: "example.com" cannot be the prefix of a mark; write it like example.com/`},
		"a prefix of marks that is Kubernetes' own": {"markPrefixes: [a.example/, node.kubernetes.io/]", `1:28: "node.kubernetes.io/" belongs to Kubernetes, which goes by what stands there; take a domain of your own`},
		"a mistyped selector of namespaces":         {"namespaces: {matchLabel: {a: b}}", `1:14: namespaces has no field "matchLabel"; did you mean "matchLabels"?`},
		"a selector that is a list":                 {"namespaces: [a]", `1:13: "namespaces" must be a set of fields, not a list; write its fields as "name: value"`},
		"a label that none can have":                {"namespaces: {matchLabels: {a b: c}}", `1:33: "a b" cannot be the key of a label; write it like pool or example.com/pool`},
		"an operator that nobody knows":             {"namespaces: {matchExpressions: [{key: a, operator: Has}]}", `1:52: "operator" cannot be "Has"; the known ones are In, NotIn, Exists, DoesNotExist`},
		"a selector that selects nothing": {
			"namespaces: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: DoesNotExist}]}",
			`1:54: "namespaces" contradicts itself: no label "a" fulfils all its requirements; remove one of the requirements`,
		},
		"limits below nothing": {
			"namespaceLimits: {rules: -1, preferences: -2, together: {terms: -3}}",
			"1:26: rules must not be negative; write 0 to allow none\n1:43: preferences must not be negative; write 0 to allow none\n" +
				"1:65: terms must not be negative; write 0 to allow none",
		},
		"traces of which none is kept":        {"tracing: {}", "1:10: tracing without samplingRatePerMillion would trace nothing; write how many of a million traces are kept, such as 10000, or remove tracing"},
		"none of a million":                   {"tracing: {samplingRatePerMillion: 0}", "1:35: samplingRatePerMillion must be from 1 to 1000000; write how many of a million traces are kept, such as 10000, or remove tracing"},
		"more than there are":                 {"tracing: {samplingRatePerMillion: 1000001}", "1:35: samplingRatePerMillion must be from 1 to 1000000; write how many of a million traces are kept, such as 10000, or remove tracing"},
		"a collector that is a URL":           {"tracing: {endpoint: 'https://otel:4317', samplingRatePerMillion: 1}", `1:21: "https://otel:4317" is not where a collector can be reached; write host:port, as otel-collector.monitoring:4317, or unix:///path; there is no TLS`},
		"a collector without a port":          {"tracing: {endpoint: otel, samplingRatePerMillion: 1}", `1:21: "otel" is not where a collector can be reached; write host:port, as otel-collector.monitoring:4317, or unix:///path; there is no TLS`},
		"what traces do not have":             {"tracing: {samplingRatePerMillion: 1, tls: true}", `1:38: tracing has no field "tls"; the known ones are endpoint, samplingRatePerMillion`},
		"a limit of something else":           {"namespaceLimits: {rule: 1}", `1:19: namespaceLimits has no field "rule"; did you mean "rules"?`},
		"a mistyped type":                     {"sources: [{name: a, type: kubelets}]", `1:27: there is no type of source called "kubelets"; did you mean "Kubelet"?`},
		"a source without a name":             {"sources: [{type: Kubelet}]", `1:11: sources[0] needs "name"`},
		"a source without a type":             {"sources: [{name: a}]", `1:11: sources[0] needs "type"`},
		"two sources of one name":             {"builtin: a\nsources: [{name: a, type: Kubelet}, {name: a, type: Kubelet}]", `2:44: there is another source named "a"; give it another name`},
		"a source that feeds nothing":         {"builtin: a\nsources: [{name: a, type: Kubelet}, {name: b, type: MetricsAPI}]", `2:44: source "b" would feed nothing: it serves built-in metrics alone; remove it, or name it in builtin`},
		"custom metrics as the built-in ones": {"sources: [{name: a, type: CustomMetrics}]", `1:1: source "a" cannot feed the built-in metrics: custom metrics are what rules define; name a source of another type`},
		"a server without an address":         {"sources: [{name: a, type: Prometheus}]", `1:11: sources[0] needs "url"`},
		"an address that is none":             {"sources: [{name: a, type: Prometheus, url: 'prometheus:9090'}]", `1:44: "prometheus:9090" is no URL of a server; write it like http://prometheus.monitoring:9090`},
		"a password in an address":            {"sources: [{name: a, type: Prometheus, url: 'http://u:p@prometheus'}]", `1:44: a password in a URL is shown to whoever reads it; write basic_auth with a password_file under http`},
		"a client that nobody has": {
			"sources:\n- name: a\n  type: Prometheus\n  url: http://x\n  http: {basic_oath: {}}",
			`5:9: http: yaml: unmarshal errors: line 1: field basic_oath not found in type config.plain; it is written as the HTTP client of a Prometheus scrape configuration`,
		},
		"a client with two ways to say who it is": {
			"sources:\n- name: a\n  type: Prometheus\n  url: http://x\n  http: {basic_auth: {username: a}, oauth2: {client_id: b, token_url: http://t}}",
			`5:9: http: at most one of basic_auth, oauth2 & authorization must be configured; it is written as the HTTP client of a Prometheus scrape configuration`,
		},
		"a bound that is no number of bytes": {"sources: [{name: a, type: Prometheus, url: http://x, maxBytes: lots}]", `1:64: "lots" is no number of bytes; write it like 16Mi`},
		"no time at all":                     {"sources: [{name: a, type: Prometheus, url: http://x, timeout: 0s}]", "1:63: timeout must be longer than 0s; write it like 10s"},
		"options of one of our types":        {"sources: [{name: a, type: Kubelet, options: {a: b}}]", `1:36: sources of type Kubelet have no "options"; remove it`},
		"a port that is none":                {"api: {port: 70000}", "1:13: 70000 is no port; write one from 1 to 65535, or 0 for no API"},
		"a name for an address":              {"api: {bindAddress: localhost}", `1:20: "localhost" is no IP address; write one like 127.0.0.1 or ::`},
		"no sources":                         {"sources: []", "1:10: sources must not be empty; name one, or remove the field"},
		"a builtin that is no source":        {"builtin: metric", `1:10: builtin names the source "metric", and there is none; did you mean "metrics"?`},
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
			`1:39: sources of type MetricsAPI have no "caFile"; remove it`,
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
		"marks":          func(a *Args) { a.Marks = true },
		"markPrefixes":   func(a *Args) { a.MarkPrefixes = []string{"example.com/"} },

		"namespaces":      func(a *Args) { a.Namespaces = labels.Everything() },
		"namespaceLimits": func(a *Args) { a.NamespaceLimits.Together.Terms = 0 },
		"api":             func(a *Args) { a.API.Port = 0 },
		"eviction":        func(a *Args) { a.Eviction.HoldFor = 0 },
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

func TestSelectorsAreComparedByWhatTheySelect(t *testing.T) {
	a, b := defaults(), defaults()
	a.Namespaces, b.Namespaces = selector("a,b"), selector("b,a")
	if got := Difference(a, b); got != "" {
		t.Errorf("the difference is %q", got)
	}
	b.Namespaces = selector("a")
	if got := Difference(a, b); got != "namespaces" {
		t.Errorf("the difference is %q", got)
	}
}

func selector(text string) labels.Selector {
	s, err := labels.Parse(text)
	if err != nil {
		panic(err)
	}
	return s
}

func TestBuiltinSource(t *testing.T) {
	a := defaults()
	a.Sources = append([]Source{{Name: "x", Type: Kubelet}}, a.Sources...)
	if got := a.BuiltinSource(); got.Name != "metrics" {
		t.Errorf("the built-in metrics come from %+v", got)
	}
}
