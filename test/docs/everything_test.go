package docs

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// operator is the configuration by which all that is shown has to be right.
const operator = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection: {resourceNamespace: telemetry-scheduler}
profiles:
- schedulerName: telemetry-scheduler
  pluginConfig:
  - name: Telemetry
    args:
      builtin: metrics
      sources:
      - {name: metrics, type: MetricsAPI}
      - {name: infra, type: Prometheus, url: 'http://prometheus'}
      - {name: adapter, type: CustomMetrics}
      namespaces: {}
      marks: true
`

var (
	hasRules = regexp.MustCompile(`(?m)^ *kind: TelemetryRules$`)
	isTests  = regexp.MustCompile(`(?m)^kind: RuleTests$`)
	isButton = regexp.MustCompile(`(?m)^  name: telemetry-scheduler-pause$`)
)

// elsewhere are files that hold no rules and no tests, with what tests them.
var elsewhere = map[string]string{
	"manifests/install.yaml":                         "manifests and every test on real parts",
	"manifests/custom-metrics.yaml":                  "manifests",
	"manifests/namespaced-rules.yaml":                "manifests",
	"examples/recipes/helmrelease.yaml":              "TestTheHelmReleaseOfFlux",
	"examples/recipes/linkerd.yaml":                  "TestAPrometheusInAMesh",
	"examples/serving/certificate.yaml":              "TestTheCertificateOfTheExampleIsTheOneThatMonitorsVerify",
	"examples/pipeline/kustomization.yaml":           "TestThePipelineStopsWhatIsBroken",
	"examples/pipeline/.gitlab-ci.yml":               "TestThePipelineStopsWhatIsBroken",
	"examples/pipeline/.github/workflows/rules.yaml": "TestThePipelineStopsWhatIsBroken",
}

// TestEverythingPassesLintAndTest gives every text that users may copy to the command for
// its kind: all files of examples and manifests, and all blocks of pages. Those of
// docs/checks show mistakes, and have a test of their own.
func TestEverythingPassesLintAndTest(t *testing.T) {
	k := newCook(t)
	for _, folder := range []string{"examples", "manifests"} {
		for _, path := range filesIn(t, filepath.Join(root, folder)) {
			if strings.Contains(filepath.ToSlash(path), "/charts/") {
				continue // what they make is tested in test/chart
			}
			if ending := filepath.Ext(path); slices.Contains([]string{".yaml", ".yml", ".json"}, ending) {
				k.file(path)
			}
		}
	}
	for _, page := range pages(t) {
		for _, b := range fence.FindAllStringSubmatch(read(t, page), -1) {
			if !strings.Contains(page, "docs/checks/") {
				k.block(block{page, b[1], b[2]})
			}
		}
	}
	t.Logf("%d texts were linted, %d tested and %d loaded", k.linted, k.tested, k.loaded)
	if k.linted < 22 || k.tested < 12 || k.loaded < 3 {
		t.Error("these are too few: the test looks in the wrong place")
	}
}

// cook tries what is served.
type cook struct {
	t              *testing.T
	config, folder string // a folder as if it were the top of the repository
	files          map[string]bool
	linted, tested int
	loaded         int // arguments
}

func newCook(t *testing.T) *cook {
	k := &cook{t: t, folder: t.TempDir(), files: map[string]bool{}}
	k.config = filepath.Join(k.folder, "operator.yaml")
	if err := os.WriteFile(k.config, []byte(operator), 0o600); err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"examples", "manifests"} {
		if err := os.Symlink(filepath.Join(top, name), filepath.Join(k.folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

func (k *cook) file(path string) {
	text := read(k.t, path)
	k.files[text] = true
	name := strings.TrimPrefix(filepath.ToSlash(path), root+"/")
	if elsewhere[name] == "" && !k.try(path, name, text) && !isForeign(text) {
		k.t.Errorf("%s holds no rules and no tests: say in elsewhere what tests it", name)
	}
}

// block tries a block of a page, unless it is a file that was tried. YAML that is nothing
// else is arguments of the plugin.
func (k *cook) block(b block) {
	if k.files[b.text] || isForeign(b.text) {
		return
	}
	path := filepath.Join(k.folder, "block.yaml")
	if err := os.WriteFile(path, []byte(b.text), 0o600); err != nil {
		k.t.Fatal(err)
	}
	if k.try(path, b.page, b.text) || b.language != "yaml" {
		return
	}
	k.loaded++
	// PowerMeters is the type of examples/custom-source.
	if _, err := args.Parse([]byte(b.text), args.Options{SourceTypes: args.Types("PowerMeters")}); err != nil {
		k.t.Errorf("%s has arguments that do not load: %v\n%s", b.page, err, b.text)
	}
}

// try reports whether there is a command for the text.
func (k *cook) try(path, name, text string) bool {
	var args []string
	switch {
	case isTests.MatchString(text):
		args, k.tested = []string{"test", path}, k.tested+1
	case hasRules.MatchString(text), isButton.MatchString(text):
		args, k.linted = []string{"lint", "--strict", "--config", k.config, path}, k.linted+1
	default:
		return false
	}
	if out, code := run(args...); code != 0 {
		k.t.Errorf("%s: %s ends with %d:\n%s%s", name, args[0], code, out, text)
	}
	return true
}

// run runs a command of the plugin, and returns all that it prints.
func run(args ...string) (output string, code int) {
	var out bytes.Buffer
	code = kubectl.Run(genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &out}, args)
	return out.String(), code
}

// filesIn returns all files below a folder.
func filesIn(t *testing.T, folder string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("%s holds no files: %v", folder, err)
	}
	return out
}
