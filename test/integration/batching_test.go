package integration

import (
	"testing"
	"time"
)

// TestBatchingIsUsedUnderTheProfileThatAllowsIt has pods of which one fills a
// node: that is when kube-scheduler takes the next node from the batch.
func TestBatchingIsUsedUnderTheProfileThatAllowsIt(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "batch")
	nodes := r.addNodes(12)
	hot := nodes.Name(5)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle))})
	r.start(quick, replacement{"- name: Telemetry\n    args:", "- name: PodTopologySpread\n    args: {defaultingType: List}\n  - name: Telemetry\n    args:"})
	r.judged("line", 12)
	r.use(hotMemory, hot)
	r.firing("line", 1)
	// All are there before the first is tried.
	r.Stop()
	var pods []string
	for _, p := range r.many("like", 11) {
		p.CPU = "10"
		pods = append(pods, r.add(p)...)
	}
	r.restart()
	began := time.Now()
	r.bound(pods...)
	used := r.sum("scheduler_batch_attempts_total", "profile", r.name, "result", "hint_used")
	t.Logf("%d like pods were bound after %s, %v of them by a hint of their batch", len(pods), since(began), used)
	if used == 0 {
		t.Error("no pod used a hint of its batch")
	}
	if landed := r.nodesOf(pods...); landed[hot] != 0 || len(landed) != 11 {
		t.Errorf("the pods went to %v; %s is hot", landed, hot)
	}
}
