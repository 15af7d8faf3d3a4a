package inflight

import (
	"fmt"
	"slices"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
)

func TestWhatArrivesBetweenTwoBoards(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*world)
		want    float64
	}{
		"nothing":           {func(*world) {}, 0},
		"a pod is reserved": {func(w *world) { w.Reserve(pod("p"), "a", Units{Bytes: 2 * gib, Pods: 1}) }, 2},
		"its bind fails":    {func(w *world) { w.Reserve(pod("p"), "a", Units{Bytes: 2 * gib, Pods: 1}); w.Unreserve(pod("p")) }, 0},
		"its bind fails twice": {func(w *world) {
			w.Reserve(pod("p"), "a", Units{Bytes: 2 * gib, Pods: 1})
			w.Unreserve(pod("p"))
			w.Unreserve(pod("p"))
		}, 0},
		"it is bound, with what was reserved": {func(w *world) { w.Reserve(pod("p"), "a", Units{Bytes: 2 * gib, Pods: 1}); w.see(pod("p", on("a"))) }, 2},
		"its bind fails after it was bound": {func(w *world) {
			w.Reserve(pod("p"), "a", Units{Bytes: 2 * gib, Pods: 1})
			w.see(pod("p", on("a")))
			w.Unreserve(pod("p"))
		}, 2},
		"it lands on another node":      {func(w *world) { w.Reserve(pod("p"), "a", Units{Bytes: 2 * gib, Pods: 1}); w.see(pod("p", on("b"))) }, 0},
		"another scheduler binds a pod": {func(w *world) { w.see(pod("p", on("a"))) }, 1},
		"a pod is reserved after another scheduler bound it": {func(w *world) {
			w.see(pod("p", on("a")))
			w.Reserve(pod("p"), "b", Units{Bytes: 2 * gib, Pods: 1})
			w.Unreserve(pod("p"))
		}, 1},
		"a pod without a node": {func(w *world) { w.see(pod("p")) }, 0},
		"a pod is shown again and again": {func(w *world) {
			w.see(pod("p", on("a")))
			w.see(pod("p", on("a")))
			w.see(pod("p", on("a"), running(noon)))
		}, 1},
		"a pod ends":                           {func(w *world) { w.see(pod("p", on("a"))); w.see(pod("p", on("a"), inPhase(v1.PodSucceeded))) }, 0},
		"a pod fails":                          {func(w *world) { w.see(pod("p", on("a"))); w.see(pod("p", on("a"), inPhase(v1.PodFailed))) }, 0},
		"a pod that ended before":              {func(w *world) { w.see(pod("p", on("a"), inPhase(v1.PodSucceeded))) }, 0},
		"a pod is deleted":                     {func(w *world) { w.see(pod("p", on("a"))); w.Forget("uid-p") }, 0},
		"a reserved pod is deleted":            {func(w *world) { w.Reserve(pod("p"), "a", Units{Bytes: gib, Pods: 1}); w.Forget("uid-p") }, 0},
		"a pod that nobody knows is deleted":   {func(w *world) { w.Forget("uid-x") }, 0},
		"a pod that runs for long":             {func(w *world) { w.see(pod("p", on("a"), running(noon.Add(-time.Hour)))) }, 0},
		"a pod on a node that joined just now": {func(w *world) { w.see(pod("p", on("new"))) }, 0},
		"the next Board counts it":             {func(w *world) { w.see(pod("p", on("a"))); w.tick() }, 0},
		"it comes while a Board is made":       {func(w *world) { w.Take(w.now, horizon); w.see(pod("p", on("a"))); w.publish() }, 1},
		"it goes while a Board is made": {func(w *world) {
			w.see(pod("p", on("a")))
			w.Take(w.now, horizon)
			w.Forget("uid-p")
			w.publish()
		}, 0},
		"it comes and goes while a Board is made": {func(w *world) {
			w.Take(w.now, horizon)
			w.see(pod("p", on("a")))
			w.Forget("uid-p")
			w.publish()
		}, 0},
		"siblings teach more after it was added": {func(w *world) {
			w.see(pod("old", on("c"), ownedBy("o"), running(noon.Add(-time.Hour))))
			w.Reserve(pod("p", ownedBy("o")), "a", Units{Bytes: 2 * gib, Pods: 1})
			w.measure(noon, map[string]float64{"old": 7})
			w.Unreserve(pod("p", ownedBy("o")))
		}, 0},
	} {
		w := newWorld(t)
		w.tick()
		c.happens(w)
		if got := w.arrived("a"); got != c.want {
			t.Errorf("%s: %v GiB came to the node, want %v", name, got, c.want)
		}
	}
}

func TestABoardCountsFlights(t *testing.T) {
	w := newWorld(t)
	w.see(pod("new", on("a")))
	w.see(pod("young", on("a"), running(after(-60))))
	w.see(pod("old", on("a"), running(after(-3600))))
	w.Reserve(pod("reserved"), "b", Units{MilliCPU: 300, Bytes: 3 * gib, Pods: 1})
	got := w.tick()
	if len(got["a"]) != 2 || len(got["b"]) != 1 || got["b"][0].Bound || got["b"][0].Estimate.Memory != 3*gib {
		t.Errorf("taken: %+v", got)
	}
	for _, f := range got["a"] {
		if !f.Bound || !f.Began.IsZero() && !f.Began.Equal(after(-59)) {
			t.Errorf("a flight is %+v", f)
		}
	}
}

func TestPodsLeaveTheLedgerWhenEveryMetricHasSeenThem(t *testing.T) {
	w := newWorld(t)
	w.see(pod("p", on("a"), running(noon)))
	for _, c := range []struct{ at, want int }{{0, 1}, {601, 1}, {602, 0}} {
		w.now = after(c.at)
		if got := w.tick()["a"]; len(got) != c.want {
			t.Errorf("after %d s there are %d flights, want %d", c.at, len(got), c.want)
		}
	}
	if w.entries["uid-p"] != nil {
		t.Error("its entry is kept for ever")
	}
}

func TestAFartherHorizonLooksBack(t *testing.T) {
	w := newWorld(t)
	w.see(pod("p", on("a"), running(after(-1200))))
	if got := w.Take(w.now, horizon)["a"]; len(got) != 0 {
		t.Fatalf("20 minutes are in flight under a horizon of 10: %+v", got)
	}
	if got := w.Take(w.now, time.Hour)["a"]; len(got) != 1 {
		t.Errorf("20 minutes are not in flight under a horizon of an hour: %+v", got)
	}
}

func TestARestartForgetsWhatTelemetryHasSeen(t *testing.T) {
	w := newWorld(t)
	for range 1000 {
		w.see(pod("p", on("a"), running(after(-3600))))
	}
	if got := w.tick(); len(got) != 0 || len(w.entries) != 0 {
		t.Errorf("%d nodes have flights, %d entries", len(got), len(w.entries))
	}
}

func TestAReleaseAsksForABoard(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*world)
		want    bool
	}{
		"a pod goes that a Board counted":     {func(w *world) { w.see(pod("p", on("a"))); w.tick(); w.Forget("uid-p") }, true},
		"a pod goes while a Board counts it":  {func(w *world) { w.see(pod("p", on("a"))); w.Take(w.now, horizon); w.Forget("uid-p") }, true},
		"a pod goes that no Board counted":    {func(w *world) { w.see(pod("p", on("a"))); w.Forget("uid-p") }, false},
		"a pod goes that was seen long since": {func(w *world) { w.see(pod("p", on("a"), running(after(-3600)))); w.Forget("uid-p") }, false},
	} {
		w := newWorld(t)
		w.tick()
		c.happens(w)
		select {
		case <-w.Released():
			if !c.want {
				t.Errorf("%s: a Board is asked for", name)
			}
		default:
			if c.want {
				t.Errorf("%s: no Board is asked for", name)
			}
		}
	}
}

func TestWhenAPodBegan(t *testing.T) {
	two := func(p *v1.Pod) { p.Spec.Containers = append(p.Spec.Containers, v1.Container{Name: "second"}) }
	status := func(s v1.ContainerStatus) func(*v1.Pod) {
		return func(p *v1.Pod) { p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, s) }
	}
	up := func(at int) v1.ContainerStatus {
		return v1.ContainerStatus{State: v1.ContainerState{Running: &v1.ContainerStateRunning{StartedAt: metav1.NewTime(after(at))}}}
	}
	again := func(at int) v1.ContainerStatus { s := up(at); s.RestartCount = 3; return s }
	acknowledged := func(p *v1.Pod) { started := metav1.NewTime(after(-100)); p.Status.StartTime = &started }
	for name, c := range map[string]struct {
		pod  *v1.Pod
		want time.Time
	}{
		"before any container":           {pod("p"), time.Time{}},
		"at the end of the second":       {pod("p", status(up(5))), after(6)},
		"with the last of two":           {pod("p", two, status(up(5)), status(up(9))), after(10)},
		"not while one has no status":    {pod("p", two, status(up(5))), time.Time{}},
		"not while one waits":            {pod("p", two, status(up(5)), status(v1.ContainerStatus{})), time.Time{}},
		"with the pod after restarts":    {pod("p", acknowledged, status(again(50))), after(-99)},
		"though a container has ended":   {pod("p", status(v1.ContainerStatus{State: v1.ContainerState{Terminated: &v1.ContainerStateTerminated{StartedAt: metav1.NewTime(after(3))}}})), after(4)},
		"restarts without the pod's own": {pod("p", status(again(50))), after(51)},
	} {
		if got := beginning(c.pod); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestANodesClockIsNotBelievedBeyondWhatWasSeen(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*world)
		said   int
		want   int
	}{
		"a right one":                           {func(w *world) { w.see(pod("p", on("a"))) }, 4, 5},
		"a right one, seen in the same second":  {func(w *world) { w.see(pod("p", on("a"))) }, 10, 11},
		"one behind, after Reserve":             {func(w *world) { w.Reserve(pod("p"), "a", Units{Pods: 1}) }, -1200, 0},
		"one behind, after the pod was bound":   {func(w *world) { w.see(pod("p", on("a"))) }, -1200, 0},
		"one behind, after it landed elsewhere": {func(w *world) { w.Reserve(pod("p"), "b", Units{Pods: 1}) }, -1200, 0},
		"one ahead":                             {func(w *world) { w.see(pod("p", on("a"))) }, 86400, 11},
		"one ahead, of a pod that already runs": {func(*world) {}, 86400, 11},
		"nobody saw an earlier pod wait":        {func(*world) {}, -300, -299},
	} {
		w := newWorld(t)
		w.tick()
		c.before(w)
		w.now = after(10)
		for range 3 { // it is shown again and again
			w.see(pod("p", on("a"), running(after(c.said))))
			w.now = w.now.Add(20 * time.Second)
		}
		if got := w.entries["uid-p"].began; !got.Equal(after(c.want)) {
			t.Errorf("%s: the pod began at %v, want %v", name, got, after(c.want))
		}
	}
}

// TestALookBackKnowsNothingBetterThanTheInformer lets things happen after the pods were
// listed, with p as it was by then.
func TestALookBackKnowsNothingBetterThanTheInformer(t *testing.T) {
	waiting, old := pod("p", on("a")), pod("p", on("a"), running(after(-1200)))
	for name, c := range map[string]struct {
		p         *v1.Pod
		meanwhile func(*world)
		node      string // where p is in flight; empty where it is not
		began     int
	}{
		"nothing":                  {old, func(*world) {}, "a", -1199},
		"it is deleted":            {old, func(w *world) { w.Forget("uid-p") }, "", 0},
		"it ends":                  {old, func(w *world) { w.Observe(pod("p", on("a"), inPhase(v1.PodFailed)), w.now) }, "", 0},
		"it was started":           {old, func(w *world) { w.Observe(pod("p", on("a"), running(after(-1))), w.now) }, "a", 0},
		"one in flight goes":       {waiting, func(w *world) { w.Forget("uid-p") }, "", 0},
		"one in flight is started": {waiting, func(w *world) { w.Observe(pod("p", on("a"), running(after(-1))), w.now) }, "a", 0},
	} {
		w := newWorld(t)
		w.see(c.p)
		w.tick()
		w.meanwhile = func() { c.meanwhile(w) }
		var got []string
		for node, flights := range w.Take(w.now, time.Hour) {
			for _, f := range flights {
				got = append(got, fmt.Sprint(node, " ", f.Began.Sub(noon).Seconds()))
			}
		}
		var want []string
		if c.node != "" {
			want = []string{fmt.Sprint(c.node, " ", c.began)}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: in flight are %v, want %v", name, got, want)
		}
	}
}

// TestPodsComeAndGoWhileTheyAreTaken is for the race detector and for the account: what
// came and went leaves nothing behind.
func TestPodsComeAndGoWhileTheyAreTaken(t *testing.T) {
	w := newWorld(t)
	for i := range 3 * batch {
		w.see(pod(fmt.Sprint("old-", i), on("a"), running(after(-1200))))
	}
	w.tick()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 200 {
			w.Forget(types.UID(fmt.Sprint("uid-old-", i)))
			w.Reserve(pod(fmt.Sprint(i)), "a", Units{Bytes: gib, Pods: 1})
		}
	}()
	for i := range 10 {
		w.Take(w.now, horizon+time.Duration(i)*time.Hour)
		w.publish()
	}
	<-done
	for i := range 200 {
		w.Unreserve(pod(fmt.Sprint(i)))
	}
	w.Take(w.now, horizon+10*time.Hour)
	w.publish()
	for range 2 { // the list still has who was deleted
		if got := len(w.Take(w.now, horizon)["a"]); got != 0 {
			t.Errorf("%d pods are in flight that began 20 minutes ago", got)
		}
	}
	if got := w.arrived("a"); got != 0 {
		t.Errorf("%v GiB are left in the account", got)
	}
}

func TestTheHandlerFollowsAnInformer(t *testing.T) {
	w := newWorld(t)
	w.tick()
	h := w.Handler(func() time.Time { return w.now })
	h.OnAdd(pod("p", on("a")), true)
	h.OnUpdate(nil, pod("q", on("a")))
	if got := w.arrived("a"); got != 2 {
		t.Fatalf("%v GiB arrived", got)
	}
	h.OnUpdate(pod("p", on("a")), pod("p", on("a")))
	if got := w.arrived("a"); got != 2 {
		t.Fatalf("%v GiB arrived after an update", got)
	}
	h.OnUpdate(pod("p", on("a")), pod("p", reborn))
	if got := w.arrived("a"); got != 1 {
		t.Fatalf("%v GiB are left after a pod was replaced under its name by one without a node", got)
	}
	h.OnUpdate(pod("p", reborn), pod("p", on("a")))
	h.OnDelete(pod("p", on("a")))
	h.OnDelete(cache.DeletedFinalStateUnknown{Key: "default/q", Obj: pod("q", on("a"))})
	h.OnDelete(cache.DeletedFinalStateUnknown{Key: "default/r"})
	if got := w.arrived("a"); got != 0 {
		t.Errorf("%v GiB are left", got)
	}
}

func TestWhatWasMeasuredBeforeTheFirstBoardCounts(t *testing.T) {
	w := newWorld(t)
	w.see(pod("p", on("a"), running(after(-60)))) // no horizon yet: nobody is in flight
	w.measure(after(-10), map[string]float64{"p": 3})
	w.now = after(1)
	if got := w.tick()["a"]; len(got) != 1 || got[0].Used.Memory != 3*gib || !got[0].Measured.Equal(after(-10)) {
		t.Errorf("the flights are %+v", got)
	}
}

// TestAPodThatWasSeenWholeStaysSo: its node's clock is an hour ahead, and it is labelled
// anew when no metric has anything left to see of it.
func TestAPodThatWasSeenWholeStaysSo(t *testing.T) {
	w := newWorld(t)
	w.tick()
	h, ahead := w.Handler(func() time.Time { return w.now }), running(after(3600))
	waits, runs := pod("p", on("a")), pod("p", on("a"), ahead)
	h.OnAdd(waits, false)
	w.now = after(5)
	h.OnUpdate(waits, runs)
	if got := len(w.tick()["a"]); got != 1 {
		t.Fatalf("%d pods are in flight that began a moment ago", got)
	}
	w.now = after(900)
	w.tick()
	h.OnUpdate(runs, pod("p", on("a"), ahead, ownedBy("another")))
	if got := w.arrived("a"); got != 0 {
		t.Errorf("%v GiB arrived with a pod that began 15 minutes ago", got)
	}
	if got := len(w.tick()["a"]); got != 0 {
		t.Errorf("%d pods are in flight that began 15 minutes ago", got)
	}
}
