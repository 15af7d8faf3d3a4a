package telemetry

import (
	"testing"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestNodesThatWereOpenBeforeTheAttemptAreNotOffered(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97, "open": 10}, crowd(2, "1Gi")...)
	n.tick(map[string]float64{"a": 97, "open": 10})
	n.wantWoken()
	n.tick(map[string]float64{"a": 80, "open": 10})
	n.wantWoken("p0000", "p0001")
}

func TestANodeThatClosedAgainWakesNobody(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(2, "1Gi")...)
	n.tick(map[string]float64{"a": 80}).tick(map[string]float64{"a": 97})
	n.wantWoken()
	n.tick(map[string]float64{"a": 80})
	n.wantWoken("p0000", "p0001")
}

func TestPredictionAloneKeepsAPodAsleep(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 86}, newPod("p", needing("8Gi")))
	n.tick(map[string]float64{"a": 84})
	n.wantWoken()
	n.tick(map[string]float64{"a": 80})
	n.wantWoken("p")
}

func TestAnAttemptDuringTheTickIsOfferedWhatTheTickOpened(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97})
	n.tick(map[string]float64{"a": 70})
	late := newPod("late")
	n.pods, n.tried["late"] = []*v1.Pod{late}, n.current.Version-1
	n.wantWoken("late")
}

func TestAnEditOfTheRulesWakesThoseThatFitByThem(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(3, "1Gi")...)
	n.tick(map[string]float64{"a": 97})
	n.wantWoken()
	n.rules = ruleSet(t, "- {name: memory-above-98, when: {metric: memory, above: 98%}, actions: {block: {}}}")
	n.tick(map[string]float64{"a": 97})
	n.wantWoken("p0000")
}

func TestTheEndOfAllRulesWakesEverybody(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(3, "90Gi")...)
	n.rules = ruleSet(t, "")
	n.tick(map[string]float64{"a": 97})
	n.wantWoken("p0000", "p0001", "p0002")
}

func TestTheStopButtonWakesEverybody(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(3, "90Gi")...)
	n.tick(map[string]float64{"a": 97})
	n.wantWoken()
	paused := *n.rules
	paused.Pause.Block = true
	n.rules = &paused
	n.tick(map[string]float64{"a": 97})
	n.wantWoken("p0000", "p0001", "p0002")
}

func TestAnExemptionWakesItsPod(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, newPod("p"))
	n.tick(map[string]float64{"a": 97})
	n.wantWoken()
	n.pods[0] = newPod("p", annotated(rules.AnnotationIgnore, "*"))
	n.wantWoken("p")
	n.fail("p")
	n.wantWoken()
}

func TestANodeWakesNobodyBeforeTheBoardKnowsIt(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(2, "1Gi")...)
	n.nodes = append(n.nodes, newNode("brand-new"))
	n.tick(map[string]float64{"a": 97})
	n.wantWoken()
	n.tick(map[string]float64{"a": 97, "brand-new": 20})
	n.wantWoken("p0000", "p0001")
}

func TestABoardThatNobodySawHidesNoOpening(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, newPod("early", needing("1Gi")))
	n.tick(map[string]float64{"a": 70})
	n.wantWoken("early")
	unseen := n.board(map[string]float64{"a": 97})
	n.pods = append(n.pods, newPod("late", needing("1Gi")))
	n.tried["late"] = unseen.Version
	n.reserve("early")
	n.tick(map[string]float64{"a": 70})
	n.wantWoken("late")
}

func TestANodeThatLeavesTakesNothingWithIt(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97, "b": 97, "open": 10}, crowd(2, "1Gi")...)
	n.wantWoken()
	n.nodes = n.nodes[1:]
	n.tick(map[string]float64{"b": 97, "open": 10})
	n.wantWoken()
	n.nodes = append([]*v1.Node{newNode("aa")}, n.nodes...)
	n.tick(map[string]float64{"aa": 97, "b": 97, "open": 10})
	n.wantWoken()
	n.tick(map[string]float64{"aa": 97, "b": 20, "open": 10})
	n.wantWoken("p0000", "p0001")
}

func TestThePauseOfARuleWakesEverybody(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(3, "90Gi")...)
	n.rules = ruleSet(t, memoryRule)
	n.rules.Rules[0].Paused = true
	n.tick(map[string]float64{"a": 97})
	n.wantWoken("p0000", "p0001", "p0002")
}

func TestATaintThatGoesOpensANode(t *testing.T) {
	n := newNight(t, memoryRule, map[string]float64{"a": 97}, crowd(1, "1Gi")...)
	n.nodes[0].Spec.Taints = []v1.Taint{{Key: "drained", Effect: v1.TaintEffectNoSchedule}}
	n.tick(map[string]float64{"a": 20})
	n.wantWoken()
	n.nodes[0] = newNode("a")
	n.wantWoken("p0000")
}
