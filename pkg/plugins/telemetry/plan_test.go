package telemetry

import (
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

func TestOnlyThosePodsWakeForWhichThereIsRoom(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(20, "4Gi")...)
	n.wantWoken()
	n.tick(map[string]float64{"a": 70})
	n.wantWoken("p0000", "p0001", "p0002", "p0003", "p0004")
}

func TestPriorityComesBeforeAge(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97},
		newPod("old", needing("15Gi"), aged(time.Hour)),
		newPod("urgent", needing("15Gi"), withPriority(10)),
		newPod("older", needing("3Gi"), aged(2*time.Hour)),
	)
	n.tick(map[string]float64{"a": 70})
	n.wantWoken("urgent", "older")
}

func TestRoomIsOfferedNodeByNode(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97, "b": 97, "c": 97}, crowd(9, "8Gi")...)
	n.tick(map[string]float64{"a": 73, "b": 97, "c": 81})
	n.wantWoken("p0000", "p0001", "p0002")
}

func TestAPodIsWokenAgainUntilItIsReserved(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(4, "10Gi")...)
	n.tick(map[string]float64{"a": 69})
	n.wantWoken("p0000", "p0001")
	n.wantWoken("p0000", "p0001")
	n.reserve("p0000")
	n.wantWoken("p0001")
}

func TestAReservedPodHoldsItsRoomUntilTheNextBoard(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(4, "10Gi")...)
	n.tick(map[string]float64{"a": 69})
	n.wantWoken("p0000", "p0001")
	n.reserve("p0000", "p0001")
	n.wantWoken()
	n.tick(map[string]float64{"a": 71})
	n.wantWoken("p0002")
}

func TestAPodThatFailsAgainGivesItsRoomToTheNext(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(4, "15Gi")...)
	n.tick(map[string]float64{"a": 70})
	n.wantWoken("p0000")
	n.fail("p0000")
	n.wantWoken("p0001")
	n.fail("p0001")
	n.wantWoken("p0002")
	n.tick(map[string]float64{"a": 70})
	n.wantWoken("p0002")
}

func TestAPodThatMayNotGoToANodeTakesNoRoomThere(t *testing.T) {
	elsewhere := func(p *v1.Pod) { p.Spec.NodeSelector = map[string]string{"pool": "b"} }
	n := newNight(t, memoryRule, map[string]float64{"a": 97},
		newPod("picky", needing("15Gi"), withPriority(10), elsewhere), newPod("modest", needing("15Gi")))
	n.tick(map[string]float64{"a": 70})
	n.wantWoken("modest")
}

func TestPlanForgetsWhatIsGone(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97, "b": 97}, crowd(3, "1Gi")...)
	n.tick(map[string]float64{"a": 20, "b": 20})
	n.wantWoken("p0000", "p0001", "p0002")
	n.reserve("p0000", "p0001", "p0002")
	n.tick(map[string]float64{"a": 20, "b": 20})
	n.wantWoken()
	if kept := len(n.planner.classes) + len(n.planner.known) + len(n.planner.grants); kept != 0 {
		t.Errorf("%d things are remembered of pods that are gone", kept)
	}
}

// TestAPodThatDoesNotComeLeavesItsRoomToOthers: its attempts end before the plugin is
// asked, as those of a pod whose volume is gone do.
func TestAPodThatDoesNotComeLeavesItsRoomToOthers(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(2, "15Gi")...)
	n.tick(map[string]float64{"a": 70})
	n.wantWoken("p0000")
	n.tick(map[string]float64{"a": 70})
	n.wantWoken("p0000")
	n.tick(map[string]float64{"a": 70})
	n.wantWoken("p0001")
	n.reserve("p0001")
	offers := 0
	for range 256 {
		n.tick(map[string]float64{"a": 70})
		if woken, _ := n.planner.plan(n.sleepers(), n.sites()); len(woken) > 0 {
			offers++
		}
	}
	if offers < 3 || offers > 10 {
		t.Errorf("a pod that never comes was offered the same room %d times in 256 Boards", offers)
	}
	n.tick(map[string]float64{"a": 97})
	n.wantWoken()
	n.tick(map[string]float64{"a": 70})
	n.wantWoken("p0000")
}

// TestASkippedBoardDoesNotWearPatienceOut: every second Board goes by unseen.
func TestASkippedBoardDoesNotWearPatienceOut(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(2, "15Gi")...)
	offers := map[string]int{}
	for range 64 {
		n.board(map[string]float64{"a": 70})
		n.tick(map[string]float64{"a": 70})
		woken, _ := n.planner.plan(n.sleepers(), n.sites())
		for _, pod := range woken {
			offers[pod.Name]++
		}
	}
	if offers["p0000"] > 10 || offers["p0001"] == 0 {
		t.Errorf("a pod that never comes keeps another from the room: %v", offers)
	}
}

func TestWhereNoNodeAdmitsAPodNobodySearchesAgain(t *testing.T) {
	elsewhere := func(p *v1.Pod) { p.Spec.NodeSelector = map[string]string{"pool": "b"} }
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, newPod("picky", needing("1Gi"), elsewhere))
	n.tick(map[string]float64{"a": 70})
	n.wantWoken()
	if got := n.planner.known["uid-picky"]; got.searched != n.current.Version {
		t.Errorf("the search is not remembered: %+v", got)
	}
	n.nodes[0] = newNode("a", func(node *v1.Node) { node.Labels["pool"] = "b" })
	n.wantWoken("picky")
}

func TestAPodThatIsBeingTriedHoldsItsRoom(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(2, "15Gi")...)
	n.tick(map[string]float64{"a": 70})
	n.wantWoken("p0000")
	n.trying = map[string]bool{"p0000": true}
	n.fail("p0000") // so it seems, as long as nobody knows how the attempt ends
	n.wantWoken("p0000")
	n.reserve("p0000")
	n.wantWoken()
}

func TestRoomOnAYoungNodeIsWhatIsNotRequested(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(3, "10Gi")...)
	n.created, n.silent, n.nodes = noon, true, []*v1.Node{newNode("young")}
	n.requested = map[string]engine.Amounts{"young": {Memory: 85 << 30}}
	n.tick(map[string]float64{"young": 0})
	n.wantWoken()
	n.requested["young"] = engine.Amounts{Memory: 75 << 30}
	n.tick(map[string]float64{"young": 0})
	n.wantWoken("p0000")
}
