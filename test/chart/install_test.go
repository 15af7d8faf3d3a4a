package chart

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func keys(w world) []string { return slices.Sorted(maps.Keys(w)) }

// heading stands above what is rendered for those who have no helm.
const heading = `# telemetry-scheduler: a second kube-scheduler that keeps pods off nodes whose
# telemetry breaks a rule. Nothing on the control plane changes.
#
#   kubectl apply -f install.yaml
#
# Set the image of the Deployment first: its name here has no registry, because
# where you keep your images is yours to say.
#
# It is what the chart in charts/telemetry-scheduler makes of profiles/plain.yaml; make
# generate writes it.
`

// source is what helm says of each object.
var source = regexp.MustCompile(`(?m)^# Source: .*\n`)

// plain is what helm rendered, without what only helm means by it.
func plain(text string) string {
	text = source.ReplaceAllString(text, "")
	text = regexp.MustCompile(`\n*---\n`).ReplaceAllString(text, "\n---\n")
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "---")) + "\n"
}

func TestTheInstallFileIsWhatTheChartMakes(t *testing.T) {
	text, err := usual("", "plain").text(t, "helm4")
	if err != nil {
		t.Fatal(err)
	}
	same(t, filepath.Join(root, "manifests", "install.yaml"), heading+plain(text))
}

// same compares a file with what it has to be, or writes it.
func same(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not what is generated; run make generate (-generated +file):\n%s", path, diff)
	}
}

// everything has every object of the chart.
const everything = `
telemetry:
  sources:
  - {name: metrics, type: Kubelet, interval: 30s}
  - name: infra
    type: Prometheus
    url: https://prometheus.monitoring:9090
    http: {authorization: {credentials_file: /etc/telemetry-scheduler-credentials/token}}
  - {name: adapter, type: CustomMetrics}
  builtin: metrics
  namespaces: {matchLabels: {telemetry-rules: allowed}}
  eviction: {mode: Enforce, limits: {perHour: {total: 5}}, protectedNamespaces: [kube-system, bank]}
  markPrefixes: [example.com/]
rights: {customMetrics: [nodes/gpu_temperature]}
existingSecret: prometheus
serving: {existingSecret: serving}
batching: true
image: {repository: registry.example/telemetry-scheduler, tag: v0.1.1, digest: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
adoption: {enabled: true}
marks: {enabled: true}
networkPolicy: {enabled: true, from: [{namespaceSelector: {}}], egress: [{}]}
monitor: {kind: ServiceMonitor, labels: {release: prom}, ca: {configMap: {name: authorities, key: internal.crt}}, serverName: scheduler.example, account: {name: prometheus, namespace: monitoring}}
alerts: {enabled: true, labels: {release: prom}, runbooks: "https://pages.example/runbooks/"}
dashboard: {enabled: true, annotations: {grafana_folder: Scheduling}}
nodeSelector: {node-role.kubernetes.io/control-plane: ""}
tolerations: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]
affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/os, operator: In, values: [linux]}]}]}}}
podLabels: {team: "42"}
podAnnotations: {seen: "true"}
extraArgs: [-v=2]
imagePullSecrets: [{name: registry}]
spreadOver: [kubernetes.io/hostname, topology.kubernetes.io/zone]
`

// releases are what every helm has to render alike.
var releases = map[string]release{
	"no values":                   usual(""),
	"the plain manifest":          usual("", "plain"),
	"the first rule":              usual("", "example-rules"),
	"the fewest rights":           usual("", "least-rights"),
	"in place of the default one": usual("", "replace-default"),
	"everything at once":          usual(everything, "example-rules"),
	"a PodMonitor":                usual("marks: {enabled: true}\nmonitor: {kind: PodMonitor, authorization: {credentials: {name: scraper, key: token}}}"),
	"one that verifies":           usual("serving: {existingSecret: serving}\nmarks: {enabled: true}\nmonitor: {kind: PodMonitor, authorization: {credentials: {name: scraper, key: token}}}"),
	"another name, elsewhere":     {name: "batch", namespace: "platform"},
	"everything, elsewhere":       {name: "batch", namespace: "platform", values: everything},
}

func TestBothHelmsRenderTheSameEveryTime(t *testing.T) {
	for name, r := range releases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var texts []string
			for _, program := range slices.Concat(helms, helms) {
				text, err := r.text(t, program)
				if err != nil {
					t.Fatalf("%s: %v", program, err)
				}
				texts = append(texts, inOrder(text))
				decode(t, text)
			}
			for i, text := range texts[1:] {
				if diff := cmp.Diff(texts[0], text); diff != "" {
					t.Errorf("rendering %d is another one than the first:\n%s", i+2, diff)
				}
			}
		})
	}
}

// inOrder orders documents: what is applied first is for each helm to say.
func inOrder(text string) string {
	documents := strings.Split(plain(text), "\n---\n")
	for i := range documents {
		documents[i] = strings.TrimSpace(documents[i])
	}
	slices.Sort(documents)
	return strings.Join(documents, "\n---\n")
}

func TestBothHelmsFindNothingToSayOfTheChart(t *testing.T) {
	for name, r := range releases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, program := range helms {
				if out, err := tool(t, program, r.values, append([]string{"lint", "--strict", chart}, r.args()...)...); err != nil {
					t.Errorf("%s lint: %v\n%s", program, err, out)
				}
			}
		})
	}
}

// TestTheChartIsAFunctionOfItsValues holds what GitOps needs: nothing that differs from one
// rendering to the next, and nothing that asks the cluster. What refuses may ask it: whatever
// is rendered is the same.
func TestTheChartIsAFunctionOfItsValues(t *testing.T) {
	impure := regexp.MustCompile(`\b(lookup|rand\w*|uuidv4|now|date|gen[A-Z]\w+|IsInstall|IsUpgrade|Revision|Capabilities|htpasswd|derivePassword|getHostByName|helm\.sh/hook)\b`)
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	if err != nil || len(files) < 8 {
		t.Fatalf("there are %d templates (%v)", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, action := range regexp.MustCompile(`\{\{.*?\}\}`).FindAll(text, -1) {
			if word := impure.Find(action); word != nil && !(string(word) == "lookup" && filepath.Base(file) == "_refusals.tpl") {
				t.Errorf("%s depends on more than values: %s", filepath.Base(file), word)
			}
		}
	}
}
