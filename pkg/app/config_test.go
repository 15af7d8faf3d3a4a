package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	componentconfig "k8s.io/component-base/config"
	"k8s.io/klog/v2/ktesting"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// head begins every configuration of these tests, with three lines.
const head = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
`

// profile writes a profile with the plugin, of five lines and what stands in its
// arguments.
func profile(name string, arguments ...string) string {
	text := "- schedulerName: " + name + "\n" +
		"  plugins: {multiPoint: {enabled: [{name: Telemetry}]}}\n" +
		"  pluginConfig:\n" +
		"  - name: Telemetry\n" +
		"    args:\n"
	for _, a := range arguments {
		text += "      " + a + "\n"
	}
	return text
}

// plain writes a profile with the plugin and without arguments, of two lines.
func plain(name string) string {
	return "- schedulerName: " + name + "\n  plugins: {multiPoint: {enabled: [{name: Telemetry}]}}\n"
}

func TestCheckConfig(t *testing.T) {
	for sentence, tc := range map[string]struct{ text, want string }{
		"the smallest file is good":                     {smallest, ""},
		"arguments that are absent are the defaults":    {head + plain("a"), ""},
		"profiles of others are none of our business":   {head + "- schedulerName: a\n  pluginConfig: [{name: NodeResourcesFit, args: {x: 1}}]\n", ""},
		"an empty text is for kube-scheduler to refuse": {"", ""},
		"all mistakes are found, with their places": {
			head + profile("a", "minIntervall: 10s", "startTimeout: 30"),
			`f:9:7: args has no field "minIntervall"; did you mean "minInterval"?` + "\n" +
				`f:10:21: "startTimeout": 30 has no unit of time; write 30s for seconds`,
		},
		"mistakes of every profile are found": {
			head + profile("a", "startTimeout: 1") + profile("b", "startTimeout: 2"),
			`f:9:21: "startTimeout": 1 has no unit of time; write 1s for seconds` + "\n" +
				`f:15:21: "startTimeout": 2 has no unit of time; write 2s for seconds`,
		},
		"equal arguments agree, however they are written": {
			head + profile("a", "minInterval: 60s") + profile("b", "minInterval: 1m"), "",
		},
		"arguments that differ are named by both places": {
			head + profile("a", "minInterval: 11s") + profile("b", "minInterval: 12s"),
			"f:15:20: minInterval differs from the one at f:9:20, and one process can follow only one; write the same arguments in every profile that has the plugin",
		},
		"a default may differ from what is written": {
			head + profile("a", "podExemptions: false") + profile("b", "newNodeGrace: 3m"),
			"f:15:7: podExemptions differs from the one at f:9:22, and one process can follow only one; write the same arguments in every profile that has the plugin",
		},
		"a profile without arguments has the defaults": {
			head + profile("a", "minInterval: 11s") + plain("b"),
			"f:10:3: minInterval differs from the one at f:9:20, and one process can follow only one; write the same arguments in every profile that has the plugin",
		},
		"a text that is no YAML says where": {head + "\t- a", "f:4:1: "},
		"anchors elsewhere are left to kube-scheduler": {
			head + "- &a {schedulerName: a}\n" + plain("b"), "",
		},
		"an alias among the arguments is refused": {
			head + "- schedulerName: a\n  pluginConfig: [{name: Telemetry, args: &x {minInterval: 11s}}]\n",
			"f:5:42: ",
		},
		"a plugin that is enabled at Filter alone would fail every pod": {
			head + "- schedulerName: a\n  plugins: {filter: {enabled: [{name: Telemetry}]}}\n",
			"f:5:12: the plugin Telemetry is not enabled at preFilter and preScore and score and reserve, and it works only as a whole; enable it at multiPoint, and disable it nowhere",
		},
		"a plugin that is disabled at a point is not whole": {
			head + plain("b") + "- schedulerName: a\n  plugins: {multiPoint: {enabled: [{name: Telemetry}]}, filter: {disabled: [{name: \"*\"}]}}\n",
			"f:7:12: the plugin Telemetry is not enabled at filter, and it works only as a whole; enable it at multiPoint, and disable it nowhere",
		},
		"a plugin that is named at each of its points is whole": {
			head + "- schedulerName: a\n  plugins:\n    preFilter: &p {enabled: [{name: Telemetry}]}\n    filter: *p\n    preScore: *p\n    score: *p\n    reserve: *p\n", "",
		},
		"a plugin of others may be disabled": {
			head + "- schedulerName: a\n  plugins: {multiPoint: {enabled: [{name: Telemetry}]}, filter: {disabled: [{name: NodePorts}]}}\n", "",
		},
		"a source that nobody made": {
			head + profile("a", "sources: [{name: t, type: Thermometer}]"),
			`f:9:33: there is no type of source called "Thermometer"`,
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := strings.Join(CheckConfig("f", []byte(tc.text)), "\n")
			if tc.want == "" || strings.Contains(tc.want, "; ") {
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("mistakes (-want +got):\n%s", diff)
				}
			} else if !strings.HasPrefix(got, tc.want) {
				t.Errorf("the mistakes %q do not begin with %q", got, tc.want)
			}
		})
	}
}

func TestCheckFile(t *testing.T) {
	directory := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(directory, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	bad := write("bad.yaml", head+profile("a", "startTimeout: 30"))
	for sentence, tc := range map[string]struct{ file, said, err string }{
		"a good file is taken":                {write("good.yaml", smallest), "", ""},
		"a bad file is said with its name":    {bad, bad + `:9:21: "startTimeout": 30 has no unit of time; write 30s for seconds`, errMistakes.Error()},
		"without a file the smallest is said": {"", smallest, errNoConfig.Error()},
		"a file that is not there":            {filepath.Join(directory, "none.yaml"), "", "reading the configuration: open " + filepath.Join(directory, "none.yaml")},
	} {
		t.Run(sentence, func(t *testing.T) {
			var said bytes.Buffer
			err := checkFile(tc.file, args.Options{SourceTypes: New().sourceTypes()}, &said)
			if tc.err == "" && err != nil || tc.err != "" && (err == nil || !strings.HasPrefix(err.Error(), tc.err)) {
				t.Errorf("the error is %v", err)
			}
			if !strings.Contains(said.String(), tc.said) {
				t.Errorf("it said %q", said.String())
			}
		})
	}
}

func TestSmallestLoads(t *testing.T) {
	logger, _ := ktesting.NewTestContext(t)
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(smallest), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := options.LoadConfigFromFile(logger, file)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkLease(config.LeaderElection, false); err != nil {
		t.Error(err)
	}
}

func TestCheckLease(t *testing.T) {
	for lease, refused := range map[string]bool{
		"kube-system/kube-scheduler":              true,
		"kube-system/telemetry-scheduler":         false,
		"telemetry-scheduler/kube-scheduler":      false,
		"telemetry-scheduler/telemetry-scheduler": false,
	} {
		namespace, name, _ := strings.Cut(lease, "/")
		err := checkLease(componentconfig.LeaderElectionConfiguration{ResourceNamespace: namespace, ResourceName: name}, false)
		if (err != nil) != refused {
			t.Errorf("the lease %s: %v", lease, err)
		}
	}
	if err := checkLease(componentconfig.LeaderElectionConfiguration{ResourceNamespace: "ours", ResourceName: "ours"}, true); err != errCoordinated {
		t.Errorf("coordinated leader election: %v", err)
	}
}
