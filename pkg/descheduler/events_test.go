package descheduler

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
)

// notes is the events API, as far as a broadcaster uses it: what stands on nodes.
type notes struct {
	sync.Mutex
	onNodes []string
}

func (n *notes) Create(_ context.Context, e *eventsv1.Event) (*eventsv1.Event, error) {
	n.Lock()
	defer n.Unlock()
	if e.Regarding.Kind == "Node" {
		n.onNodes = append(n.onNodes, e.Reason+" "+e.Note)
	}
	return e, nil
}

func (n *notes) Update(_ context.Context, e *eventsv1.Event) (*eventsv1.Event, error) { return e, nil }

func (n *notes) Patch(_ context.Context, e *eventsv1.Event, _ []byte) (*eventsv1.Event, error) {
	return e, nil
}

// count is how many say something.
func (n *notes) count(words string) (found int) {
	n.Lock()
	defer n.Unlock()
	for _, note := range n.onNodes {
		if strings.Contains(note, words) {
			found++
		}
	}
	return found
}

// A broadcaster merges Events that differ in nothing but their text, for six minutes. A
// second move off a node is another fact than the first.
func TestEachMoveHasEventsOfItsOwnOnItsNode(t *testing.T) {
	sink := &notes{}
	inTown(t, func(w *town) {
		broadcaster := events.NewBroadcaster(sink)
		defer broadcaster.Shutdown()
		if err := broadcaster.StartRecordingToSinkWithContext(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		w.end()
		w.options.Recorder = broadcaster.NewRecorder(clientscheme.Scheme, "descheduler")
		w.lead(w.store.content())
		for range 2 {
			w.used["hot"] = 95
			w.during(70 * time.Second)
			w.used["hot"], w.used["cool"] = 80, 45
			w.during(50 * time.Second)
		}
		w.want("evictions", w.calls.asked, []string{"a", "b"})
		for _, pod := range []string{"a", "b"} {
			w.want("Events of the eviction of "+pod, sink.count("TelemetryEvicted Rule memory-above-90: memory is 95% (memory > 90%); evicted pod shop/"+pod), 1)
			w.want("Events of its end", sink.count("TelemetryEvictionEnded The move of pod shop/"+pod), 1)
		}
	}, func(w *town) { w.eviction.Cooldown = time.Second })
}
