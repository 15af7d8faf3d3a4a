package inflight

import (
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

func TestPodsAreMeasurableForAsLongAsSomethingIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*world)
		want    bool
	}{
		"from the beginning":               {func(w *world) { w.Measurable(w.now) }, true},
		"not where nobody reads":           {func(*world) {}, false},
		"not once nothing came for long":   {func(w *world) { w.Measurable(after(-301)) }, false},
		"not where nothing is ever in it":  {func(w *world) { w.Measurable(after(-301)); w.measure(noon, nil) }, false},
		"for as long as a reading is good": {func(w *world) { w.Measurable(after(-3600)); w.measure(after(-299), map[string]float64{"other": 1}) }, true},
	} {
		w := newWorld(t)
		w.see(pod("p", on("a")))
		c.happens(w)
		if got := w.tick()["a"][0].Measurable; got != c.want {
			t.Errorf("%s: measurable is %v", name, got)
		}
	}
}

// read has one pod's use read as of now, after its CPU was averaged over so long.
func (w *world) read(use telemetry.PodUse) {
	use.Time = w.now
	w.Learn(&telemetry.PodReading{Use: map[telemetry.PodKey]telemetry.PodUse{{Namespace: "default", Name: "p"}: use}}, w.now)
}

func TestWhatCoversMoreThanAPodsLifeTeachesNoLess(t *testing.T) {
	for name, c := range map[string]struct {
		seconds int // since the pod began
		use     telemetry.PodUse
		want    int64
	}{
		"a window within its life":                {201, telemetry.PodUse{CPU: 0.02, Window: 2 * time.Minute}, 20},
		"a window as long as its life":            {301, telemetry.PodUse{CPU: 0.02, Window: 5 * time.Minute}, 20},
		"a window of which it ran in two thirds":  {201, telemetry.PodUse{CPU: 0.02, Window: 5 * time.Minute}, 100},
		"though that may be more than is guessed": {201, telemetry.PodUse{CPU: 0.3, Window: 5 * time.Minute}, 300},
		"a node speaks of its own pod":            {201, telemetry.PodUse{CPU: 0.3, Node: "a"}, 300},
		"a node speaks of another's pod":          {201, telemetry.PodUse{CPU: 0.3, Node: "b"}, 100},
	} {
		w := newWorld(t)
		w.see(pod("p", on("a"), ownedBy("o"), running(after(-c.seconds))))
		w.read(c.use)
		if got := w.Estimate(pod("q", ownedBy("o"))).MilliCPU; got != c.want {
			t.Errorf("%s: siblings are estimated at %d, want %d", name, got, c.want)
		}
	}
}

func TestWhatCoversMoreThanAPodsLifeEndsNoWarmUp(t *testing.T) {
	for name, c := range map[string]struct {
		window time.Duration
		want   float64
	}{
		"an instant":                         {0, 3},
		"a window within its life":           {time.Minute, 3},
		"a window that began before the pod": {61 * time.Second, 0},
	} {
		w := newWorld(t)
		w.tick()
		w.see(pod("p", on("a"), running(after(-61))))
		w.read(telemetry.PodUse{CPU: 3, Memory: gib, Window: c.window})
		if f := w.tick()["a"][0]; f.Used.CPU != c.want || f.Used.Memory != gib {
			t.Errorf("%s: the flight uses %+v", name, f.Used)
		}
	}
}

// TestANodesClockTeachesNothing: a pod was seen to wait a minute ago, and began since,
// whatever its node says.
func TestANodesClockTeachesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		said int     // when the node says that the pod began
		want float64 // the estimate of its siblings, in GiB, of which it uses half a one
		used float64
	}{
		"a clock that is right":     {-30, 1, 0.5},
		"one that is an hour late":  {-3600, 1, 0.5},
		"one that is an hour early": {3600, 1, 0.5},
	} {
		w := newWorld(t)
		w.tick()
		w.now = after(-60)
		w.see(pod("p", on("a"), ownedBy("o")))
		w.now = after(-20)
		w.pods = nil
		w.see(pod("p", on("a"), ownedBy("o"), running(after(c.said))))
		w.now = noon
		w.measure(noon, map[string]float64{"p": 0.5})
		if got := float64(w.Estimate(pod("q", ownedBy("o"))).Bytes) / gib; got != c.want {
			t.Errorf("%s: siblings are estimated at %v GiB, want %v", name, got, c.want)
		}
		if got := w.tick()["a"][0].Used.Memory / gib; got != c.used {
			t.Errorf("%s: the pod is measured at %v GiB, want %v", name, got, c.used)
		}
	}
}

func TestWhatAPodUsesIsKnownHoweverOldItIs(t *testing.T) {
	for name, c := range map[string]struct {
		seconds int // since the pod began
		want    float64
	}{"a young one": {60, 0.3}, "one that is warm": {3600, 0.3}, "one of weeks": {30 * 24 * 3600, 0.3}} {
		w := newWorld(t)
		one := pod("p", on("a"), ownedBy("o"), running(after(-c.seconds)))
		w.see(one)
		w.read(telemetry.PodUse{CPU: 0.3})
		if use, found := w.Use(one.UID); !found || use.CPU != c.want || !use.Time.Equal(w.now) {
			t.Errorf("%s: it uses %+v, %v", name, use, found)
		}
	}
	if _, found := newWorld(t).Use("another"); found {
		t.Error("the use of a pod is known that nobody measured")
	}
}
