package integration

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// story is a cluster of 20 nodes and a scheduler with the shipped rule's line.
type story struct {
	*release
	all []string
	// edge are the last three nodes: all that a pinned pod may use.
	edge []string
}

// brokeMemory is what a pod's Event says of the rule.
const brokeMemory = "node(s) broke telemetry rule memory-above-90 (memory > 90 percent)"

func TestTheStory(t *testing.T) {
	t.Parallel()
	tellStory(t, "story")
}

// TestTheStoryWithAsynchronousCalls has the scheduler write to the API server beside
// its cycles, which is off by default.
func TestTheStoryWithAsynchronousCalls(t *testing.T) {
	t.Parallel()
	tellStory(t, "async", "--feature-gates=SchedulerAsyncAPICalls=true")
}

func tellStory(t *testing.T, name string, gates ...string) {
	s := &story{release: newRelease(t, shared(t), name)}
	s.gates = gates
	s.write("memory", map[string]string{"memory.yaml": document(s.blocking("memory-above-90", "metric: memory, above: 90%, clear: 85%"))})
	nodes := s.addNodes(20)
	for i := range nodes.Count {
		s.all = append(s.all, nodes.Name(i))
	}
	s.edge = s.all[17:]
	s.start(quick)
	s.judged("memory-above-90", 20)
	tell(t, s,
		chapter[*story]{"pods that name the scheduler run", (*story).podsRun},
		chapter[*story]{"a node whose pods use over 90 percent takes no new pod while others do", (*story).hotNodeIsSpared},
		chapter[*story]{"where all nodes are hot the pod waits and its Event names rule and condition", (*story).podWaits},
		chapter[*story]{"a recovery binds each waiting pod within a moment of the tick that read it", (*story).recoveryWakes},
		chapter[*story]{"no pod needed the flush of the queue", func(s *story) { s.wantNoFlush() }},
	)
}

func (s *story) in(t *testing.T) *story { return &story{s.release.in(t), s.all, s.edge} }

func (s *story) podsRun() {
	began := time.Now()
	pods := append(s.addMany("web", 40), s.add(s.writtenForTAS("tas"))...)
	s.run(pods...)
	s.t.Logf("%d pods run after %s", len(pods), since(began))
}

// writtenForTAS describes a pod as Telemetry Aware Scheduling wants it: it has a limit of
// what no node has, and keeps off nodes with a label that only TAS gives.
func (s *story) writtenForTAS(name string) testbed.Pod {
	p := s.pod(name)
	p.Labels = map[string]string{"telemetry-policy": "health"}
	change := p.Change
	p.Change = func(pod *corev1.Pod) {
		change(pod)
		pod.Spec.Containers[0].Resources.Limits = corev1.ResourceList{"telemetry/scheduling": resource.MustParse("1")}
		pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{
				{Key: "health", Operator: corev1.NodeSelectorOpNotIn, Values: []string{"violating"}},
			}}},
		}}}
	}
	return p
}

func (s *story) hotNodeIsSpared() {
	grower, hot := s.offTheEdge()
	s.must(s.bed.UseMemory(s.t.Context(), grower, "60Gi"))
	s.event(hot, "TelemetryRuleFiring", "memory-above-90")
	late := s.addMany("late", 40)
	s.run(late...)
	landed := s.nodesOf(late...)
	if landed[hot] != 0 || len(landed) < 10 {
		s.t.Errorf("the pods went to %v, and none should be on %s", landed, hot)
	}
	s.t.Logf("%s took %d of %d pods, %d other nodes took the rest", hot, landed[hot], len(late), len(landed))
	s.must(s.bed.UseMemory(s.t.Context(), grower, "1Gi"))
	s.firing("memory-above-90", 0)
}

// offTheEdge returns one of the first pods and its node, which is none of the edge:
// those recover later, and an Event of an earlier recovery would be taken for that.
func (s *story) offTheEdge() (pod, node string) {
	for i := range 40 {
		pod = s.pod(fmt.Sprintf("web-%02d", i)).Name
		node = slices.Collect(maps.Keys(s.nodesOf(pod)))[0]
		if !slices.Contains(s.edge, node) {
			return pod, node
		}
	}
	s.t.Fatal("all pods are on the edge")
	return "", ""
}

// waiter is a pod that only one node of the edge can take.
func (s *story) waiter(i int) string { return fmt.Sprintf("%s-waiter-%d", s.name, i) }

func (s *story) podWaits() {
	s.use("60Gi", s.edge...)
	s.firing("memory-above-90", len(s.edge))
	for i, node := range s.edge {
		p := s.pod("")
		p.Name = s.waiter(i)
		s.add(on(p, node))
		e := s.waits(p.Name, brokeMemory)
		if i == 0 {
			s.t.Log(e.Note)
		}
		if !strings.Contains(e.Note, "0/") || !strings.Contains(e.Note, "1 "+brokeMemory) {
			s.t.Errorf("the Event counts something else: %s", e.Note)
		}
	}
}

// longestWake is far from the five minutes of the queue's flush, on slow machines too.
const longestWake = 30 * time.Second

// recoveryWakes measures by the scheduler's own times: those of its Event about
// the node in the tick, and of its Event about the pod.
func (s *story) recoveryWakes() {
	s.use("1Gi", s.edge...)
	for i, node := range s.edge {
		recovered := s.event(node, "TelemetryRuleInactive", "memory-above-90")
		scheduled := s.event(s.waiter(i), "Scheduled", node)
		delay := scheduled.EventTime.Sub(recovered.EventTime.Time)
		s.t.Logf("%s was bound %.3f s after the tick that read the recovery of %s", s.waiter(i), delay.Seconds(), node)
		if delay > longestWake {
			s.t.Errorf("that is too long")
		}
	}
}
