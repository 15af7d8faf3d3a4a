package scenario

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// whole is a file without a mistake, for tests that put one in.
const whole = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: RuleTests
metrics:
- {name: heat, unit: celsius, customMetric: {name: heat}}
- {name: stall, unit: percent, query: "100 * rate(stall_seconds_total[1m])"}
rules:
- {name: hot, when: {metric: memory, above: 90%}, actions: {block: {}}}
- {name: warm, when: {any: [{metric: heat, above: 80}, {metric: stall, above: 5%}]}, actions: {block: {}}}
nodes: [{name: a}]
series:
- {metric: memory, node: a, values: 95%}
- {series: 'stall_seconds_total{node="a"}', values: 0+1x10}
pods:
- {name: web}
cases:
- {at: 0s, expect: [{rule: hot, phase: {a: firing}}, {pod: web, blocked: [a]}]}
`

// tail are its pods and cases.
var tail = whole[strings.Index(whole, "- {name: web}"):]

// files is a file system.
type files map[string]string

func (f files) read(name string) ([]byte, error) {
	if text, found := f[name]; found {
		return []byte(text), nil
	}
	return nil, &os.PathError{Op: "open", Path: name, Err: errors.New("no such file or directory")}
}

func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		want     string
	}{
		"none": {"", "", ""},
		"the kind is another": {"kind: RuleTests", "kind: TelemetryRules",
			`dir/t.yaml:2:7: this is no file of tests but a "TelemetryRules"; write "RuleTests"`},
		"a field is misspelt": {"nodes:", "node:",
			"dir/t.yaml:9:1: the file has no field \"node\"; did you mean \"nodes\"?"},
		"a mistake in a rule stands where it stands in the file": {"above: 90%", "above: 90",
			`dir/t.yaml:7:45: "above": 90 can be read as 90% or as 9000%; write the one that you mean, with its %`},
		"a rule of a file": {"kind: RuleTests", "kind: RuleTests\nruleFiles: [r.yaml]",
			`dir/r.yaml:4:28: no metric is called "memroy"; did you mean "memory"?`},
		"a rule of a ConfigMap": {"kind: RuleTests", "kind: RuleTests\nruleFiles: [m.yaml]",
			`dir/m.yaml:8:37: "above": 90 can be read as 90% or as 9000%; write the one that you mean, with its %`},
		"a file that is not there": {"kind: RuleTests", "kind: RuleTests\nruleFiles: [../x.yaml]",
			"dir/t.yaml:3:13: reading a file of rules: open x.yaml: no such file or directory"},
		"a rule that two files have": {"kind: RuleTests", "kind: RuleTests\nruleFiles: [hot.yaml]",
			"dir/hot.yaml:4:3: rule hot is defined differently in dir/t.yaml:8:3 too; test them in files of their own"},
		"a ConfigMap that nobody reads": {"kind: RuleTests", "kind: RuleTests\nruleFiles: [plain.yaml]",
			`dir/plain.yaml:3:11: this ConfigMap holds rules and has no label telemetry-scheduler.io/rules, so nobody reads them; write telemetry-scheduler.io/rules: "true" among its labels`},
		"a rule of a list of ConfigMaps": {"kind: RuleTests", "kind: RuleTests\nruleFiles: [list.yaml]",
			`dir/list.yaml:9:50: no metric is called "memroy"; did you mean "memory"?`},
		"a manifest without rules": {"kind: RuleTests", "kind: RuleTests\nruleFiles: [none.yaml]",
			"dir/t.yaml:3:13: reading a file of rules: none of its objects is a ConfigMap with a key that ends in .yaml"},
		"a rule of a namespace that defines a metric": {"kind: RuleTests", "kind: RuleTests\nruleFiles: [team.yaml]",
			`dir/team.yaml:8:5: rules of one namespace cannot define metrics; use those of the cluster's rules`},
		"a silence of a rule that there is not": {"pods:\n", "silences: [{rule: hto}]\npods:\n",
			`dir/t.yaml:13:19: there is no rule "hto"; did you mean "hot"?`},
		"a silence of nothing": {"pods:\n", "silences: [{by: me}]\npods:\n",
			`dir/t.yaml:13:12: it names neither a "rule" nor a "node"; name one of them`},
		"a silence that is over before it begins": {"pods:\n", "silences: [{node: a, from: 2m, until: 1m}]\npods:\n",
			"dir/t.yaml:13:39: it is over before it begins; write a later time"},
		"a pause of nothing": {"pods:\n", "pause: {until: 1m}\npods:\n",
			`dir/t.yaml:13:8: it does not say what is paused, so nothing is; write "block: true", or "evict: true"`},
		"a budget that covers nobody": {"pods:\n", "disruptionBudgets: [{name: web, disruptionsAllowed: 1}]\npods:\n",
			`dir/t.yaml:13:21: disruptionBudgets[0] needs "matchLabels"; write the labels of the pods that it covers, like {app: web}`},
		"a budget that does not say what it allows": {"pods:\n", "disruptionBudgets: [{name: web, matchLabels: {app: web}}]\npods:\n",
			`dir/t.yaml:13:21: disruptionBudgets[0] needs "disruptionsAllowed"; write 0 to let none go`},
		"a budget that allows less than nothing": {"pods:\n", "disruptionBudgets: [{name: web, matchLabels: {app: web}, disruptionsAllowed: -1}]\npods:\n",
			"dir/t.yaml:13:78: disruptionsAllowed must not be negative; write 0 to let none go"},
		"two budgets of one name": {"pods:\n", "disruptionBudgets: [{name: w, matchLabels: {a: b}, disruptionsAllowed: 1}, {name: w, matchLabels: {a: c}, disruptionsAllowed: 1}]\npods:\n",
			`dir/t.yaml:13:83: there are two disruptionBudgets "w"`},
		"evictions of an operator with a misspelt field": {"pods:\n", "eviction: {limit: {}}\npods:\n",
			`dir/t.yaml:13:12: eviction has no field "limit"; did you mean "limits"?`},
		"evictions of an operator that are no fields": {"pods:\n", "eviction: DryRun\npods:\n",
			`dir/t.yaml:13:11: "eviction" must be a set of fields, not text`},
		"replicas of nobody": {"{name: web}", "{name: web, replicas: 3}",
			`dir/t.yaml:14:15: nothing makes several of this pod; write a "controller" like Deployment/web`},
		"replicas of a DaemonSet": {"{name: web}", "{name: web, controller: DaemonSet/web, replicas: 3}",
			`dir/t.yaml:14:42: nothing makes several of this pod; write a "controller" like Deployment/web`},
		"no replicas": {"{name: web}", "{name: web, controller: Deployment/web, replicas: 0}",
			"dir/t.yaml:14:53: a controller that has this pod wants one at least"},
		"replicas that pods do not agree on": {"{name: web}", "{name: web, controller: Deployment/web, replicas: 2}\n- {name: web-2, namespace: default, controller: Deployment/web, replicas: 3}",
			`dir/t.yaml:15:75: another pod of Deployment/web says otherwise; write the same`},
		"an outage of a source that there is not": {"pods:\n", "outages: [{source: bulitin}]\npods:\n",
			`dir/t.yaml:13:20: there is no source "bulitin"; did you mean "builtin"?`},
		"an outage of a metric that there is not": {"pods:\n", "outages: [{metric: memroy}]\npods:\n",
			`dir/t.yaml:13:20: there is no metric "memroy"; did you mean "memory"?`},
		"an outage of pods": {"pods:\n", "outages: [{metric: pods}]\npods:\n",
			"dir/t.yaml:13:20: pods are counted, not measured"},
		"an outage of two things": {"pods:\n", "outages: [{metric: memory, source: builtin}]\npods:\n",
			`dir/t.yaml:13:11: it names a "source" and a "metric"; write an outage for each`},
		"a pod that arrives on a node": {"{name: web}", "{name: web, arrives: 1m, node: a}",
			`dir/t.yaml:14:28: a pod that arrives gets its node from the scheduler; write when it is "bound" there, or leave "node" out`},
		"a pod that arrives bound": {"{name: web}", "{name: web, arrives: 1m, bound: 2m}",
			"dir/t.yaml:14:28: a pod that arrives is bound when it is placed; remove it"},
		"a pod that starts before it arrives": {"{name: web}", "{name: web, arrives: 1m, starts: 30s}",
			"dir/t.yaml:14:3: a pod arrives, is bound, starts and ends, in this order"},
		"the use of a pod that does not run": {"{name: web}", "{name: web, uses: {cpu: 1}}",
			`dir/t.yaml:14:15: a pod without a node is one that is asked about, and has no "uses"; write the "node" that it runs on, or when it "arrives"`},
		"the use of pods": {"{name: web}", "{name: web, node: a, uses: {pods: 1}}",
			`dir/t.yaml:14:37: there is no resource "pods"; the known ones are cpu, memory`},
		"where a pod goes that nobody places": {"blocked: [a]", "placed: a",
			`dir/t.yaml:16:65: nobody places pod web; write when it "arrives"`},
		"where one of several goes": {tail, "- {name: web, count: 2, arrives: 0s}\ncases:\n- {at: 0s, expect: [{pod: web, placed: a}]}\n",
			"dir/t.yaml:16:40: there are several pods web, and each node takes so many; write it like {a: 5, none: 3}"},
		"how many of one go somewhere": {tail, "- {name: web, arrives: 0s}\ncases:\n- {at: 0s, expect: [{pod: web, placed: {a: 1}}]}\n",
			"dir/t.yaml:16:40: there is one pod web; write the name of its node, or none"},
		"a place that there is not": {tail, "- {name: web, arrives: 0s}\ncases:\n- {at: 0s, expect: [{pod: web, placed: b}]}\n",
			`dir/t.yaml:16:40: there is no node "b"; the known ones are a, none`},
		"a number of pods that is none": {tail, "- {name: web, count: 2, arrives: 0s}\ncases:\n- {at: 0s, expect: [{pod: web, placed: {a: two}}]}\n",
			`dir/t.yaml:16:44: "two" is no number of pods; write it like 5`},
		"what a pod needs": {"blocked: [a]", "needs: {memory: 2GB}",
			`dir/t.yaml:16:81: "2GB" is no quantity; write it like 500m or 2Gi`},
		"a node that there is not": {"phase: {a:", "phase: {b:",
			`dir/t.yaml:16:44: there is no node "b"; the known ones are a`},
		"a rule that there is not": {"{rule: hot,", "{rule: hto,",
			`dir/t.yaml:16:28: there is no rule "hto"; did you mean "hot"?`},
		"a pod that there is not": {"{pod: web,", "{pod: wbe,",
			`dir/t.yaml:16:60: there is no pod "wbe"; did you mean "web"?`},
		"a phase that there is not": {"firing", "fireing",
			`dir/t.yaml:16:44: there is no phase "fireing"; did you mean "firing"?`},
		"a set that names nothing": {"phase: {a: firing}", "phase: {}",
			`dir/t.yaml:16:40: "phase" names no node, so nothing is expected; name one or remove it`},
		"needs of nothing": {"blocked: [a]", "needs: {}",
			`dir/t.yaml:16:72: "needs" names no resource, so nothing is expected; name one or remove it`},
		"what says nothing": {"{pod: web, blocked: [a]}", "{pod: web}",
			"dir/t.yaml:16:54: nothing is expected of the pod; write blocked, or why, or best, or scores"},
		"what is said of a pod and not of a rule": {"blocked: [a]", "phase: {a: firing}",
			"dir/t.yaml:16:65: a pod has no \"phase\"; say it of a rule"},
		"of two things at once": {"{pod: web,", "{pod: web, rule: hot,",
			`dir/t.yaml:16:54: an expectation is about one of "rule", "metric", "pod" and "node"`},
		"what is said of a pod and not of a node": {"blocked: [a]", "victims: [web]",
			`dir/t.yaml:16:65: a pod has no "victims"; say it of a node`},
		"what leaves where no rule moves pods": {"{pod: web, blocked: [a]}", "{node: a, victims: []}",
			`dir/t.yaml:16:54: no rule moves pods, so that none ever leaves; give a rule "evict" among its actions`},
		"nothing of a node": {"{pod: web, blocked: [a]}", "{node: a}",
			"dir/t.yaml:16:54: nothing is expected of the node; write victims, or home, or reason, or spared"},
		"a share without its %": {"values: 95%", "values: 0.95",
			`dir/t.yaml:11:37: "values": 0.95 can be read as 0.95% or as 95%; write the one that you mean, with its %`},
		"a % of what is no share": {"{metric: memory, node: a, values: 95%}", "{metric: heat, node: a, values: 95%}",
			`dir/t.yaml:11:35: "values": 95% has a %, and the metric is no share`},
		"values that are none": {"values: 0+1x10", "values: 0+1y10",
			`dir/t.yaml:12:53: "values": bad number syntax: "1"; write them like 1 2 3, 0+5x10, _, or stale`},
		"too many values": {"0+1x10", "0+1x10000000",
			`dir/t.yaml:12:53: "values": a series has at most 100000 values; write them like 1 2 3, 0+5x10, _, or stale`},
		"a series twice": {"pods:\n", "- {series: 'stall_seconds_total{node=\"a\"}', values: 1}\npods:\n",
			`dir/t.yaml:13:12: the series {__name__="stall_seconds_total", node="a"} stands twice`},
		"a series that is none": {"'stall_seconds_total{node=\"a\"}'", "'stall{node=a}'",
			`dir/t.yaml:12:12: "series": unexpected identifier "a" in label set, expected string`},
		"a metric that is asked by a query": {"{metric: memory, node: a, values: 95%}", "{metric: stall, node: a, values: 95%}",
			`dir/t.yaml:11:12: the metric stall is asked by a query, which is to be tested too; write "series" as the query reads them`},
		"two metrics of one measurement": {"pods:\n", "- {metric: memory-available, node: a, values: 4Gi}\npods:\n",
			"dir/t.yaml:13:3: the memory-available of node a is given twice; keep one"},
		"pods that are measured": {"{metric: memory, node: a, values: 95%}", "{metric: pods, node: a, values: 95%}",
			`dir/t.yaml:11:12: pods are counted, not measured; write them under "pods"`},
		"a pod without a node that starts": {"{name: web}", "{name: web, starts: 1m}",
			`dir/t.yaml:14:15: a pod without a node is one that is asked about, and has no "starts"; write the "node" that it runs on`},
		"a controller": {"{name: web}", "{name: web, controller: DaemonSet}",
			`dir/t.yaml:14:27: "DaemonSet" names no controller; write it like DaemonSet/agent`},
		"a quantity": {"{name: web}", "{name: web, requests: {memory: 2GB}}",
			`dir/t.yaml:14:34: "2GB" is no quantity; write it like 500m or 2Gi`},
		"a resource": {"{name: web}", "{name: web, requests: {mem: 2Gi}}",
			`dir/t.yaml:14:31: there is no resource "mem"; did you mean "memory"?`},
		"a node called none": {"nodes: [{name: a}]", "nodes: [{name: a}, {name: none}]",
			`dir/t.yaml:9:27: expectations mean something by "none"; call it something else`},
		"a time too late": {"at: 0s", "at: 2d",
			"dir/t.yaml:16:8: a scenario lasts 1d at most"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(whole, c.old, c.new, 1)
			if name != "none" && text == whole {
				t.Fatal("the file was not changed")
			}
			fs := files{
				"dir/r.yaml":     "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n- {name: r, when: {metric: memroy, above: 90%}, actions: {block: {}}}\n",
				"dir/hot.yaml":   "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n- {name: hot, when: {metric: memory, above: 80%}, actions: {block: {}}}\n",
				"dir/none.yaml":  "apiVersion: v1\nkind: Service\nmetadata: {name: r}\n",
				"dir/list.yaml":  "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: r, labels: {telemetry-scheduler.io/rules: 'true'}}\n  data:\n    r.yaml: |\n      apiVersion: telemetry-scheduler.io/v1alpha1\n      kind: TelemetryRules\n      rules: [{name: r, when: {above: 9, metric: memroy}, actions: {block: {}}}]\n",
				"dir/plain.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: r}\ndata:\n  r.yaml: |\n    apiVersion: telemetry-scheduler.io/v1alpha1\n    kind: TelemetryRules\n",
				"dir/team.yaml":  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: r, namespace: team-a, labels: {telemetry-scheduler.io/rules: 'true'}}\ndata:\n  r.yaml: |\n    apiVersion: telemetry-scheduler.io/v1alpha1\n    kind: TelemetryRules\n    metrics: [{name: x, query: x}]\n",
				"dir/m.yaml":     "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: r, labels: {telemetry-scheduler.io/rules: 'true'}}\ndata:\n  r.yaml: |\n    apiVersion: telemetry-scheduler.io/v1alpha1\n    kind: TelemetryRules\n    rules: [{name: r, when: {above: 90, metric: memory}, actions: {block: {}}}]\n",
			}
			report := Run(t.Context(), "dir/t.yaml", []byte(text), Options{ReadFile: fs.read})
			got := ""
			if len(report.Mistakes) > 0 {
				got = report.Mistakes[0].String()
			}
			if got != c.want && (c.want == "" || !strings.HasPrefix(got, c.want)) {
				t.Errorf("the first mistake (-want +got):\n%s", cmp.Diff(c.want, got))
			}
			if report.Broken() != (c.want != "") || report.Broken() && report.Cases != nil {
				t.Errorf("broken is %v, with %d cases", report.Broken(), len(report.Cases))
			}
		})
	}
}

// evicting is a file without a mistake whose rule moves pods.
const evicting = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: RuleTests
rules:
- {name: hot, when: {metric: memory, above: 90%, clear: 85%}, actions: {evict: {after: 1m}}}
nodes: [{name: a}, {name: b}]
series: [{metric: memory, node: a, values: 95%}]
pods: [{name: web, node: a}, {name: asked}]
cases: [{at: 0s, expect: [{node: a, victims: [], home: {web: none}, reason: NotSure, spared: {web: none}}]}]
`

func TestMistakesAboutWhatLeaves(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"none":                               {"", "", ""},
		"a victim that there is not":         {"victims: []", "victims: [wbe]", `8:47: there is no pod with a node "wbe"; did you mean "web"?`},
		"a victim that does not run":         {"victims: []", "victims: [asked]", `8:47: there is no pod with a node "asked"; the known ones are web`},
		"a node that there is not":           {"{node: a, victims", "{node: c, victims", `8:34: there is no node "c"; the known ones are a, b`},
		"a home of a pod that there is not":  {"home: {web:", "home: {wbe:", `8:62: there is no pod with a node "wbe"; did you mean "web"?`},
		"a home that there is not":           {"home: {web: none}", "home: {web: c}", `8:62: there is no node "c"; the known ones are a, b, none`},
		"homes of nobody":                    {"home: {web: none}", "home: {}", `8:56: "home" names no pod, so nothing is expected; name one or remove it`},
		"a reason that there is not":         {"NotSure", "InTheBnad", `8:77: there is no reason "InTheBnad"; did you mean "InTheBand"?`},
		"a reason of a pod that there isn't": {"spared: {web: none}", "spared: {web: Baer}", `8:100: there is no reason "Baer"; did you mean "Bare"?`},
	} {
		t.Run(name, func(t *testing.T) {
			report := Run(t.Context(), "t.yaml", []byte(strings.Replace(evicting, c.old, c.new, 1)), Options{})
			got := ""
			for _, m := range report.Mistakes {
				got += strings.TrimPrefix(m.String(), "t.yaml:")
			}
			if got != c.want {
				t.Errorf("mistakes (-want +got):\n%s", cmp.Diff(c.want, got))
			}
			if report.Broken() != (c.want != "") || report.Failed() > 0 {
				t.Errorf("broken is %v, and %d cases failed", report.Broken(), report.Failed())
			}
		})
	}
}
