package telemetry

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
)

// full returns a watch in which one pod has the room of a node, and another was
// refused for nothing else.
func full(t *testing.T, first *v1.Pod, state *framework.CycleState) (w *watch, second *v1.Pod) {
	second = newPod("second", needing("15Gi"))
	w = newWatch(t, newNode("a"), first, second)
	w.publish(map[string]float64{"a": 70})
	judge(t, w.plugin, first, nodeInfo("a"))
	w.plugin.Reserve(t.Context(), state, first, "a")
	if got := judge(t, w.plugin, second, nodeInfo("a")); got.Filter == 0 {
		t.Fatal("85 % have room for 15 GiB under 90 %")
	}
	return w, second
}

func TestRoomThatComesBackWithinABoardWakesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state, first := framework.NewCycleState(), newPod("first", needing("15Gi"))
		w, _ := full(t, first, state)
		wantWoken(t, w.queue, "while the room is taken")
		w.plugin.Unreserve(t.Context(), state, first, "a") // its binding failed
		wantWoken(t, w.queue, "when it is given back", "default/second")
	})
}

func TestRoomThatATrialGivesBackWakesByTheNextBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state, first := framework.NewCycleState(), newPod("first", needing("15Gi"))
		state.SetPodGroupSchedulingCycle(framework.NewCycleState())
		w, _ := full(t, first, state)
		w.plugin.Unreserve(t.Context(), state, first, "a")
		wantWoken(t, w.queue, "at once, for the trial to begin anew")
		w.publish(map[string]float64{"a": 70})
		wantWoken(t, w.queue, "by the next Board", "default/second")
	})
}

func TestAPodThatNeedsLessThanThoughtWakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pod := newPod("p", needing("25Gi"), controlledBy("Deployment"))
		w := newWatch(t, newNode("a"), pod)
		w.publish(map[string]float64{"a": 70})
		judge(t, w.plugin, pod, nodeInfo("a"))
		w.publish(map[string]float64{"a": 70})
		wantWoken(t, w.queue, "for 25 GiB")
		judge(t, w.plugin, pod, nodeInfo("a"))
		w.shared.ledger.Remember(map[inflight.Owner]inflight.Lesson{
			"deployment": {Use: inflight.Units{MilliCPU: 10, Bytes: 1 << 30}, Settled: true, At: noon},
		})
		w.publish(map[string]float64{"a": 70})
		wantWoken(t, w.queue, "for 1 GiB", "default/p")
	})
}

// TestAPodThatIsRefusedAgainAndAgainIsWokenByEveryThirdBoard: each time somebody is there
// before it, and gone by the next Board.
func TestAPodThatIsRefusedAgainAndAgainIsWokenByEveryThirdBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state, first := framework.NewCycleState(), newPod("first", needing("15Gi"))
		state.SetPodGroupSchedulingCycle(framework.NewCycleState())
		w, second := full(t, first, state)
		w.plugin.Unreserve(t.Context(), state, first, "a")
		var wakes []int
		for board := range 20 {
			w.publish(map[string]float64{"a": 70})
			for slices.Contains(w.queue.take(), "default/second") {
				wakes = append(wakes, board)
				w.plugin.Reserve(t.Context(), state, first, "a")
				judge(t, w.plugin, second, nodeInfo("a"))
				w.plugin.Unreserve(t.Context(), state, first, "a")
				time.Sleep(firstRepeat)
			}
			time.Sleep(attemptTime)
		}
		if want := []int{0, 1, 4, 7, 10, 13, 16, 19}; !slices.Equal(wakes, want) {
			t.Errorf("woken by the Boards %v, want %v", wakes, want)
		}
	})
}
