// Package imports guards the direction of imports between the packages.
package imports

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "github.com/telemetry-scheduler/telemetry-scheduler/"

// layer is what a package may import of this module, and why no more.
type layer struct {
	mayImport []string
	reason    string
}

var layers = map[string]layer{
	"pkg/strictyaml":                  {nil, "it is a decoder and knows nothing of rules"},
	"pkg/rules":                       {[]string{"pkg/strictyaml"}, "the rule language is pure: no client, no telemetry, no state"},
	"pkg/rules/engine":                {[]string{"pkg/rules"}, "verdicts are a function of values that are handed in"},
	"pkg/telemetry":                   {nil, "rules and telemetry meet in the evaluator alone"},
	"pkg/telemetry/metricsapi":        {[]string{"pkg/telemetry"}, "a source reads a back end and judges nothing"},
	"pkg/telemetry/kubelet":           {[]string{"pkg/telemetry"}, "a source reads a back end and judges nothing"},
	"pkg/telemetry/custommetrics":     {[]string{"pkg/telemetry"}, "a source reads a back end and judges nothing"},
	"pkg/telemetry/prometheus":        {[]string{"pkg/telemetry"}, "a source reads a back end and judges nothing; rules know of its checker by an interface alone"},
	"pkg/inflight":                    {[]string{"pkg/rules", "pkg/rules/engine", "pkg/telemetry"}, "the account of pods is kept beside the loop, and read without it"},
	"pkg/state":                       {nil, "the store keeps bytes and does not know what they mean"},
	"pkg/marks":                       {[]string{"pkg/evaluator", "pkg/rules/engine", "pkg/state"}, "it marks what the leader published, and judges nothing"},
	"pkg/marks/command":               {[]string{"pkg/api/door", "pkg/api/serving", "pkg/marks", "pkg/state"}, "it holds flags and wiring only"},
	"pkg/rulesource":                  {[]string{"pkg/rules"}, "it brings rules and does not evaluate them"},
	"pkg/evaluator":                   {[]string{"pkg/inflight", "pkg/rules", "pkg/rules/engine", "pkg/rulesource", "pkg/state", "pkg/telemetry"}, "it is the one loop; the scheduler stands above it"},
	"pkg/sources":                     {[]string{"pkg/plugins/telemetry/args", "pkg/telemetry", "pkg/telemetry/custommetrics", "pkg/telemetry/prometheus"}, "it makes of arguments what reads"},
	"pkg/plugins/telemetry/args":      {[]string{"pkg/rules", "pkg/strictyaml"}, "arguments are values"},
	"pkg/inquiry":                     {[]string{"pkg/inflight", "pkg/rules", "pkg/rules/engine"}, "what a pod is told is a function of Board, account and listers, with and without a scheduler"},
	"pkg/hold":                        {[]string{"pkg/inflight"}, "it keeps room, and does not know why"},
	"pkg/descheduler/facts":           {[]string{"pkg/descheduler/plan", "pkg/inflight", "pkg/inquiry", "pkg/rules", "pkg/rules/engine", "pkg/telemetry"}, "it reads listers, and decides nothing"},
	"pkg/descheduler/home":            {[]string{"pkg/hold", "pkg/inflight", "pkg/plugins/telemetry", "pkg/rules/engine"}, "it proves, and plans nothing"},
	"pkg/plugins/telemetry":           {[]string{"pkg/evaluator", "pkg/hold", "pkg/inflight", "pkg/inquiry", "pkg/plugins/telemetry/args", "pkg/rules", "pkg/rules/engine"}, "the adapter reads the Board; it has no source and no state"},
	"pkg/api/v1alpha1":                {nil, "answers are values that clients read"},
	"pkg/api/door":                    {nil, "it is what a leader writes and clients read"},
	"pkg/api/serving":                 {[]string{"pkg/api/v1alpha1"}, "it lets people in, whatever they are answered"},
	"pkg/api":                         {[]string{"pkg/api/v1alpha1", "pkg/descheduler/memory", "pkg/descheduler/plan", "pkg/descheduler/report", "pkg/evaluator", "pkg/inflight", "pkg/inquiry", "pkg/plugins/telemetry", "pkg/plugins/telemetry/args", "pkg/rules", "pkg/rules/engine", "pkg/rulesource", "pkg/strictyaml", "pkg/telemetry"}, "it reads what the others know, and nobody needs it"},
	"cmd/scheduler":                   {[]string{"pkg/app"}, "main holds flags and wiring only"},
	"pkg/kubectl/cli":                 {nil, "it is what commands share, whatever they do"},
	"pkg/scenario":                    {[]string{"pkg/descheduler/facts", "pkg/descheduler/ground", "pkg/descheduler/plan", "pkg/evaluator", "pkg/inflight", "pkg/inquiry", "pkg/plugins/telemetry/args", "pkg/rules", "pkg/rules/engine", "pkg/rulesource", "pkg/strictyaml", "pkg/telemetry", "pkg/telemetry/prometheus"}, "a test of rules runs what decides in the scheduler, and nothing of the scheduler itself"},
	"pkg/kubectl/test":                {[]string{"pkg/kubectl/cli", "pkg/rules", "pkg/scenario"}, "a command runs what the scheduler runs, and nothing of the scheduler itself"},
	"pkg/kubectl/version":             {[]string{"pkg/kubectl/cli", "pkg/rules"}, "a command runs what the scheduler runs, and nothing of the scheduler itself"},
	"pkg/kubectl/settings":            {[]string{"pkg/plugins/telemetry/args", "pkg/rules", "pkg/strictyaml", "pkg/telemetry/prometheus"}, "it reads what the operator says as the scheduler does, and judges nothing"},
	"pkg/kubectl/ask":                 {[]string{"pkg/api/door", "pkg/api/v1alpha1"}, "it carries questions and answers, and judges neither"},
	"pkg/kubectl/ask/asktest":         {[]string{"pkg/api/door"}, "it is a cluster for tests"},
	"pkg/kubectl/answers":             {[]string{"pkg/api/v1alpha1"}, "it puts the parts of answers together, and judges nothing"},
	"pkg/kubectl/status":              {[]string{"pkg/api/door", "pkg/api/v1alpha1", "pkg/evaluator", "pkg/kubectl/answers", "pkg/kubectl/ask", "pkg/kubectl/cli", "pkg/kubectl/lint", "pkg/kubectl/settings", "pkg/rules", "pkg/rules/engine", "pkg/state"}, "a command runs what the scheduler runs, and nothing of the scheduler itself"},
	"pkg/kubectl/top":                 {[]string{"pkg/api/v1alpha1", "pkg/kubectl/answers", "pkg/kubectl/ask", "pkg/kubectl/cli", "pkg/kubectl/standin", "pkg/rules", "pkg/rules/engine"}, "a command runs what the scheduler runs, and nothing of the scheduler itself"},
	"pkg/kubectl/waiting":             {[]string{"pkg/api/v1alpha1", "pkg/kubectl/answers", "pkg/kubectl/ask", "pkg/kubectl/cli", "pkg/rules/engine"}, "a command runs what the scheduler runs, and nothing of the scheduler itself"},
	"pkg/kubectl/evictions":           {[]string{"pkg/api", "pkg/api/door", "pkg/api/v1alpha1", "pkg/descheduler/memory", "pkg/evaluator", "pkg/kubectl/answers", "pkg/kubectl/ask", "pkg/kubectl/cli", "pkg/rules", "pkg/rules/engine", "pkg/state"}, "a command runs what the scheduler runs, and nothing of the scheduler itself"},
	"pkg/kubectl/explain":             {[]string{"pkg/api/v1alpha1", "pkg/kubectl/ask", "pkg/kubectl/cli", "pkg/kubectl/standin", "pkg/rules", "pkg/rules/engine"}, "a command runs what the scheduler runs, and nothing of the scheduler itself"},
	"pkg/kubectl/standin":             {[]string{"pkg/api", "pkg/api/door", "pkg/api/v1alpha1", "pkg/evaluator", "pkg/inflight", "pkg/inquiry", "pkg/kubectl/answers", "pkg/kubectl/ask", "pkg/kubectl/settings", "pkg/plugins/telemetry/args", "pkg/rules/engine", "pkg/rulesource", "pkg/sources", "pkg/state", "pkg/telemetry", "pkg/telemetry/metricsapi"}, "it is a replica that stands by, without kube-scheduler"},
	"pkg/kubectl/lint/advice":         {[]string{"pkg/rules", "pkg/rules/engine", "pkg/strictyaml"}, "advice is a function of texts, and of what is known of a cluster"},
	"pkg/kubectl/lint":                {[]string{"pkg/evaluator", "pkg/kubectl/cli", "pkg/kubectl/former", "pkg/kubectl/lint/advice", "pkg/kubectl/settings", "pkg/plugins/telemetry/args", "pkg/rules", "pkg/rulesource", "pkg/sources", "pkg/strictyaml", "pkg/telemetry"}, "a command runs what the scheduler runs, and nothing of the scheduler itself"},
	"pkg/kubectl":                     {[]string{"pkg/kubectl/button", "pkg/kubectl/cli", "pkg/kubectl/convert", "pkg/kubectl/doctor", "pkg/kubectl/evictions", "pkg/kubectl/explain", "pkg/kubectl/generate", "pkg/kubectl/lint", "pkg/kubectl/schema", "pkg/kubectl/status", "pkg/kubectl/test", "pkg/kubectl/top", "pkg/kubectl/version", "pkg/kubectl/waiting"}, "it lists the commands and runs one"},
	"cmd/kubectl-telemetry":           {[]string{"pkg/kubectl"}, "main holds streams and the exit code"},
	"pkg/kubectl/convert/draft":       {[]string{"pkg/rules", "pkg/strictyaml"}, "texts are written as the rule format reads them"},
	"pkg/kubectl/convert/tas":         {[]string{"pkg/kubectl/convert/draft", "pkg/rules", "pkg/strictyaml"}, "a conversion is a function of texts"},
	"pkg/kubectl/convert/descheduler": {[]string{"pkg/kubectl/convert/draft", "pkg/rules", "pkg/strictyaml"}, "a conversion is a function of texts"},
	"pkg/kubectl/convert":             {[]string{"pkg/kubectl/cli", "pkg/kubectl/convert/descheduler", "pkg/kubectl/convert/draft", "pkg/kubectl/convert/tas", "pkg/kubectl/lint", "pkg/kubectl/settings"}, "it reads files, and prints what its converters make of them once lint finds no mistake in it"},
	"pkg/kubectl/button":              {[]string{"pkg/kubectl/cli", "pkg/kubectl/former", "pkg/kubectl/settings", "pkg/rules", "pkg/rulesource", "pkg/strictyaml"}, "a command runs what the scheduler runs, and nothing of the scheduler itself"},
	"pkg/kubectl/generate":            {[]string{"pkg/kubectl/cli", "pkg/kubectl/settings", "pkg/rules", "pkg/strictyaml"}, "a command runs what the scheduler runs, and nothing of the scheduler itself"},
	"pkg/kubectl/schema":              {[]string{"pkg/kubectl/cli"}, "it prints what its tests make of the types"},
	"pkg/descheduler/ground":          {[]string{"pkg/descheduler/facts", "pkg/descheduler/plan", "pkg/plugins/telemetry/args", "pkg/rules", "pkg/rules/engine"}, "what evictions go by is a function of a Board and what the operator says"},
	"pkg/descheduler":                 {[]string{"pkg/descheduler/facts", "pkg/descheduler/ground", "pkg/descheduler/home", "pkg/descheduler/memory", "pkg/descheduler/plan", "pkg/descheduler/report", "pkg/evaluator", "pkg/hold", "pkg/inflight", "pkg/plugins/telemetry/args", "pkg/rules", "pkg/rules/engine", "pkg/state"}, "it is the loop around what decides, and only main stands above it"},
	"pkg/descheduler/plan":            {[]string{"pkg/rules", "pkg/rules/engine"}, "what leaves which nodes is a function of values that are handed in"},
	"pkg/descheduler/report":          {[]string{"pkg/descheduler/memory", "pkg/descheduler/plan", "pkg/rules"}, "it is values that the API reads, and needs nothing of the loop"},
	"pkg/descheduler/memory":          {[]string{"pkg/descheduler/plan", "pkg/rules"}, "what is remembered is told to it; who stores it is not its business"},
	"pkg/kubectl/doctor/checks":       {[]string{"manifests", "pkg/evaluator", "pkg/kubectl/cli", "pkg/kubectl/former", "pkg/kubectl/lint", "pkg/kubectl/settings", "pkg/marks", "pkg/plugins/telemetry/args", "pkg/rules", "pkg/telemetry"}, "a check looks at a cluster; what is wrong with rules and sources lint says"},
	"pkg/kubectl/doctor":              {[]string{"pkg/kubectl/answers", "pkg/kubectl/ask", "pkg/kubectl/cli", "pkg/kubectl/doctor/checks", "pkg/kubectl/lint", "pkg/kubectl/settings", "pkg/kubectl/version", "pkg/plugins/telemetry/args", "pkg/sources", "pkg/telemetry", "pkg/telemetry/metricsapi"}, "it connects, and prints what checks find"},
	"pkg/kubectl/former/formertest":   {[]string{"pkg/evaluator", "pkg/rulesource", "pkg/state"}, "it stores for tests what a leader stores"},
	"pkg/kubectl/former":              {[]string{"pkg/api/door", "pkg/evaluator", "pkg/kubectl/settings", "pkg/rulesource", "pkg/state"}, "it reads what a leader stored, and judges nothing"},
}

// purePackages begin the paths of the packages that must stay pure.
var purePackages = []string{"pkg/rules", "pkg/descheduler/plan", "pkg/descheduler/memory"}

// pureImports are the modules that the pure packages may use beside the
// standard library.
var pureImports = []string{
	module, "go.yaml.in/yaml/v3", "k8s.io/apimachinery/pkg/labels", "k8s.io/apimachinery/pkg/selection",
	"k8s.io/apimachinery/pkg/api/resource", "github.com/prometheus/common/model",
}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestImportsPointDownward(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		layer, ruled := layers[name]
		if !ruled {
			continue
		}
		for _, imported := range p.Imports {
			inner, ours := strings.CutPrefix(imported, module)
			if ours && !contains(layer.mayImport, inner) {
				t.Errorf("%s must not import %s: %s", name, inner, layer.reason)
			}
		}
	}
}

func TestEveryPackageHasALayer(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if _, ruled := layers[name]; !ruled && strings.HasPrefix(name, "pkg/") && name != "pkg/app" {
			t.Errorf("%s has no line in the table of layers: say what it may import, and why", name)
		}
	}
}

func TestThePureCoreStaysPure(t *testing.T) {
	for _, p := range packages(t) {
		if !mustBePure(p.ImportPath) {
			continue
		}
		for _, imported := range p.Imports {
			if strings.Contains(strings.Split(imported, "/")[0], ".") && !isPure(imported) {
				t.Errorf("%s must not import %s: the core is a function of values, tested in seconds", p.ImportPath, imported)
			}
			if imported == "net/http" || imported == "net" || imported == "os" {
				t.Errorf("%s must not import %s: the core does no I/O", p.ImportPath, imported)
			}
		}
	}
}

// heavy is what the plugin must not link, with all below it, and why not.
var heavy = map[string]string{
	"k8s.io/kubernetes":                                  "it is all of kube-scheduler",
	"k8s.io/apiserver":                                   "it is for servers: pkg/api/serving is where we need it",
	"k8s.io/kubectl":                                     "it is all of kubectl; what plugins may use of it is k8s.io/cli-runtime",
	"k8s.io/client-go/kubernetes/fake":                   "it is for tests",
	"k8s.io/component-base/logs":                         "it is for servers",
	"github.com/google/cel-go":                           "no rule is CEL",
	"google.golang.org/grpc":                             "nothing that the plugin asks speaks it",
	"go.etcd.io/etcd":                                    "nothing that the plugin asks speaks it",
	"github.com/prometheus/prometheus/discovery":         "it has a client of every cloud; PromQL needs none",
	"github.com/prometheus/prometheus/config":            "it links discovery",
	"github.com/prometheus/prometheus/promql/promqltest": "it is for tests, and links the database of series; pkg/scenario has a storage of its own",
	"github.com/prometheus/prometheus/tsdb/index":        "it is the database of series; pkg/scenario has a storage of its own",
	"github.com/prometheus/prometheus/web":               "it is a server",
	"testing":                                            "it is for tests",
	"plugin":                                             "the linker keeps every method, and its name, that a plugin of Go might call: the binary is a third larger; kustomize leaves them out by a build tag",
}

func TestThePluginStaysLight(t *testing.T) {
	args := []string{"list", "-deps", "-tags", tagsOfThePlugin(t), path.Join(module, "cmd/kubectl-telemetry")}
	out, err := exec.CommandContext(t.Context(), "go", args...).Output()
	if err != nil {
		t.Fatalf("listing what the plugin is linked from: %v", err)
	}
	for _, linked := range strings.Fields(string(out)) {
		for at := linked; at != "."; at = path.Dir(at) {
			if reason, isHeavy := heavy[at]; isHeavy {
				t.Errorf("cmd/kubectl-telemetry must not link %s: %s", linked, reason)
			}
		}
	}
}

func mustBePure(path string) bool {
	for _, pure := range purePackages {
		if path == module+pure || strings.HasPrefix(path, module+pure+"/") {
			return true
		}
	}
	return false
}

// tagsOfThePlugin are those with which make builds the plugin.
func tagsOfThePlugin(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "make", "-s", "-n", "-C", "../..", "kubectl-telemetry").Output()
	if err != nil {
		t.Fatalf("asking make how it builds the plugin: %v", err)
	}
	_, rest, _ := strings.Cut(string(out), "-tags ")
	tags, _, _ := strings.Cut(rest, " ")
	return tags
}

func isPure(imported string) bool {
	for _, allowed := range pureImports {
		if imported == allowed || strings.HasPrefix(imported, allowed) && strings.HasSuffix(allowed, "/") {
			return true
		}
	}
	return false
}

func contains(list []string, name string) bool {
	for _, l := range list {
		if l == name {
			return true
		}
	}
	return false
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", path.Join(module, "..."))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing the packages: %v", err)
	}
	var all []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
