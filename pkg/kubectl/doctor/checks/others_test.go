package checks

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	fakediscovery "k8s.io/client-go/discovery/fake"
	dynamicfake "k8s.io/client-go/dynamic/fake"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

func TestVersionsFitTogether(t *testing.T) {
	at := func(git, minor, plugin string, objects ...runtime.Object) *Cluster {
		c := with(objects...)
		c.Client.Discovery().(*fakediscovery.FakeDiscovery).FakedServerVersion = &version.Info{GitVersion: git, Major: "1", Minor: minor}
		c.Kubernetes, c.Version = 37, plugin
		return c
	}
	const older = "warning: the scheduler is v0.1.0, and this program v0.2.0\nkubectl set image deployment/telemetry-scheduler -n telemetry-scheduler scheduler=r:5000/t:v0.2.0"
	examine(t, versions, map[string]patient{
		"the same version":                             {cluster: at("v1.37.2", "37", "v0.1.0", deployment("t:v0.1.0", 2))},
		"an API server that is one newer":              {cluster: at("v1.38.0", "38+", "")},
		"an API server that is older":                  {cluster: at("v1.36.1", "36", ""), want: []string{"warning: the API server is v1.36.1, and this scheduler is built from Kubernetes 1.37"}},
		"an API server that is much newer":             {cluster: at("v1.39.0", "39", ""), want: []string{"warning: the API server is v1.39.0, and this scheduler is built from Kubernetes 1.37"}},
		"a scheduler that is older than this program":  {cluster: at("v1.37.2", "37", "v0.2.0", deployment("r:5000/t:v0.1.0", 2)), want: []string{older}},
		"a digest behind the tag changes nothing":      {cluster: at("v1.37.2", "37", "v0.2.0", deployment("r:5000/t:v0.1.0@sha256:0", 2)), want: []string{older}},
		"a program that was built between releases":    {cluster: at("v1.37.2", "37", "v0.2.1-0.20260102120000-abcdef", deployment("t:v0.1.0", 2))},
		"a program that was built in its sources":      {cluster: at("v1.37.2", "37", "(devel)", deployment("t:v0.1.0", 2))},
		"an image without a tag, of a registry's port": {cluster: at("v1.37.2", "37", "v0.2.0", deployment("r:5000/t", 2))},
	})
}

func TestClocksAgree(t *testing.T) {
	leading := func(off time.Duration) *Cluster {
		l := held("a_1", 0)
		l.Spec.RenewTime.Time = noon.Add(off)
		written := metav1.NewTime(noon)
		l.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "t", Time: &written, FieldsV1: &metav1.FieldsV1{Raw: []byte(`{"f:spec":{"f:renewTime":{}}}`)}}}
		return with(l)
	}
	here := func(off time.Duration) *Cluster {
		c := with()
		c.Now = func() time.Time { return noon.Add(off) }
		return c
	}
	noted := configured(t, with(), "{sources: [{name: metrics, type: MetricsAPI}, {name: infra, type: Prometheus, url: 'http://p'}]}")
	noted.Ask = func(_ context.Context, e *lint.Examined) error {
		e.Live = []lint.Live{{Metric: "a", Source: "infra", Notes: []string{"its clock is 40s ahead"}}, {Metric: "b", Source: "infra", Notes: []string{"its clock is 40s ahead"}}}
		return nil
	}
	examine(t, clocks, map[string]patient{
		"clocks that are seconds apart agree":  {cluster: leading(9 * time.Second)},
		"a leader who is ahead":                {cluster: leading(time.Minute), want: []string{"error: the clock of the leader, a_1, is 1m0s ahead of that of the API server\nkubectl get pods -n telemetry-scheduler -o wide"}},
		"a leader who is behind":               {cluster: leading(-time.Minute), want: []string{"error: the clock of the leader, a_1, is 1m0s behind that of the API server\nkubectl get pods -n telemetry-scheduler -o wide"}},
		"this machine is ahead":                {cluster: here(time.Minute), want: []string{"warning: the clock of this machine is 1m0s ahead of that of the API server"}},
		"this machine is behind":               {cluster: here(-time.Minute), want: []string{"warning: the clock of this machine is 1m0s behind that of the API server"}},
		"what a source says of itself is told": {cluster: noted, want: []string{"warning: the source infra: its clock is 40s ahead"}},
	})
}

func TestTheTimeOfAnAnswerLiesBetweenTwoLooks(t *testing.T) {
	for name, tc := range map[string]struct{ before, read, after, want int }{
		"between": {0, 5, 9, 0}, "before both": {5, 0, 9, 5}, "after both": {0, 9, 5, -4},
	} {
		at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
		if got := offOf(at(tc.before), at(tc.read), at(tc.after)); got != time.Duration(tc.want)*time.Second {
			t.Errorf("%s: %v, want %d s", name, got, tc.want)
		}
	}
}

// apiService is served by the Service of its API's name.
func apiService(name, service, available string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": map[string]any{"name": name},
		"spec": map[string]any{"service": map[string]any{"namespace": "kube-system", "name": service}},
		"status": map[string]any{"conditions": []any{map[string]any{
			"type": "Available", "status": available, "reason": "MissingEndpoints", "message": "nobody is there",
		}}},
	}}
}

func serving(c *Cluster, services ...runtime.Object) *Cluster {
	c.Dynamic = dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{apiServices: "APIServiceList"}, services...)
	return c
}

func TestMetricsAPIsAreServed(t *testing.T) {
	const metrics, custom = "v1beta1.metrics.k8s.io", "v1beta1.custom.metrics.k8s.io"
	server := func(replicas int32) *appsv1.Deployment {
		return &appsv1.Deployment{ObjectMeta: meta("kube-system", "metrics-server"), Spec: appsv1.DeploymentSpec{Replicas: &replicas}}
	}
	refused := serving(with(), apiService(metrics, "metrics-server", "True"))
	refused.Sources["metrics"] = answering{err: errors.New("no")}
	const ill = "error: the API is not available: MissingEndpoints: nobody is there\n"
	examine(t, metricsAPI, map[string]patient{
		"it is served":          {cluster: serving(with(), apiService(metrics, "metrics-server", "True"))},
		"nobody installed it":   {cluster: serving(with()), want: []string{"error: there is no such API, and a source reads it\nkubectl apply -f " + metricsServer}},
		"its server is stuck":   {cluster: serving(with(server(1)), apiService(metrics, "metrics-server", "False")), want: []string{ill + "kubectl rollout restart deployment/metrics-server -n kube-system"}},
		"its server is scaled":  {cluster: serving(with(server(0)), apiService(metrics, "metrics-server", "False")), want: []string{ill + "kubectl scale deployment/metrics-server -n kube-system --replicas=1"}},
		"its server is unknown": {cluster: serving(with(), apiService(metrics, "metrics-server", "False")), want: []string{ill + "kubectl get endpointslices -n kube-system -l kubernetes.io/service-name=metrics-server"}},
		"nobody reads it":       {cluster: serving(configured(t, with(), "{builtin: k, sources: [{name: k, type: Kubelet}]}"))},
		"custom metrics have no adapter": {
			cluster: serving(configured(t, with(), "{builtin: k, sources: [{name: k, type: Kubelet}, {name: c, type: CustomMetrics}]}")),
			want:    []string{"error: there is no such API, and a source reads it\nkubectl get apiservices"},
		},
		"custom metrics are served in either version": {cluster: serving(configured(t, with(), "{builtin: k, sources: [{name: k, type: Kubelet}, {name: c, type: CustomMetrics}]}"), apiService(custom, "adapter", "True"))},
	})
	if _, err := metricsAPI.Look(t.Context(), refused); err == nil {
		t.Error("an API that does not answer is taken for healthy")
	}
}

// answering is a source that gives one answer.
type answering struct {
	reading *telemetry.Reading
	err     error
}

func (a answering) Collect(context.Context, telemetry.Request) (*telemetry.Reading, error) {
	return a.reading, a.err
}

const infra = "{sources: [{name: metrics, type: MetricsAPI}, {name: infra, type: Prometheus, url: 'http://prom.monitoring.svc:9090'}]}"

func TestSourcesAnswer(t *testing.T) {
	probing := func(source answering) *Cluster {
		c := configured(t, with(), infra)
		c.Sources["infra"] = source
		return c
	}
	told := configured(t, with(), infra)
	told.Ask = func(_ context.Context, e *lint.Examined) error {
		e.Live = []lint.Live{{Metric: "heat", Source: "infra", Fault: "the server refuses"}}
		return nil
	}
	const edit = "\nkubectl edit configmap telemetry-scheduler-config -n telemetry-scheduler"
	examine(t, telemetrySources, map[string]patient{
		"a source that no rule reads is asked too": {cluster: probing(answering{reading: &telemetry.Reading{}})},
		"it cannot be reached":                     {cluster: probing(answering{err: errors.New("connection refused")}), want: []string{"error: the source infra cannot be read: connection refused" + edit}},
		"it refuses":                               {cluster: probing(answering{reading: &telemetry.Reading{Faults: map[string]string{"up": "no"}}}), want: []string{"error: the source infra cannot be read: no" + edit}},
		"what lint was told is believed":           {cluster: told, want: []string{`error: the source infra cannot be read: metric "heat": the server refuses` + edit}},
		"its name is one of the cluster's, and we are outside": {
			cluster: probing(answering{err: errors.New("lookup prom.monitoring.svc: no such host")}),
			want:    []string{"unknown: the source infra cannot be read: lookup prom.monitoring.svc: no such host\nkubectl port-forward -n monitoring service/prom 9090"},
		},
		"the built-in metrics come from it and fail": {
			cluster: func() *Cluster {
				c := configured(t, with(), "{builtin: infra, sources: [{name: infra, type: Prometheus, url: 'http://1.2.3.4'}]}")
				c.Sources["infra"] = answering{reading: &telemetry.Reading{Faults: map[string]string{"used-cpu": "no such metric"}}}
				return c
			}(),
			want: []string{`error: the source infra cannot be read: metric "used-cpu": no such metric` + edit},
		},
	})
	if _, err := telemetrySources.Look(t.Context(), with()); err == nil || !strings.Contains(err.Error(), "--config names a file") {
		t.Errorf("sources that are not known are said to be %v", err)
	}
}

func TestAddressesOfServices(t *testing.T) {
	for address, want := range map[string][3]string{
		"http://prom.monitoring.svc:9090":           {"prom", "monitoring", "9090"},
		"https://prom.monitoring.svc.cluster.local": {"prom", "monitoring", "443"},
		"http://prom.monitoring":                    {"prom", "monitoring", "80"},
		"http://10.0.0.1:9090":                      {},
		"http://prometheus.example.com":             {},
		"http://localhost:9090":                     {},
	} {
		service, namespace, port := inside(address)
		if got := [3]string{service, namespace, port}; got != want && (want != [3]string{} || service != "") {
			t.Errorf("%s is %q, want %q", address, got, want)
		}
	}
}

func TestMetricsFindTheirNodes(t *testing.T) {
	nodes := []runtime.Object{node("a", nil), node("b", nil), &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "young", CreationTimestamp: metav1.NewTime(noon)}}}
	measuring := configured(t, with(nodes...), infra)
	measuring.Sources["metrics"] = answering{reading: &telemetry.Reading{Samples: map[telemetry.Key]telemetry.Sample{
		{Metric: telemetry.UsedCPU, Node: "a"}: {}, {Metric: telemetry.UsedMemory, Node: "a"}: {}, {Metric: telemetry.UsedCPU, Node: "b"}: {},
	}}}
	series := configured(t, with(), infra)
	series.Ask = func(_ context.Context, e *lint.Examined) error {
		e.Live = []lint.Live{{Metric: "heat", Source: "infra"}, {Metric: "gone", Source: "infra", Fault: "no"}}
		e.Findings = append(e.Findings,
			lint.Finding{File: ns + "/r/a.yaml", Check: lint.CheckSeries, Severity: lint.Error, Message: `metric "heat": none of the 3 nodes has a series`},
			lint.Finding{File: ns + "/r/a.yaml", Check: lint.CheckSeries, Severity: lint.Error, Message: `metric "gone": the source infra cannot answer: no`})
		return nil
	}
	examine(t, join, map[string]patient{
		"a node has half of the built-in metrics, and a young one none": {cluster: measuring, want: []string{
			"warning: 1 of 3 nodes have no measured cpu or memory in the source metrics: b\nkubectl get --raw /api/v1/nodes/b/proxy/metrics/resource"}},
		"series that find no node are told in lint's words, and faults are not": {cluster: series, want: []string{
			`error: metric "heat": none of the 3 nodes has a series` + "\nkubectl edit configmap r -n telemetry-scheduler"}},
	})
}

func TestTextsOfRulesAreInForce(t *testing.T) {
	one := node("n", map[string]string{"pool": "a"})
	unlabelled := stored(ns, "r", "a.yaml", hot())
	unlabelled.Labels = nil
	paused := stored(ns, "r", "a.yaml", hot())
	paused.Annotations = map[string]string{"telemetry-scheduler.io/paused": "true"}
	button := func(data map[string]string) *corev1.ConfigMap {
		return &corev1.ConfigMap{ObjectMeta: meta(ns, "telemetry-scheduler-pause"), Data: data}
	}
	team := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "team"}}
	for _, tc := range []struct {
		check Check
		all   map[string]patient
	}{
		{labels, map[string]patient{
			"a ConfigMap with the label": {cluster: with(stored(ns, "r", "a.yaml", hot()))},
			"a ConfigMap without it":     {cluster: with(unlabelled), want: []string{"error: telemetry-scheduler/r: this ConfigMap holds rules and has no label telemetry-scheduler.io/rules, so nobody reads them\nkubectl label configmap r -n telemetry-scheduler telemetry-scheduler.io/rules=true --overwrite"}},
		}},
		{namespaces, map[string]patient{
			"rules in another namespace are moved": {cluster: with(stored("team", "r", "a.yaml", hot())), want: []string{"error: team/r: rules are read in the namespace telemetry-scheduler alone\nkubectl get configmap r -n team -o yaml | sed 's/^  namespace: team$/  namespace: telemetry-scheduler/' | kubectl create -f - && kubectl delete configmap r -n team"}},
			"a namespace that the selector does not select is labelled": {
				cluster: configured(t, with(team, stored("team", "r", "a.yaml", hot())), "{namespaces: {matchLabels: {rules: own}}}"),
				want:    []string{"error: team/r: namespace team may have no rules of its own: its labels do not fit the selector \"rules in (own)\"\nkubectl label namespace team rules=own --overwrite"},
			},
			"those of another scheduler of ours are none of ours": {
				cluster: with(stored("team", "r", "a.yaml", hot()), &coordinationv1.Lease{ObjectMeta: meta("team", ns)}),
			},
		}},
		{keys, map[string]patient{
			"a key of another ending":                 {cluster: with(stored(ns, "r", "a.yml", hot())), want: []string{"error: telemetry-scheduler/r/a.yml: keys of rules end in .yaml, and this one does not\nkubectl patch configmap r -n telemetry-scheduler --type=json -p '[{\"op\":\"move\",\"from\":\"/data/a.yml\",\"path\":\"/data/a.yaml\"}]'"}},
			"a key whose proper name another one has": {cluster: with(func() *corev1.ConfigMap { cm := stored(ns, "r", "a.yml", hot()); cm.Data["a.yaml"] = hot(); return cm }()), want: []string{"error: telemetry-scheduler/r/a.yml: keys of rules end in .yaml, and this one does not\nkubectl edit configmap r -n telemetry-scheduler"}},
		}},
		{rejected, map[string]patient{
			"a text with two mistakes":                    {cluster: with(stored(ns, "r", "a.yaml", strings.Replace(hot("mode: Dry"), "90%", "90", 1))), want: []string{"error: telemetry-scheduler/r/a.yaml has 2 mistakes, the first at 5:33: \"above\": 90 can be read as 90% or as 9000%\nkubectl edit configmap r -n telemetry-scheduler"}},
			"what other checks are about is not repeated": {cluster: with(unlabelled, stored("team", "s", "a.yaml", hot()), stored(ns, "t", "a.yml", hot()))},
		}},
		{pause, map[string]patient{
			"nothing is paused":        {cluster: with(stored(ns, "r", "a.yaml", hot()))},
			"the stop button":          {cluster: with(button(map[string]string{"block": "true", "until": "2026-01-02T13:00:00Z"})), want: []string{"warning: the stop button stands until 2026-01-02T13:00:00Z\nkubectl delete configmap telemetry-scheduler-pause -n telemetry-scheduler"}},
			"a stop button that ended": {cluster: with(button(map[string]string{"block": "true", "until": "2026-01-02T11:00:00Z"})), want: []string{"warning: telemetry-scheduler/telemetry-scheduler-pause/until: \"2026-01-02T11:00:00Z\" has passed, so nothing is paused\nkubectl edit configmap telemetry-scheduler-pause -n telemetry-scheduler"}},
			"a word that is no pause":  {cluster: with(button(map[string]string{"block": "yes"})), want: []string{"warning: telemetry-scheduler/telemetry-scheduler-pause/block: \"block\" is \"yes\" and pauses nothing: rules keep pods off until the word is \"true\"\nkubectl edit configmap telemetry-scheduler-pause -n telemetry-scheduler"}},
			"a silence is noted":       {cluster: with(stored(ns, "r", "a.yaml", hot()), button(map[string]string{"silences": "- {rule: hot, by: ann, why: a fan}"})), want: []string{"note: hot is silent on every node, until it is removed (ann: a fan)\nkubectl edit configmap telemetry-scheduler-pause -n telemetry-scheduler"}},
			"an annotation":            {cluster: with(paused), want: []string{"warning: the annotation telemetry-scheduler.io/paused pauses the rules of telemetry-scheduler/r\nkubectl annotate configmap r -n telemetry-scheduler telemetry-scheduler.io/paused-"}},
		}},
		{selects, map[string]patient{
			"a rule that selects a node":  {cluster: with(one, stored(ns, "r", "a.yaml", hot("nodes: {matchLabels: {pool: a}}")))},
			"a rule that selects none":    {cluster: with(one, stored(ns, "r", "a.yaml", hot("nodes: {matchLabels: {pool: b}}"))), want: []string{"warning: telemetry-scheduler/r/a.yaml:4:3: the rule hot selects none of 1 node: pool in (b)\nkubectl edit configmap r -n telemetry-scheduler"}},
			"a preference that does":      {cluster: with(one, stored(ns, "r", "a.yaml", begin+"preferences:\n- {name: p, metric: cpu, prefer: Low, nodes: {matchLabels: {pool: b}}}\n")), want: []string{"warning: telemetry-scheduler/r/a.yaml:4:3: the preference p selects none of 1 node: pool in (b)\nkubectl edit configmap r -n telemetry-scheduler"}},
			"a cluster that has no nodes": {cluster: with(stored(ns, "r", "a.yaml", hot("nodes: {matchLabels: {pool: b}}")))},
		}},
	} {
		t.Run(tc.check.Name, func(t *testing.T) { examine(t, tc.check, tc.all) })
	}
}

// asks is a pod that waits for a scheduler.
func asks(name, scheduler string, owner *metav1.OwnerReference, conditions ...corev1.PodCondition) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: meta("web", name), Spec: corev1.PodSpec{SchedulerName: scheduler}, Status: corev1.PodStatus{Phase: corev1.PodPending, Conditions: conditions}}
	if owner != nil {
		p.OwnerReferences = []metav1.OwnerReference{*owner}
	}
	return p
}

func by(kind, name string) *metav1.OwnerReference {
	yes := true
	return &metav1.OwnerReference{Kind: kind, Name: name, Controller: &yes}
}

func TestEverySchedulerNameIsServed(t *testing.T) {
	set := &appsv1.ReplicaSet{ObjectMeta: meta("web", "shop-1")}
	set.OwnerReferences = []metav1.OwnerReference{*by("Deployment", "shop")}
	told := corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse}
	c := configured(t, with(
		asks("ours", ns, nil), asks("plain", "default-scheduler", nil), asks("theirs", "volcano", nil), asks("told", "unknown", nil, told),
		&coordinationv1.Lease{ObjectMeta: meta("volcano-system", "volcano")}), "{}")
	bound := asks("bound", "doktor", nil)
	bound.Spec.NodeName = "n"
	examine(t, schedulerNames, map[string]patient{
		"profiles, the cluster's own, the names of leases, and who was seen by somebody": {cluster: c},
		"a pod that has a node needs nobody":                                             {cluster: with(bound)},
		"a pod of its own is replaced": {cluster: with(asks("p", "telemetry-schedular", nil)), want: []string{
			"error: 1 pod waits: pod/p -n web names the scheduler \"telemetry-schedular\", and nobody serves it\nkubectl get pod p -n web -o yaml | sed 's/^  schedulerName: .*/  schedulerName: telemetry-scheduler/' | kubectl replace --force -f -"}},
		"of a Deployment the template is mended, once": {cluster: with(set, asks("a", "x", by("ReplicaSet", "shop-1")), asks("b", "x", by("ReplicaSet", "shop-1"))), want: []string{
			"error: 2 pods wait: deployment/shop -n web names the scheduler \"x\", and nobody serves it\nkubectl patch deployment shop -n web -p '{\"spec\":{\"template\":{\"spec\":{\"schedulerName\":\"telemetry-scheduler\"}}}}'"}},
		"of a Job nothing mends it": {cluster: with(asks("a", "x", by("Job", "j"))), want: []string{
			"error: 1 pod waits: Job/j -n web names the scheduler \"x\", and nobody serves it\nkubectl get pods -n web --field-selector=status.phase=Pending"}},
	})
}

func TestTheNearestName(t *testing.T) {
	among := []string{"plain", "telemetry-scheduler", "telemetry-batch"}
	for name, want := range map[string]string{"telemetry-schedular": "telemetry-scheduler", "telemetry-bach": "telemetry-batch", "plian": "plain"} {
		if got := nearest(name, among); got != want {
			t.Errorf("nearest to %s is %s, want %s", name, got, want)
		}
	}
}

func TestAutoscalersAreBlind(t *testing.T) {
	runs := func(name, image string) *appsv1.Deployment {
		d := &appsv1.Deployment{ObjectMeta: meta("kube-system", name)}
		d.Spec.Template.Spec.Containers = []corev1.Container{{Image: image}}
		return d
	}
	const blind = " runs, and knows nothing of rules: it simulates the filters of kube-scheduler by requests"
	waiting := asks("p", ns, nil, corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/3 nodes are available: 3 node(s) broke telemetry rule hot (memory > 90 percent)."})
	examine(t, autoscaler, map[string]patient{
		"other programs are none":         {cluster: with(runs("scaler", "example.com/scaler:v1"))},
		"one is noted by its image":       {cluster: with(runs("ca", "registry.k8s.io/autoscaling/cluster-autoscaler:v1")), want: []string{"note: cluster-autoscaler" + blind}},
		"or by its name":                  {cluster: with(runs("karpenter", "controller:v1")), want: []string{"note: karpenter" + blind}},
		"it warns while pods wait for it": {cluster: with(runs("karpenter", "controller:v1"), waiting), want: []string{"warning: karpenter" + blind + "; 1 pod waits for telemetry now: web/p\nkubectl describe pod p -n web"}},
	})
}

func TestWhatCannotBeSeenIsNotWell(t *testing.T) {
	found := Run(t.Context(), with(), []Check{{Name: "x", Look: func(context.Context, *Cluster) ([]Finding, error) { return nil, errors.New("no") }}})
	if len(found) != 1 || found[0].Severity != Unknown || found[0].Check != "x" || !Wrong(found) {
		t.Errorf("found %+v", found)
	}
	if Wrong([]Finding{{Severity: Note}}) {
		t.Error("a note is taken for a fault")
	}
}

// TestThePageListsTheChecks holds docs/doctor.md to the registry: names, order and what
// each looks at.
func TestThePageListsTheChecks(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, check := range All() {
		want = append(want, "| `"+check.Name+"` | "+check.About+" |")
	}
	for line := range strings.Lines(string(page)) {
		if columns := strings.Split(line, "|"); len(columns) == 5 && strings.HasPrefix(columns[1], " `") {
			got = append(got, "|"+columns[1]+"|"+columns[2]+"|")
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("docs/doctor.md lists\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
