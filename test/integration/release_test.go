package integration

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// patience bounds each wait. metrics-server measures every 10 s, and the machine
// may be busy. It is well below the five minutes after which kube-scheduler's queue hides
// that a pod was forgotten.
const patience = 3 * time.Minute

// pool is the label that keeps the nodes of tests apart.
const pool = "pool"

// release is one installation of the product on a control plane. Its name is that
// of its namespace, of its profile, and of the pool of its nodes.
type release struct {
	*testbed.RunningScheduler
	t    *testing.T
	bed  *testbed.Bed
	name string
	// forbidden lets the account be refused: the test takes permissions away.
	forbidden bool
	// gates are arguments of the scheduler.
	gates []string
	// program is the scheduler's file in bin/; our own by default.
	program string
}

// newRelease installs the shipped manifest under a name. When the test ends, the
// audit log must not hold one request that was refused to its account.
func newRelease(t *testing.T, bed *testbed.Bed, name string) *release {
	t.Helper()
	r := &release{t: t, bed: bed, name: name}
	r.must(bed.InstallIn(t.Context(), name))
	t.Cleanup(r.end)
	return r
}

// in returns the release for a part of its test.
func (r *release) in(t *testing.T) *release {
	part := *r
	part.t = t
	return &part
}

func (r *release) end() {
	if r.RunningScheduler == nil {
		return
	}
	r.Kill()
	if r.t.Failed() {
		log := r.Log()
		r.t.Logf("the log of the scheduler %s ends with:\n%s", r.name, log[max(0, len(log)-30000):])
	}
	if !r.forbidden {
		wantNothingForbidden(r.t, r.bed.AuditLog(), r.account())
	}
}

// account is the scheduler's user name.
func (r *release) account() string {
	return "system:serviceaccount:" + r.name + ":" + testbed.ServiceAccount
}

func (r *release) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// eventually waits, and ends the test with the last answer.
func (r *release) eventually(check func(context.Context) error) {
	r.t.Helper()
	err := testbed.Within(r.t.Context(), patience, check)
	if err != nil && r.RunningScheduler != nil && !r.Running() {
		err = fmt.Errorf("%w; and the scheduler %s runs no more", err, r.Name)
	}
	r.must(err)
}

// replacement is one change of the shipped configuration.
type replacement struct{ line, by string }

// sources replaces the telemetry sources, and what else stands beside them.
func sources(lines ...string) replacement {
	return replacement{"- {name: metrics, type: MetricsAPI}", strings.Join(lines, "\n      ")}
}

// quick reads the metrics API every 2 s, because nobody wants to wait for tests.
var quick = sources("- {name: metrics, type: MetricsAPI, interval: 2s}", "minInterval: 1s")

// config is the shipped configuration under the release's name, with a lease that
// is lost soon.
func (r *release) config(changes ...replacement) string {
	r.t.Helper()
	text, err := r.bed.ShippedConfig(r.t.Context())
	r.must(err)
	changes = append([]replacement{
		{"resourceNamespace: telemetry-scheduler", "leaseDuration: 10s\n  renewDeadline: 8s\n  retryPeriod: 1s\n  resourceNamespace: " + r.name},
		{"schedulerName: telemetry-scheduler", "schedulerName: " + r.name},
	}, changes...)
	for _, c := range changes {
		if !strings.Contains(text, c.line) {
			r.t.Fatalf("the shipped configuration has no line %q", c.line)
		}
		text = strings.Replace(text, c.line, c.by, 1)
	}
	return text
}

// start starts the scheduler.
func (r *release) start(changes ...replacement) {
	r.t.Helper()
	r.RunningScheduler = r.replica(r.name, changes...)
}

// replica starts one of several schedulers.
func (r *release) replica(name string, changes ...replacement) *testbed.RunningScheduler {
	r.t.Helper()
	account, err := r.bed.ServiceAccountKubeconfig(r.t.Context(), r.name, testbed.ServiceAccount)
	r.must(err)
	s, err := r.bed.StartScheduler(r.t.Context(), testbed.Scheduler{
		Name: name, Program: r.program, Config: r.config(changes...), Kubeconfig: account, Args: r.args(),
	})
	r.must(err)
	return s
}

// args are what the scheduler is started with besides. All tests run under another
// feature gate by SCHEDULER_ARGS.
func (r *release) args() []string {
	return slices.Concat(r.gates, strings.Fields(os.Getenv("SCHEDULER_ARGS")))
}

// restart starts the scheduler again after it was stopped or killed.
func (r *release) restart() {
	r.t.Helper()
	r.must(r.Restart())
	r.eventually(func(ctx context.Context) error {
		_, err := r.Metrics(ctx)
		return err
	})
}

// nodes describes nodes of the release's pool. Each has 64 GiB, of which an agent
// uses 1.
func (r *release) nodes(count int) testbed.Nodes {
	return testbed.Nodes{Prefix: r.name, Count: count, Labels: map[string]string{pool: r.name}}
}

// addNodes adds nodes to the pool, and waits until the metrics API knows them.
func (r *release) addNodes(count int) testbed.Nodes {
	r.t.Helper()
	nodes := r.nodes(count)
	r.must(r.bed.AddNodes(r.t.Context(), nodes))
	r.measured(count)
	return nodes
}

// measured waits until the metrics API knows that many nodes of the pool.
func (r *release) measured(count int) {
	r.t.Helper()
	r.inMetricsAPI("nodes", pool+"="+r.name, count)
}

// inMetricsAPI waits until the metrics API knows that many nodes or pods that have
// some labels.
func (r *release) inMetricsAPI(resource, selector string, count int) {
	r.t.Helper()
	r.eventually(func(ctx context.Context) error {
		var list metav1.PartialObjectMetadataList
		err := r.bed.Client.Discovery().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/"+resource).
			Param("labelSelector", selector).SetHeader("Accept", "application/json").Do(ctx).Into(&list)
		if err == nil && len(list.Items) < count {
			err = fmt.Errorf("the metrics API knows %d of %d %s", len(list.Items), count, resource)
		}
		return err
	})
}

// pod describes a pod for this scheduler and its pool.
func (r *release) pod(name string) testbed.Pod {
	return testbed.Pod{
		Name: r.name + "-" + name, Scheduler: r.name, CPU: "100m", Memory: "1Gi", UsesMemory: "100Mi",
		Change: func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{pool: r.name} },
	}
}

// on lets a pod go to one node only.
func on(p testbed.Pod, node string) testbed.Pod {
	p.Change = func(pod *corev1.Pod) { pod.Spec.NodeSelector = map[string]string{corev1.LabelHostname: node} }
	return p
}

// add makes pods and returns their names.
func (r *release) add(pods ...testbed.Pod) []string {
	r.t.Helper()
	var names []string
	for _, p := range pods {
		_, err := r.bed.AddPod(r.t.Context(), p)
		r.must(err)
		names = append(names, strings.TrimPrefix(p.Namespace+"/"+p.Name, "/"))
	}
	return names
}

// many describes like pods, numbered.
func (r *release) many(name string, count int) []testbed.Pod {
	var pods []testbed.Pod
	for i := range count {
		pods = append(pods, r.pod(fmt.Sprintf("%s-%02d", name, i)))
	}
	return pods
}

// addMany makes like pods, numbered.
func (r *release) addMany(name string, count int) []string {
	r.t.Helper()
	return r.add(r.many(name, count)...)
}

// run waits until pods run.
func (r *release) run(pods ...string) {
	r.t.Helper()
	r.eventually(func(ctx context.Context) error { return r.bed.Running(ctx, pods...) })
}

// nodesOf counts pods by the node that they are bound to.
func (r *release) nodesOf(pods ...string) map[string]int {
	r.t.Helper()
	out := map[string]int{}
	for _, p := range pods {
		node, err := r.bed.NodeOf(r.t.Context(), p)
		r.must(err)
		out[node]++
	}
	return out
}

// use fills a node: a pod of no scheduler uses so much there.
func (r *release) use(memory string, nodes ...string) {
	r.t.Helper()
	for _, node := range nodes {
		eater := "eater-" + node
		err := r.bed.UseMemory(r.t.Context(), eater, memory)
		if err != nil {
			_, err = r.bed.AddPod(r.t.Context(), testbed.Pod{Name: eater, Node: node, UsesMemory: memory})
		}
		r.must(err)
	}
}
