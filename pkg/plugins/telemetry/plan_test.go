package telemetry

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// night is a cluster in which pods sleep.
type night struct {
	*cluster
	planner planner
	current *engine.Board
	nodes   []*v1.Node
	pods    []*v1.Pod
	tried   map[string]uint64
}

// newNight begins with a Board, with which every pod was tried in vain.
func newNight(t *testing.T, list string, used map[string]float64, pods ...*v1.Pod) *night {
	n := &night{cluster: newCluster(t, list), planner: planner{logger: klog.Background()}, pods: pods, tried: map[string]uint64{}}
	for name := range used {
		n.nodes = append(n.nodes, newNode(name))
	}
	slices.SortFunc(n.nodes, func(a, b *v1.Node) int { return strings.Compare(a.Name, b.Name) })
	n.tick(used)
	for _, pod := range pods {
		n.tried[pod.Name] = n.current.Version
	}
	return n
}

// tick makes the next Board.
func (n *night) tick(used map[string]float64) *night {
	n.current = n.board(used)
	n.planner.advance(n.current)
	return n
}

// fail says that pods were tried with the current Board, in vain.
func (n *night) fail(names ...string) {
	for _, name := range names {
		n.tried[name] = n.current.Version
	}
}

// reserve says that pods found a node.
func (n *night) reserve(names ...string) {
	n.pods = slices.DeleteFunc(n.pods, func(pod *v1.Pod) bool { return slices.Contains(names, pod.Name) })
}

// wantWoken runs a plan and compares the names of the pods that it wakes.
func (n *night) wantWoken(want ...string) {
	n.t.Helper()
	var sleepers []*sleeper
	reader := podReader{namespaces: namespaceLister(), exemptions: true}
	for _, pod := range n.pods {
		sleepers = append(sleepers, &sleeper{
			pod: pod, tried: n.tried[pod.Name], priority: corev1helpers.PodPriority(pod),
			governing: n.current.Govern(reader.facts(pod)), need: needOf(pod),
		})
	}
	woken, _ := n.planner.plan(sleepers, n.nodes)
	var got []string
	for _, pod := range woken {
		got = append(got, pod.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		n.t.Errorf("woken pods (-want +got):\n%s", diff)
	}
}

func crowd(count int, memory string) (pods []*v1.Pod) {
	for i := range count {
		// The higher the number the younger.
		pods = append(pods, newPod(numbered("p", i), needing(memory), aged(time.Hour-time.Duration(i)*time.Minute)))
	}
	return pods
}

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

func TestAPodThatMayNotGoToANodeTakesNoRoomThere(t *testing.T) {
	elsewhere := func(p *v1.Pod) { p.Spec.NodeSelector = map[string]string{"pool": "b"} }
	n := newNight(t, memoryRule, map[string]float64{"a": 97},
		newPod("picky", needing("15Gi"), withPriority(10), elsewhere), newPod("modest", needing("15Gi")))
	n.tick(map[string]float64{"a": 70})
	n.wantWoken("modest")
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
