package marks

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	eventsv1 "k8s.io/api/events/v1"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// notes is the events API, as far as a broadcaster uses it, without names: those of Events of
// one moment are alike in a bubble.
type notes struct {
	sync.Mutex
	all []string
}

func (n *notes) Create(_ context.Context, e *eventsv1.Event) (*eventsv1.Event, error) {
	n.Lock()
	defer n.Unlock()
	n.all = append(n.all, e.Note)
	return e, nil
}

func (n *notes) Update(_ context.Context, e *eventsv1.Event) (*eventsv1.Event, error) { return e, nil }

func (n *notes) Patch(_ context.Context, e *eventsv1.Event, _ []byte) (*eventsv1.Event, error) {
	return e, nil
}

// A broadcaster merges Events that differ in nothing but their text.
func TestEachMarkHasAnEventOfItsOwn(t *testing.T) {
	onABench(t, 1, func(b *bench) {
		b.stop()
		synctest.Wait()
		b.ctx, b.stop = context.WithCancel(b.t.Context())
		sink := &notes{}
		broadcaster := events.NewBroadcaster(sink)
		defer broadcaster.Shutdown()
		if err := broadcaster.StartRecordingToSinkWithContext(b.ctx); err != nil {
			b.t.Fatal(err)
		}
		b.begin(func(o *Options) { o.Recorder = broadcaster.NewRecorder(clientscheme.Scheme, "marks") })
		b.says(hot)
		time.Sleep(2 * time.Minute)
		b.says(map[string][]engine.Mark{"n0": {labelled(heat, "cold")}})
		time.Sleep(2 * time.Minute)
		b.says(nil)
		sink.Lock()
		defer sink.Unlock()
		slices.Sort(sink.all)
		label, taint := "label "+heat, "taint "+heat+":NoSchedule "
		want := []string{label + "=cold set for rule rule", label + "=cold taken away", label + "=hot set for rule rule", taint + "set for rule rule", taint + "taken away"}
		if diff := cmp.Diff(want, sink.all); diff != "" {
			b.t.Errorf("Events (-want +got):\n%s", diff)
		}
	})
}
