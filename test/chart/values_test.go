package chart

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2/ktesting"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/app"
)

// shows is what an object must have: the value at a path like
// spec.template.spec.containers.0.image, written as JSON; null where there must be nothing.
type shows struct{ object, path, want string }

const (
	deployment = "Deployment " + ours + "/" + ours
	container  = "spec.template.spec.containers.0."
)

func TestWhatValuesMake(t *testing.T) {
	for name, c := range map[string]struct {
		values string
		shows  []shows
	}{
		"two replicas, of which a drain takes one": {"", []shows{
			{deployment, "spec.replicas", "2"},
			{"PodDisruptionBudget " + ours + "/" + ours, "spec.maxUnavailable", "1"},
		}},
		"pods that crash hold up no drain": {"", []shows{{"PodDisruptionBudget " + ours + "/" + ours, "spec.unhealthyPodEvictionPolicy", `"AlwaysAllow"`}}},
		"pods have a token where they say so": {marking, []shows{
			{"ServiceAccount " + ours + "/" + ours, "automountServiceAccountToken", "false"},
			{"ServiceAccount " + ours + "/" + ours + "-marks", "automountServiceAccountToken", "false"},
			{deployment, "spec.template.spec.automountServiceAccountToken", "true"},
			{deployment + "-marks", "spec.template.spec.automountServiceAccountToken", "true"},
			{"Job " + ours + "/" + ours + "-marks-cleanup", "spec.template.spec.automountServiceAccountToken", "true"},
		}},
		"what marks nodes is spread by its own labels": {marking, []shows{
			{deployment + "-marks", "spec.template.spec.topologySpreadConstraints.0.labelSelector.matchLabels", `{"app.kubernetes.io/instance":"telemetry-scheduler","app.kubernetes.io/name":"telemetry-scheduler-marks"}`},
		}},
		"each request and limit stands as it is written": {"resources: {requests: {cpu: 500m}, limits: {memory: 8Gi}}", []shows{
			{deployment, container + "resources", `{"limits":{"memory":"8Gi"},"requests":{"cpu":"500m","memory":"128Mi"}}`},
		}},
		"no processor limit, which would hold up the scheduling cycle": {"", []shows{{deployment, container + "resources.limits.cpu", "null"}}},
		"the image is that of the chart's version": {"image: {repository: r.example:5000/a/b}", []shows{
			{deployment, container + "image", `"r.example:5000/a/b:v0.1.0"`},
		}},
		"a digest decides, and the tag is for people": {"image: {tag: v9, digest: 'sha256:" + strings.Repeat("a", 64) + "'}", []shows{
			{deployment, container + "image", `"telemetry-scheduler:v9@sha256:` + strings.Repeat("a", 64) + `"`},
		}},
		"no priority class, and no quota for it": {`priorityClassName: ""`, []shows{
			{deployment, "spec.template.spec.priorityClassName", "null"},
			{"ResourceQuota " + ours + "/" + ours + "-critical-pods", "", "null"},
		}},
		"a priority class of one's own needs no quota": {"priorityClassName: high", []shows{
			{deployment, "spec.template.spec.priorityClassName", `"high"`},
			{"ResourceQuota " + ours + "/" + ours + "-critical-pods", "", "null"},
		}},
		"spread over zones": {"spreadOver: [topology.kubernetes.io/zone]", []shows{
			{deployment, "spec.template.spec.topologySpreadConstraints.0.topologyKey", `"topology.kubernetes.io/zone"`},
			{deployment, "spec.template.spec.topologySpreadConstraints.1", "null"},
		}},
		"a Secret is mounted, and no right to read it given": {
			"existingSecret: prom\ntelemetry: {sources: [{name: p, type: Prometheus, url: 'https://p'}]}", []shows{
				{deployment, container + "volumeMounts.1", `{"mountPath":"/etc/telemetry-scheduler-credentials","name":"credentials","readOnly":true}`},
				{deployment, "spec.template.spec.volumes.1", `{"name":"credentials","secret":{"secretName":"prom"}}`},
			}},
		"without the API its port is closed": {"telemetry: {api: {port: 0}}\nnetworkPolicy: {enabled: true, from: [{podSelector: {}}]}", []shows{
			{deployment, container + "ports.1", "null"},
			{"NetworkPolicy " + ours + "/" + ours, "spec.ingress.0.ports", `[{"port":"https"}]`},
		}},
		"a NetworkPolicy lets nobody in": {"networkPolicy: {enabled: true}", []shows{
			{"NetworkPolicy " + ours + "/" + ours, "spec", `{"podSelector":{"matchLabels":{"app.kubernetes.io/instance":"telemetry-scheduler","app.kubernetes.io/name":"telemetry-scheduler"}},"policyTypes":["Ingress"]}`},
		}},
		"without sources of kubelets there is no account for them": {"", []shows{
			{"ServiceAccount " + ours + "/" + ours + "-kubelet-reader", "", "null"},
			{"ClusterRole /" + ours + "-kubelet-reader", "", "null"},
		}},
		"a source of kubelets brings the account": {"telemetry: {sources: [{name: k, type: Kubelet}]}", []shows{
			{"ServiceAccount " + ours + "/" + ours + "-kubelet-reader", "automountServiceAccountToken", "false"},
		}},
		"no alerts and no dashboard": {"", []shows{
			{"PrometheusRule " + ours + "/" + ours, "", "null"},
			{"ConfigMap " + ours + "/" + ours + "-dashboard", "", "null"},
		}},
		"nothing is adopted": {"", []shows{{"MutatingAdmissionPolicy /" + ours + "-adoption", "", "null"}}},
		"what cannot be evaluated is not adopted": {"adoption: {enabled: true}", []shows{
			{"MutatingAdmissionPolicy /" + ours + "-adoption", "spec.failurePolicy", `"Ignore"`},
			{"MutatingAdmissionPolicyBinding /" + ours + "-adoption", "spec.policyName", `"telemetry-scheduler-adoption"`},
		}},
		"evictions are kept out of some namespaces": {"telemetry: {eviction: {protectedNamespaces: [kube-system, bank]}}", []shows{
			{"ValidatingAdmissionPolicy /" + ours + "-evictions", "spec.validations.0.expression", `"!(request.namespace in [\"kube-system\",\"telemetry-scheduler\",\"bank\"])"`},
			{"ValidatingAdmissionPolicyBinding /" + ours + "-evictions", "spec.validationActions", `["Deny"]`},
		}},
		"without the right to evict there is no policy for it": {"rights: {eviction: false}", []shows{{"ValidatingAdmissionPolicy /" + ours + "-evictions", "", "null"}}},
		"the policy can be left out":                           {"evictionPolicy: false", []shows{{"ValidatingAdmissionPolicy /" + ours + "-evictions", "", "null"}}},
		"marks are taken away before the release is": {"marks: {enabled: true}", []shows{
			{"Job " + ours + "/" + ours + "-marks-cleanup", "metadata.annotations", `{"helm.sh/hook":"pre-delete","helm.sh/hook-delete-policy":"before-hook-creation,hook-succeeded"}`},
			{"ValidatingAdmissionPolicyBinding /" + ours + "-marks", "spec.policyName", `"telemetry-scheduler-marks"`},
		}},
		"an annotation of the pods": {"podAnnotations: {a: \"1\"}", []shows{{deployment, "spec.template.metadata.annotations.a", `"1"`}}},
		"a ServiceMonitor has the token of Prometheus": {"monitor: {kind: ServiceMonitor}", []shows{
			{"ServiceMonitor " + ours + "/" + ours, "spec.endpoints.0.bearerTokenFile", `"/var/run/secrets/kubernetes.io/serviceaccount/token"`},
			{"ServiceMonitor " + ours + "/" + ours, "spec.jobLabel", `"app.kubernetes.io/instance"`},
			{"Service " + ours + "/" + ours + "-metrics", "spec.clusterIP", `"None"`},
			{"Service " + ours + "/" + ours + "-metrics", "metadata.labels", `{"app.kubernetes.io/instance":"telemetry-scheduler","app.kubernetes.io/name":"telemetry-scheduler"}`},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := usual(c.values).render(t)
			for _, s := range c.shows {
				if got := at(t, w[s.object], s.path); got != s.want {
					t.Errorf("%s of %s is %s, want %s", s.path, s.object, got, s.want)
				}
			}
		})
	}
}

// at returns what stands at a path of an object, as JSON.
func at(t *testing.T, object any, path string) string {
	t.Helper()
	var here any
	text, err := json.Marshal(object)
	if err != nil || json.Unmarshal(text, &here) != nil {
		t.Fatal(err)
	}
	for step := range strings.SplitSeq(path, ".") {
		var i int
		switch v := here.(type) {
		case map[string]any:
			here = v[step]
		case []any:
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(v) {
				return "null"
			}
			here = v[i]
		}
	}
	out, _ := json.Marshal(here)
	return string(out)
}

func TestValuesThatCannotBeAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ values, says string }{
		"a word for a number":           {"replicas: two", `at '/replicas': got string, want integer`},
		"a value that there is not":     {"replica: 1", `additional properties 'replica' not allowed`},
		"one deep inside":               {"image: {repo: x}", `additional properties 'repo' not allowed`},
		"an argument that there is not": {"telemetry: {newNodeGrase: 1m}", `at '/telemetry': additional properties 'newNodeGrase' not allowed`},
		"a duration without a unit":     {"telemetry: {minInterval: 10}", `at '/telemetry/minInterval': got number, want string`},
		"a mode that there is not":      {"telemetry: {eviction: {mode: Force}}", `at '/telemetry/eviction/mode': value must be one of 'DryRun', 'Enforce'`},
		"a digest that is none":         {"image: {digest: abc}", `at '/image/digest': 'abc' does not match pattern`},
		"a key that nobody reads":       {"rules: {memory.yml: x}", `at '/rules': additional properties 'memory.yml' not allowed`},
		"a monitor that there is not":   {"monitor: {kind: Scrape}", `at '/monitor/kind': value must be one of '', 'ServiceMonitor', 'PodMonitor'`},

		"to adopt pods of the default scheduler, and to be it": {
			"schedulerName: default-scheduler\nadoption: {enabled: true}",
			"adoption.enabled moves pods away from default-scheduler, and schedulerName is default-scheduler: remove one of them."},
		"to evict without the right to": {
			"telemetry: {eviction: {mode: Enforce}}\nrights: {eviction: false}",
			"telemetry.eviction.mode is Enforce, and rights.eviction is false: no pod could be moved. Remove one of them."},
		"a source that is not declared": {
			"telemetry: {builtin: infra}",
			`telemetry.builtin is "infra", and no source has that name: telemetry.sources are metrics.`},
		"custom metrics without the right to read any": {
			"telemetry: {sources: [{name: metrics, type: MetricsAPI}, {name: c, type: CustomMetrics}]}",
			"name the metrics that rules use in rights.customMetrics, such as nodes/gpu_temperature"},
		"a right that nothing uses": {
			"rights: {customMetrics: [nodes/t]}",
			"rights.customMetrics gives rights that nothing uses"},
		"a Secret that nothing uses": {
			"existingSecret: s",
			"existingSecret is mounted for sources of type Prometheus, and telemetry.sources has none: add one, or remove it."},
		"a file that nothing mounts": {
			"telemetry: {sources: [{name: p, type: Prometheus, url: 'https://p', http: {authorization: {credentials_file: /etc/telemetry-scheduler-credentials/token}}}]}",
			"telemetry.sources names a file in /etc/telemetry-scheduler-credentials, where nothing is mounted: name the Secret that holds it in existingSecret."},
		"a monitor that nobody lets in": {
			"networkPolicy: {enabled: true}\nmonitor: {kind: ServiceMonitor}",
			"monitor has Prometheus read the metrics, and networkPolicy lets nobody in: name Prometheus in networkPolicy.from, also where another policy lets it in."},
		"peers of a policy that is not made": {
			"networkPolicy: {from: [{}]}",
			"networkPolicy.from and networkPolicy.egress have no effect while networkPolicy.enabled is false: set it, or remove them."},
		"labels of a monitor that is not made": {
			"monitor: {labels: {a: b}}",
			"monitor.labels, monitor.authorization, monitor.ca and monitor.serverName have no effect without monitor.kind"},
		"a PodMonitor without a token": {
			"monitor: {kind: PodMonitor}",
			"A PodMonitor cannot use the token of Prometheus's own account"},
		"a name of a certificate that nobody verifies": {
			"monitor: {kind: ServiceMonitor, serverName: a.example}",
			"without serving.existingSecret each pod signs its own, which nobody can verify: name a Secret there, or remove them."},
		"the authority of one likewise": {
			"monitor: {kind: ServiceMonitor, ca: {secret: {name: a, key: ca.crt}}}",
			"monitor.ca and monitor.serverName say how a certificate is verified"},
		"a name that no monitor asks for": {
			"serving: {existingSecret: s}\nmonitor: {serverName: a.example}",
			"monitor.ca and monitor.serverName have no effect without monitor.kind"},
		"an authority that is two": {
			"serving: {existingSecret: s}\nmonitor: {kind: ServiceMonitor, ca: {secret: {name: a, key: k}, configMap: {name: a, key: k}}}",
			"at '/monitor/ca'"},
		"an authority without a key": {
			"serving: {existingSecret: s}\nmonitor: {kind: ServiceMonitor, ca: {secret: {name: a}}}",
			"missing property 'key'"},
		"two certificates": {
			"serving: {existingSecret: s}\nextraArgs: [--tls-cert-file=/x]",
			"extraArgs has --tls-cert-file=/x, and serving.existingSecret says which certificate is served: remove one of them."},
		"replicas that do not know who leads": {
			"extraArgs: [--leader-elect=false]",
			"extraArgs has --leader-elect=false, which the chart says itself: the configuration and the lease are those of the release. Remove it."},
		"a configuration beside the chart's":                       {"extraArgs: [-v=2, --config=/x]", "extraArgs has --config=/x, which the chart says itself"},
		"the certificate that the values of an older release lack": {"serving: null", "missing property 'serving'"},
		"a part that the values of an older release lack":          {"marks: null", "missing property 'marks'"},
		"a value that they lack":                                   {"marks: {staleAfter: null}", "missing property 'staleAfter'"},
		"an interval that flags do not know":                       {"marks: {enabled: true, minInterval: 1d}", "'1d' does not match pattern"},
		"an age below what a change of leaders takes":              {"marks: {enabled: true, staleAfter: 59s}", "'59s' does not match pattern"},
		"a prefix of marks that is Kubernetes' own":                {"marks: {enabled: true}\ntelemetry: {markPrefixes: [node-role.kubernetes.io/]}", "at '/telemetry/markPrefixes/0'"},
		"a scheduler whose name is a number":                       {"schedulerName: '1e3'", "YAML takes the name 1e3 for something other than a text"},
		"prefixes of marks that nothing sets":                      {"telemetry: {markPrefixes: [a.example/]}", "telemetry.markPrefixes are for marks on nodes, and marks.enabled is false: set it, or remove them."},
		"to take marks away with nothing":                          {"marks: {remove: true}", "marks.remove is for what marks nodes, and marks.enabled is false: nothing would take marks away."},
		"to say by hand that nodes are marked":                     {"telemetry: {marks: true}", "telemetry.marks says whether something marks nodes, and follows marks.enabled: set that."},
		"labels of alerts that are not made": {
			"alerts: {labels: {a: b}}",
			"alerts.labels, alerts.job and alerts.runbooks have no effect while alerts.enabled is false: set it, or remove them."},
		"a job of alerts that is not the monitor's": {
			"alerts: {enabled: true, job: mine}\nmonitor: {kind: ServiceMonitor}",
			"alerts.job names a job of your own, and the ServiceMonitor gives the series the job telemetry-scheduler: remove one of them."},
		"pages of alerts that are no address": {"alerts: {enabled: true, runbooks: docs}", "'docs' does not match pattern"},
		"half an account":                     {"monitor: {account: {name: p}}", "monitor.account needs both a name and a namespace."},
		"a label by which the release knows its pods": {
			"podLabels: {app.kubernetes.io/instance: x}",
			"podLabels has app.kubernetes.io/instance, by which the release knows its pods: take another label."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, program := range helms {
				out, err := usual(c.values).text(t, program)
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s says %v\n%s", program, err, out)
				}
			}
		})
	}
}

func TestNamesThatAreRefused(t *testing.T) {
	for sentence, c := range map[string]struct {
		release release
		says    string
	}{
		"the lease of the cluster's own scheduler is its own": {release{name: "kube-scheduler", namespace: "kube-system"}, "would share the lease of the cluster's own scheduler"},
		"a number is no label":                                {release{name: "123", namespace: "ns"}, "YAML takes the name 123 for something other than a text"},
		"nor is what is true":                                 {release{name: "true", namespace: "ns"}, "YAML takes the name true for something other than a text"},
		"nor is a number a namespace":                         {release{name: "batch", namespace: "2026"}, "YAML takes the name 2026 for something other than a text"},
		"a Job's name has 63 letters":                         {release{name: strings.Repeat("a", 50), namespace: "ns", values: marking}, "more than the 49"},
		"they are there":                                      {release{name: strings.Repeat("a", 49), namespace: "ns", values: marking}, ""},
		"without marks the name may be what helm takes":       {release{name: strings.Repeat("a", 53), namespace: "ns"}, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := c.release.text(t, "helm4")
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("helm says %v, want %q", err, c.says)
			}
		})
	}
}

// TestTextsStayTexts decodes what YAML would take for something else.
func TestTextsStayTexts(t *testing.T) {
	w := usual("priorityClassName: '123'\nspreadOver: ['a: b']\nmarks: {enabled: true}\nmonitor: {account: {name: '1', namespace: '2'}}\n" +
		"existingSecret: '12'\ntelemetry: {pauseConfigMap: '3', sources: [{name: metrics, type: Prometheus, url: 'https://p'}]}\n" +
		"rules: {indented.yaml: \"  a: 1\\nb: 2\\n\"}").render(t)
	if got := get[*corev1.ConfigMap](t, w, "ConfigMap "+ours+"/"+ours+"-rules").Data["indented.yaml"]; got != "  a: 1\nb: 2\n" {
		t.Errorf("the rules are %q", got)
	}
}

// TestCriticalPodsHaveRoom is for what runs at once while all is replaced, and is cleaned up.
func TestCriticalPodsHaveRoom(t *testing.T) {
	w := usual("replicas: 10\nmarks: {enabled: true, replicas: 10}").render(t)
	if room := get[*corev1.ResourceQuota](t, w, "ResourceQuota "+ours+"/"+ours+"-critical-pods").Spec.Hard.Pods().Value(); room < 2*(10+10)+1 {
		t.Errorf("there is room for %d", room)
	}
}

// TestTheQuotaKeepsNobodyOutOfKubeSystem: it would count the cluster's own critical pods.
func TestTheQuotaKeepsNobodyOutOfKubeSystem(t *testing.T) {
	for namespace, want := range map[string]bool{"kube-system": false, "platform": true} {
		w := release{name: "batch", namespace: namespace}.render(t)
		if got := w["ResourceQuota "+namespace+"/batch-critical-pods"] != nil; got != want {
			t.Errorf("in %s there is a quota: %t", namespace, got)
		}
	}
}

// config is the scheduler's configuration of a world with one.
func config(t *testing.T, w world, r release) string {
	t.Helper()
	return get[*corev1.ConfigMap](t, w, "ConfigMap "+r.namespace+"/"+r.name+"-config").Data["config.yaml"]
}

func TestEveryConfigurationLoads(t *testing.T) {
	for name, r := range releases {
		t.Run(name, func(t *testing.T) {
			w := r.render(t)
			text := config(t, w, r)
			for _, mistake := range app.CheckConfig("config.yaml", []byte(text)) {
				t.Errorf("%s\n%s", mistake, text)
			}
			file := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			logger, _ := ktesting.NewTestContext(t)
			c, err := options.LoadConfigFromFile(logger, file)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if l := c.LeaderElection; !l.LeaderElect || l.ResourceNamespace != r.namespace || l.ResourceName != r.name {
				t.Errorf("it leads by %+v", l)
			}
		})
	}
}

func TestTheConfigurationSaysWhatValuesSay(t *testing.T) {
	for name, c := range map[string]struct {
		release release
		path    string
		want    string
	}{
		"pods name the release":                            {release{name: "batch", namespace: "platform"}, "profiles.0.schedulerName", `"batch"`},
		"or what the operator says":                        {usual("schedulerName: own"), "profiles.0.schedulerName", `"own"`},
		"or nothing":                                       {usual("", "replace-default"), "profiles.0.schedulerName", `"default-scheduler"`},
		"a release reads the rules that have its name":     {release{name: "batch", namespace: "platform"}, "profiles.0.pluginConfig.0.args.rulesLabel", `"batch"`},
		"and has a stop button of its own":                 {release{name: "batch", namespace: "platform"}, "profiles.0.pluginConfig.0.args.pauseConfigMap", `"batch-pause"`},
		"that of the documentation has what it says":       {usual(""), "profiles.0.pluginConfig.0.args", `{"sources":[{"name":"metrics","type":"MetricsAPI"}]}`},
		"arguments are handed on":                          {usual("telemetry: {eviction: {cooldown: 1h}, podExemptions: false}"), "profiles.0.pluginConfig.0.args", `{"eviction":{"cooldown":"1h"},"podExemptions":false,"sources":[{"name":"metrics","type":"MetricsAPI"}]}`},
		"a source keeps what is true, a text or a list":    {usual("telemetry: {sources: [{name: 'true', type: Kubelet, insecureSkipTLSVerify: true, interval: 30s}]}"), "profiles.0.pluginConfig.0.args.sources.0", `{"insecureSkipTLSVerify":true,"interval":"30s","name":"true","type":"Kubelet"}`},
		"batching leaves pods without constraints as is":   {usual("batching: true"), "profiles.0.pluginConfig.2", `{"args":{"defaultingType":"List"},"name":"PodTopologySpread"}`},
		"without the right to delete nothing is preempted": {usual("", "least-rights"), "profiles.0.plugins.multiPoint.disabled", `[{"name":"DefaultPreemption"}]`},
		"nothing is batched":                               {usual(""), "profiles.0.pluginConfig.2", "null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var said any
			if err := yaml.Unmarshal([]byte(config(t, c.release.render(t), c.release)), &said); err != nil {
				t.Fatal(err)
			}
			if got := at(t, said, c.path); got != c.want {
				t.Errorf("%s is %s, want %s", c.path, got, c.want)
			}
		})
	}
}

// TestTheChecksumFollowsTheConfigurationAlone: rules are read while the scheduler runs.
func TestTheChecksumFollowsTheConfigurationAlone(t *testing.T) {
	sum := func(values string) string {
		d := get[*appsv1.Deployment](t, usual(values).render(t), deployment)
		return d.Spec.Template.Annotations["checksum/config"]
	}
	before := sum("")
	if got := sum("telemetry: {podExemptions: false}"); got == before || got == "" {
		t.Error("a new argument restarts no pod")
	}
	if got := sum("rules: {a.yaml: x}"); got != before {
		t.Error("new rules restart the pods")
	}
}

// TestRulesStandAsTheyAreWritten: mistakes are told with lines and columns of that text.
func TestRulesStandAsTheyAreWritten(t *testing.T) {
	const text = "# mine\nrules:\n\n- name: \"a\"   # {{ not a template }}\n  when: |\n    x\n"
	w := release{name: "batch", namespace: "platform", values: "rules:\n  a.yaml: " + asJSON(text)}.render(t)
	rules := get[*corev1.ConfigMap](t, w, "ConfigMap platform/batch-rules")
	if diff := cmp.Diff(map[string]string{"a.yaml": text}, rules.Data); diff != "" {
		t.Error(diff)
	}
	if got := rules.Labels["telemetry-scheduler.io/rules"]; got != "batch" {
		t.Errorf("they have the label %q, and the release reads those of batch", got)
	}
}

// TestTwoReleasesInOneNamespaceShareNothing: neither objects nor names in the configuration.
func TestTwoReleasesInOneNamespaceShareNothing(t *testing.T) {
	one, two := release{name: ours, namespace: ours, values: everything}, release{name: "batch", namespace: ours, values: everything}
	first, second := one.render(t), two.render(t)
	for key := range first {
		if second[key] != nil {
			t.Errorf("both have %s", key)
		}
	}
	if len(first) != len(second) {
		t.Errorf("one has %d objects, the other %d", len(first), len(second))
	}
	places, named := regexp.MustCompile(`resourceNamespace:.*`), regexp.MustCompile(`(?m)^.*: "?telemetry-scheduler"?( .*)?$`)
	for r, w := range map[*release]world{&one: first, &two: second} {
		if found := named.FindString(places.ReplaceAllString(config(t, w, *r), "")); (found != "") != (r.name == ours) {
			t.Errorf("the configuration of %s names the release %s: %q", r.name, ours, found)
		}
	}
	selector := get[*appsv1.Deployment](t, first, deployment).Spec.Selector.MatchLabels
	other := get[*appsv1.Deployment](t, second, "Deployment "+ours+"/batch").Spec.Template.Labels
	same := true
	for key, value := range selector {
		same = same && other[key] == value
	}
	if same {
		t.Error("the Deployment of one takes the pods of the other")
	}
}
