package evaluator

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/component-base/metrics/testutil"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// podGauge is a gauge that also measures pods.
type podGauge struct {
	*gauge
	asked atomic.Int32
	err   atomic.Pointer[error]
	use   map[telemetry.PodKey]telemetry.PodUse
}

func (g *podGauge) Pods(context.Context) (*telemetry.PodReading, error) {
	g.asked.Add(1)
	if err := g.err.Load(); err != nil {
		return nil, *err
	}
	return &telemetry.PodReading{Use: g.use}, nil
}

// newLedger has one pod of an owner, which requests 10 bytes and began an hour ago.
func newLedger() *inflight.Ledger {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "old", UID: "uid-old"},
		Spec:       corev1.PodSpec{NodeName: "n0", Containers: []corev1.Container{{Name: "main"}}},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(time.Now().Add(-time.Hour))}},
		}}},
	}
	return inflight.New(inflight.Options{
		Requests: func(*corev1.Pod) inflight.Units { return inflight.Units{Bytes: 10, Pods: 1} },
		Owner:    func(*corev1.Pod) inflight.Owner { return "owner" },
		Pods:     func() []*corev1.Pod { return []*corev1.Pod{pod} },

		Allocatable: func(string) inflight.Units { return inflight.Units{} },
		Trust:       func() bool { return true },
	})
}

// podWorld is a world whose source measures the pod at 30 bytes.
func podWorld(t *testing.T, change ...func(*Options)) (*world, *podGauge) {
	g := &podGauge{gauge: &gauge{}, use: map[telemetry.PodKey]telemetry.PodUse{{Namespace: "team", Name: "old"}: {Memory: 30, Time: time.Now()}}}
	w := newWorld(t, hot, newNodes(1), append(change, func(o *Options) {
		o.InFlight, o.Sources[0].Source = newLedger(), g
	})...)
	g.set(everyNode(1, 50))
	return w, g
}

func (w *world) estimate() int64 { return w.opts.InFlight.Estimate(&corev1.Pod{}).Bytes }

func TestTheLeaderReadsWhatPodsUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, g := podWorld(t)
		w.run()
		time.Sleep(3 * time.Minute)
		if g.asked.Load() != 0 || w.estimate() != 10 {
			t.Fatalf("a replica that stands by has asked %d times and estimates %d", g.asked.Load(), w.estimate())
		}
		w.lead()
		time.Sleep(3 * time.Minute)
		if g.asked.Load() < 3 || g.asked.Load() > 4 || w.estimate() != 30 {
			t.Errorf("in three minutes the leader asked %d times, and estimates %d", g.asked.Load(), w.estimate())
		}
	})
}

// youngPod began just now, and is never measured.
func youngPod() *corev1.Pod {
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(time.Now())}}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{UID: "uid-young"}, Spec: corev1.PodSpec{NodeName: "n0", Containers: []corev1.Container{{Name: "main"}}},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{State: running}}},
	}
}

func TestNewPodsAreReadSooner(t *testing.T) {
	none := fmt.Errorf("the query: %w", telemetry.ErrNoPods)
	for sentence, tc := range map[string]struct {
		err  error
		use  bool
		wait time.Duration // until the pod begins
		// least and most are the readings in the four minutes after that, of which four
		// come in any case.
		least, most int32
	}{
		"while they are new, though they are never measured": {nil, true, 5 * time.Second, 6, 9},
		"not where the source says that it measures none":    {none, true, 2 * time.Minute, 3, 4},
		"not where it serves an empty list":                  {nil, false, 2 * time.Minute, 3, 4},
		"not where it cannot be read":                        {errors.New("forbidden"), true, 2 * time.Minute, 3, 4},
		"though the first list was empty":                    {nil, false, 5 * time.Second, 4, 5},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, g := podWorld(t)
				if !tc.use {
					g.use = nil
				}
				if tc.err != nil {
					g.err.Store(&tc.err)
				}
				w.run()
				w.lead()
				time.Sleep(tc.wait)
				g.asked.Store(0)
				w.opts.InFlight.Observe(youngPod(), time.Now())
				time.Sleep(4 * time.Minute)
				if got := g.asked.Load(); got < tc.least || got > tc.most {
					t.Errorf("the leader asked %d times, want %d to %d", got, tc.least, tc.most)
				}
			})
		})
	}
}

func TestWhereNoPodIsMeasuredNothingFails(t *testing.T) {
	Register()
	before, err := testutil.GetCounterMetricValue(podErrors)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w, g := podWorld(t)
		g.err.Store(new(fmt.Errorf("the query: %w", telemetry.ErrNoPods)))
		w.run()
		w.lead()
		time.Sleep(10 * time.Minute)
	})
	if after, err := testutil.GetCounterMetricValue(podErrors); err != nil || after != before {
		t.Errorf("%v readings count as failed, %v", after-before, err)
	}
}

func TestPodsThatCannotBeReadTeachNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, g := podWorld(t)
		g.err.Store(new(errors.New("forbidden")))
		w.run()
		w.lead()
		time.Sleep(2 * time.Minute)
		if w.estimate() != 10 || g.asked.Load() < 2 {
			t.Errorf("asked %d times, estimated at %d", g.asked.Load(), w.estimate())
		}
		g.err.Store(nil)
		time.Sleep(2 * time.Minute)
		if w.estimate() != 30 {
			t.Errorf("after it can be read the estimate is %d", w.estimate())
		}
	})
}

func TestPodsAreMeasurableFromWhenTheLeaderLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, g := podWorld(t)
		g.err.Store(new(errors.New("forbidden")))
		measurable := func() bool {
			return w.opts.InFlight.Take(time.Now(), 24*time.Hour)["n0"][0].Measurable
		}
		w.run()
		time.Sleep(time.Hour)
		if measurable() {
			t.Error("a replica that stands by measures pods")
		}
		w.lead()
		time.Sleep(time.Second)
		if !measurable() {
			t.Error("the leader does not expect to measure pods")
		}
		time.Sleep(5 * time.Minute)
		if measurable() {
			t.Error("after five minutes without one reading it still expects to")
		}
	})
}

func TestLessonsOfOwnersSurvive(t *testing.T) {
	lessons := map[inflight.Owner]inflight.Lesson{
		"a": {Use: inflight.Units{MilliCPU: 1, Bytes: 2}, Settled: true, At: time.Unix(1000, 0).UTC()},
		"b": {Use: inflight.Units{Bytes: 3}, At: time.Unix(2000, 0).UTC()},
	}
	content := state.Content{sectionLessons: {}}
	for _, e := range lessonEntries(lessons) {
		content[sectionLessons][e.Key] = e.Value
	}
	content[sectionLessons]["damaged"] = []byte("{")
	if diff := cmp.Diff(lessons, LessonsOf(content)); diff != "" {
		t.Error(diff)
	}
}

func TestAReleaseMakesABoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := podWorld(t, func(o *Options) { o.Interval = time.Hour })
		w.run()
		time.Sleep(time.Minute)
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: types.UID("p")}}
		w.opts.InFlight.Reserve(pod, "n0", inflight.Units{Bytes: 45, Pods: 1})
		w.rules.write(hot, rules.Pause{Block: true}) // a Board that counts the pod
		time.Sleep(time.Second)
		before := w.Board().Version
		w.opts.InFlight.Unreserve(pod)
		time.Sleep(releaseDebounce)
		synctest.Wait()
		if got := w.Board().Version; got != before+1 {
			t.Errorf("after a release there are Boards %d to %d", before, got)
		}
	})
}

func TestTheLeaderTellsOfBadEstimatesThatOthersBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := podWorld(t, func(o *Options) { o.Interval = time.Second })
		w.start()
		for i := range maxFaultEvents + 5 {
			w.opts.InFlight.Observe(&corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint(i), UID: types.UID(fmt.Sprint(i)), Annotations: map[string]string{rules.AnnotationEstimate: "memory=-1Gi"}},
				Spec:       corev1.PodSpec{NodeName: "n0"},
			}, time.Now())
		}
		w.pass(time.Minute)
		w.wantEvents()
		resign := w.lead()
		w.pass(5 * time.Second) // two evaluations at least
		later := w.takeEvents()
		if len(later) != maxFaultEvents+5 {
			t.Errorf("the leader told %d Events", len(later))
		}
		for _, v := range later {
			if want := (told{"Warning TelemetryEstimateRejected", "the annotation telemetry-scheduler.io/estimate is not used: memory=-1Gi is negative"}); v != want {
				t.Errorf("told: %v", v)
			}
		}
		w.pass(time.Minute)
		w.wantEvents()
		resign()
	})
}
