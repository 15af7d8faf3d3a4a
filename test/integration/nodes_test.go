package integration

import (
	"context"
	"maps"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// TestNodesJoinAndLeave is about a rule that blocks where nothing is known, which
// must not keep a node from the pod that it was bought for.
func TestNodesJoinAndLeave(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "joining")
	r.addNodes(2)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle, "onUnknown: Block"))})
	r.start(sources("- {name: metrics, type: MetricsAPI, interval: 2s}", "minInterval: 1s", "newNodeGrace: 30s"))
	r.judged("line", 2)
	tell(t, r,
		chapter[*release]{"a new node takes the pod that waits for it, although it is silent", (*release).nodeJoins},
		chapter[*release]{"a node that stays silent is unknown after its grace", (*release).graceEnds},
		chapter[*release]{"another new node takes the pod that the silent one may not", (*release).nodeJoinsForWaiter},
		chapter[*release]{"a node that leaves is forgotten", (*release).nodeLeaves},
		chapter[*release]{"no pod needed the flush of the queue", (*release).wantNoFlush},
	)
}

// joining describes a node that no metrics server can read.
func (r *release) joining(number int) testbed.Nodes {
	n := r.nodes(1)
	n.First, n.Silent = number, true
	n.Labels = maps.Clone(n.Labels)
	n.Labels["joins"] = "yes"
	return n
}

// forJoining is a pod that only such nodes take.
func (r *release) forJoining(name string) testbed.Pod {
	p := r.pod(name)
	p.Change = func(pod *corev1.Pod) { pod.Spec.NodeSelector = map[string]string{pool: r.name, "joins": "yes"} }
	return p
}

func (r *release) nodeJoins() {
	pods := r.add(r.forJoining("early"))
	r.event(pods[0], "FailedScheduling", "didn't match Pod's node affinity/selector")
	began := time.Now()
	r.must(r.bed.AddNodes(r.t.Context(), r.joining(2)))
	r.bound(pods...)
	r.t.Logf("the pod was bound %s after the node was made", since(began))
}

func (r *release) graceEnds() {
	r.metric(1, "telemetry_scheduler_rule_unknown_nodes", "rule", "line")
	r.metric(3, "telemetry_scheduler_rule_nodes", "rule", "line")
	// Nodes within their grace are unknown too, but let pods in.
	r.eventually(func(ctx context.Context) error { return r.age(ctx, r.joining(2).Name(2), 31*time.Second) })
	e := r.waits(r.add(r.forJoining("late"))[0], "node(s) had unknown telemetry for rule line (memory > 90 percent)")
	r.t.Log(e.Note)
}

func (r *release) nodeJoinsForWaiter() {
	r.must(r.bed.AddNodes(r.t.Context(), r.joining(3)))
	r.bound(r.name + "-late")
}

func (r *release) nodeLeaves() {
	r.metric(4, "telemetry_scheduler_rule_nodes", "rule", "line")
	for i := 2; i < 4; i++ {
		r.must(r.bed.Client.CoreV1().Nodes().Delete(r.t.Context(), r.joining(i).Name(i), metav1.DeleteOptions{}))
	}
	r.metric(2, "telemetry_scheduler_rule_nodes", "rule", "line")
	r.bound(r.addMany("without", 4)...)
}
