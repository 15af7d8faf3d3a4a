package telemetry

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

const memoryAndCPU = memoryRule + "\n- {name: cpu-above-90, when: {metric: cpu, above: 90%}, actions: {block: {}}}"

// TestNothingThatIsWrongWithAnEstimateIsLostOnTheWay sends Events as the scheduler does:
// of two of a pod that differ in nothing but their text the API server gets one.
func TestNothingThatIsWrongWithAnEstimateIsLostOnTheWay(t *testing.T) {
	p, client := newPlugin(newCluster(t, memoryAndCPU).board(map[string]float64{"a": 10})), fake.NewClientset()
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()})
	defer broadcaster.Shutdown()
	if err := broadcaster.StartRecordingToSinkWithContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.events = broadcaster.NewRecorder(scheme.Scheme, "telemetry-scheduler")
	p.begin(newPod("p", annotated(rules.AnnotationEstimate, "cpu=50,memory=900Gi")))
	a := &arena{t: t, events: events.NewFakeRecorder(1)}
	a.eventually("one Event speaks of cpu and memory", func() bool {
		list, err := client.EventsV1().Events("default").List(t.Context(), metav1.ListOptions{})
		return err == nil && len(list.Items) == 1 &&
			strings.Contains(list.Items[0].Note, "the cpu estimate of 50 ") && strings.Contains(list.Items[0].Note, "the memory estimate of 900Gi ")
	})
}

// TestThatSiblingsUseTooMuchIsToldOnce: what they use is measured anew each minute.
func TestThatSiblingsUseTooMuchIsToldOnce(t *testing.T) {
	p := newPlugin(newCluster(t, memoryRule).board(map[string]float64{"a": 81}))
	for minute := range 3 {
		use := inflight.Units{MilliCPU: 10, Bytes: 500<<30 + int64(minute)}
		p.shared.ledger.Remember(map[inflight.Owner]inflight.Lesson{"deployment": {Use: use, Settled: true, At: noon.Add(time.Duration(minute) * time.Minute)}})
		p.begin(newPod("p", needing("5Gi"), controlledBy("Deployment")))
	}
	if sent := len(p.events.(*events.FakeRecorder).Events); sent != 1 {
		t.Errorf("%d Events", sent)
	}
}
