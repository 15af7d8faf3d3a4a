package integration

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// TestAPodWaitsForRoomByTelemetry is about a node on which no rule fires, and
// whose phase never changes.
func TestAPodWaitsForRoomByTelemetry(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "predict")
	node := r.addNodes(1).Name(0)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle))})
	r.start(quick)
	r.use(bandMemory, node)
	r.uses(node, 54<<30, 56<<30)
	r.judged("line", 1)
	r.readAgain()
	small, large := r.pod("small"), r.pod("large")
	large.Memory = "5Gi"
	r.bound(r.add(small)...)
	pods := r.add(large)
	r.waits(pods[0], "1 node(s) would break telemetry rule line (memory > 90 percent)")
	r.firing("line", 0)
	r.use("48Gi", node)
	r.bound(pods...)
	r.wantNoFlush()
}

// TestPreemptionHelpsAgainstPodsAndNotAgainstTelemetry has two full nodes: one by
// requests, one by what is measured.
func TestPreemptionHelpsAgainstPodsAndNotAgainstTelemetry(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "preempt")
	nodes := r.addNodes(2)
	full, hot := nodes.Name(0), nodes.Name(1)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle))})
	r.important()
	r.start(quick)
	r.judged("line", 2)
	low, hotLow := r.pod("low"), r.pod("hot-low")
	low.CPU, hotLow.CPU = "15", "1"
	r.bound(r.add(on(low, full), on(hotLow, hot))...)
	r.use(hotMemory, hot)
	r.firing("line", 1)

	kept := r.add(important(on(r.pod("kept-off"), hot)))
	r.waits(kept[0], "node(s) broke telemetry rule line")
	high := important(on(r.pod("high"), full))
	high.CPU = "14"
	r.bound(r.add(high)...)
	if _, err := r.bed.NodeOf(t.Context(), low.Name); !apierrors.IsNotFound(err) {
		t.Errorf("the pod %s was not preempted: %v", low.Name, err)
	}
	if _, err := r.bed.NodeOf(t.Context(), hotLow.Name); err != nil {
		t.Errorf("a pod was preempted where telemetry keeps pods off: %v", err)
	}
	r.wantNoFlush()
}

const importantClass = "important"

func (r *release) important() {
	r.t.Helper()
	class := &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: importantClass}, Value: 1000}
	_, err := r.bed.Client.SchedulingV1().PriorityClasses().Create(r.t.Context(), class, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) { // another test made it
		r.must(err)
	}
}

func important(p testbed.Pod) testbed.Pod {
	change := p.Change
	p.Change = func(pod *corev1.Pod) {
		change(pod)
		pod.Spec.PriorityClassName = importantClass
	}
	return p
}

// TestMetricsAreForThoseWhoMayReadThem asks as an account without rights, of
// whom the scheduler asks the API server.
func TestMetricsAreForThoseWhoMayReadThem(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "readers")
	r.start(quick)
	_, err := r.bed.ServiceAccountKubeconfig(t.Context(), r.name, "default")
	r.must(err)
	token, err := os.ReadFile(filepath.Join(r.bed.Dir, r.name+".default.token"))
	r.must(err)
	for name, want := range map[string]int{"/livez": http.StatusOK, "/metrics": http.StatusForbidden} {
		if got, err := r.StatusFor(t.Context(), name, string(token)); got != want || err != nil {
			t.Errorf("%s answers an account without rights %d, %v; want %d", name, got, err, want)
		}
	}
	if got, err := r.StatusFor(t.Context(), "/metrics", "no token"); got != http.StatusUnauthorized || err != nil {
		t.Errorf("/metrics answers nobody %d, %v", got, err)
	}
	r.eventually(func(ctx context.Context) error { _, err := r.Metrics(ctx); return err })
}
