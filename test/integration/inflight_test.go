package integration

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// Amounts of the story in MiB. A node has 65536, and the line is at 58982.
const (
	line90 = 58982
	// calm is 40 % of a node, full 80 %, and part what a pod of the burst uses: 5 %.
	calm, full, part = 26214, 52428, 3276
	// othersPods is how many pods somebody else binds in the burst, of half a part each.
	othersPods = 20
)

// The first nodes take the burst, half of them full; each other one has a chapter.
const (
	burstNodes = 10
	othersNode = iota + burstNodes - 1
	refusedNode
	liarsNode
	resizedNode
	flightNodes
)

// takenNode is that of the burst which somebody else fills to the line.
const takenNode = burstNodes - 2

const wouldBreak = "would break telemetry rule line (memory > 90 percent)"

// flightStory is a release whose rule counts pods that telemetry cannot see.
type flightStory struct {
	*release
	nodes testbed.Nodes
}

func (s *flightStory) in(t *testing.T) *flightStory { return &flightStory{s.release.in(t), s.nodes} }

func TestPodsInFlightCount(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "flight")
	s := &flightStory{r, r.nodes(flightNodes)}
	s.nodes.Uses = func(i int) string {
		if i < burstNodes/2 {
			return mib(full)
		}
		return mib(calm)
	}
	r.must(r.bed.AddNodes(t.Context(), s.nodes))
	r.measured(flightNodes)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle))})
	r.start(quick)
	r.judged("line", flightNodes)
	tell(t, s,
		chapter[*flightStory]{"a burst stays below the line although telemetry is seconds behind and others bind too", (*flightStory).burst},
		chapter[*flightStory]{"a pod that somebody else binds counts before it is measured, and no more once it is deleted", (*flightStory).others},
		chapter[*flightStory]{"a pod that is resized in place counts with what it requests now", (*flightStory).resized},
		chapter[*flightStory]{"a pod whose bind is refused does not stand in its own way", (*flightStory).refused},
		chapter[*flightStory]{"an absurd estimate is told, and the pod is bound", (*flightStory).absurd},
		chapter[*flightStory]{"no later sample is above the line", (*flightStory).laterSamples},
		chapter[*flightStory]{"after a restart nothing is in flight that telemetry has seen", (*flightStory).restarts},
		chapter[*flightStory]{"pods that request a third of what they use are judged by their siblings", (*flightStory).liars},
		chapter[*flightStory]{"no pod needed the flush of the queue", func(s *flightStory) { s.wantNoFlush() }},
	)
}

func mib(n int) string { return strconv.Itoa(n) + "Mi" }

// expects is a pod that says what it uses, and requests little.
func (s *flightStory) expects(name string, estimate int) testbed.Pod {
	p := s.pod(name)
	p.Memory, p.UsesMemory = "100Mi", mib(estimate)
	p.Annotations = map[string]string{"telemetry-scheduler.io/estimate": "memory=" + mib(estimate)}
	return p
}

// burst has pods for five sixths of the room, and would have all nodes at 20 % more
// if the scheduler went by requests. Others fill one of the nodes meanwhile.
func (s *flightStory) burst() {
	s.deployLiars(3) // measured until the last chapter
	began := time.Now()
	for i := range othersPods {
		p := s.expects(fmt.Sprintf("theirs-%02d", i), part/2)
		p.Scheduler, p.Node, p.Change = "", s.nodes.Name(takenNode), nil
		p.CPU, p.Memory = "1m", "1Mi" // by requests this node is the best
		s.add(p)
	}
	s.known(s.nodes.Name(takenNode), s.name+"-theirs-", othersPods)
	s.t.Logf("somebody else bound %d pods to %s within %s", othersPods, s.nodes.Name(takenNode), since(began))
	for i := range 40 {
		p := s.expects(fmt.Sprintf("burst-%02d", i), part)
		p.Labels = map[string]string{"app": s.name + "-burst"}
		p.Change = func(pod *corev1.Pod) { pod.Spec.Affinity = among(s.burstNodes()) }
		s.add(p)
	}
	s.bound(s.burstPods()...)
	landed := s.nodesOf(s.burstPods()...)
	s.t.Logf("40 pods were bound after %s to %v", since(began), landed)
	if landed[s.nodes.Name(takenNode)] != 0 {
		s.t.Errorf("%d pods went to the node that others had filled", landed[s.nodes.Name(takenNode)])
	}
	for i, node := range s.burstNodes() {
		if use := s.expected(i, landed[node]); use > line90 {
			s.t.Errorf("%s has %d pods and will use %d MiB", node, landed[node], use)
		}
	}
}

// expected is what a node of the burst uses with so many of its pods.
func (s *flightStory) expected(node, pods int) int {
	switch {
	case node < burstNodes/2:
		return full + pods*part
	case node == takenNode:
		return calm + othersPods*part/2 + pods*part
	}
	return calm + pods*part
}

func (s *flightStory) burstNodes() (names []string) {
	for i := range burstNodes {
		names = append(names, s.nodes.Name(i))
	}
	return names
}

func (s *flightStory) burstPods() (names []string) {
	for i := range 40 {
		names = append(names, fmt.Sprintf("%s-burst-%02d", s.name, i))
	}
	return names
}

// among lets a pod go to some nodes.
func among(nodes []string) *corev1.Affinity {
	in := corev1.NodeSelectorRequirement{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: nodes}
	return &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
		NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{in}}},
	}}}
}

// others is about a pod that uses next to nothing, so that only the account knows of
// the half of a node that it says it will use.
func (s *flightStory) others() {
	node := s.nodes.Name(othersNode)
	foreign := s.expects("foreign", 30*1024)
	foreign.UsesMemory, foreign.Scheduler, foreign.Node, foreign.Change = "100Mi", "", node, nil
	s.add(foreign)
	s.known(node, foreign.Name, 1)
	ours := s.add(on(s.expects("beside", part), node))
	s.waits(ours[0], wouldBreak)
	none := int64(0)
	began := time.Now()
	s.must(s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).Delete(s.t.Context(), foreign.Name, metav1.DeleteOptions{GracePeriodSeconds: &none}))
	s.bound(ours...)
	s.t.Logf("the waiting pod was bound %s after the other was deleted", since(began))
}

// resized is about a pod that somebody else bound, and that uses next to nothing.
func (s *flightStory) resized() {
	node := s.nodes.Name(resizedNode)
	p := s.pod("resized")
	p.Scheduler, p.Node, p.Change = "", node, nil
	s.add(p)
	s.run(p.Name)
	s.saysWhatItHas(p.Name)
	s.resize(p.Name, 45*1024)
	s.unseen(node, p.Name, 60)
	ours := s.add(on(s.expects("after-resize", part), node))
	s.waits(ours[0], wouldBreak)
	s.resize(p.Name, 1024)
	s.bound(ours...)
}

// saysWhatItHas has the node say what a running pod was given, as a kubelet does and
// KWOK does not: without it the API server lets nobody resize the pod.
func (s *flightStory) saysWhatItHas(pod string) {
	s.t.Helper()
	pods := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault)
	now, err := pods.Get(s.t.Context(), pod, metav1.GetOptions{})
	s.must(err)
	now.Status.ContainerStatuses[0].Resources = &now.Spec.Containers[0].Resources
	_, err = pods.UpdateStatus(s.t.Context(), now, metav1.UpdateOptions{})
	s.must(err)
}

// resize changes in place what a pod requests, in MiB.
func (s *flightStory) resize(pod string, request int) {
	s.t.Helper()
	patch := fmt.Sprintf(`{"spec": {"containers": [{"name": "main", "resources": {"requests": {"memory": %q}}}]}}`, mib(request))
	_, err := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).Patch(s.t.Context(), pod, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}, "resize")
	s.must(err)
}

// known waits until the scheduler has heard of so many pods on a node whose names begin alike.
func (s *flightStory) known(node, prefix string, want int) {
	s.t.Helper()
	s.eventually(func(ctx context.Context) error {
		list, err := answered[v1alpha1.InFlightList](ctx, s.release, "/inflight?node="+node)
		if err != nil {
			return err
		}
		got := 0
		for _, p := range list.Items {
			if strings.HasPrefix(p.Name, prefix) {
				got++
			}
		}
		if got != want {
			return fmt.Errorf("on %s are in flight %d of %d pods %s", node, got, want, prefix)
		}
		return nil
	})
}

// unseen waits until a Board counts a pod with over so many percent of its node's
// memory.
func (s *flightStory) unseen(node, pod string, least float64) {
	s.t.Helper()
	s.eventually(func(ctx context.Context) error {
		list, err := answered[v1alpha1.InFlightList](ctx, s.release, "/inflight?node="+node)
		if err != nil {
			return err
		}
		for _, p := range list.Items {
			if p.Name == pod && len(p.Unseen) == 1 && p.Unseen[0].Adds > least {
				return nil
			}
		}
		return fmt.Errorf("on %s are in flight %+v", node, list.Items)
	})
}

// refused is about a pod that fits once.
func (s *flightStory) refused() {
	p := on(s.expects("refused", 30*1024), s.nodes.Name(refusedNode))
	admit := s.refuseBinding(p.Name)
	s.add(p)
	s.event(p.Name, "FailedScheduling", "denied request")
	admit()
	s.bound(p.Name)
}

func (s *flightStory) absurd() {
	unread, large := s.pod("unread"), s.pod("large")
	unread.Annotations = map[string]string{"telemetry-scheduler.io/estimate": "memory=lots"}
	large.Annotations = map[string]string{"telemetry-scheduler.io/estimate": "memory=500Gi"}
	node := s.nodes.Name(othersNode)
	pods := s.add(on(unread, node), on(large, node))
	s.t.Log(s.event(pods[0], "TelemetryEstimateRejected", `"lots" is no quantity`).Note)
	s.t.Log(s.event(pods[1], "TelemetryEstimateTooLarge", "memory").Note)
	s.bound(pods...)
}

// laterSamples waits until the metrics API shows each pod of the burst.
func (s *flightStory) laterSamples() {
	landed := s.nodesOf(s.burstPods()...)
	for i, node := range s.burstNodes() {
		want := int64(s.expected(i, landed[node])) << 20
		s.uses(node, want-1<<20, min(want+1<<20, line90<<20))
	}
	s.firing("line", 0)
}

// restarts has a pod that needs all that the emptiest node has left. A leader reads what
// single pods use when it begins, and then every minute.
func (s *flightStory) restarts() {
	s.inMetricsAPI("pods", "app="+s.name+"-burst", 40)
	s.inMetricsAPI("pods", "app="+s.name+"-liars", 3)
	s.Stop()
	s.restart()
	landed := s.nodesOf(s.burstPods()...)
	node, left := "", 0
	for i, name := range s.burstNodes() {
		if room := line90 - s.expected(i, landed[name]); room > left {
			node, left = name, room
		}
	}
	began := time.Now()
	s.bound(s.add(on(s.expects("rest", left-16), node))...)
	s.t.Logf("a pod of %d MiB was bound after %s where %d were left", left-16, since(began), left)
}

// liars request 2 GiB and use 6, of which the node has room for five. The first were
// in the metrics API before the restart, and so in what the leader read of pods since.
func (s *flightStory) liars() {
	s.measures(1)
	s.deployLiars(10)
	s.eventually(func(ctx context.Context) error {
		if bound, waiting, err := s.countLiars(ctx); err != nil || bound+waiting != 10 {
			return fmt.Errorf("of the pods %d are bound and %d wait, %v", bound, waiting, err)
		}
		return nil
	})
	if bound, _, _ := s.countLiars(s.t.Context()); bound != 5 {
		s.t.Errorf("%d pods are bound where 5 have room by what they use", bound)
	}
}

// countLiars returns how many have a node, and how many wait for room by telemetry.
func (s *flightStory) countLiars(ctx context.Context) (bound, waiting int, err error) {
	list, err := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{LabelSelector: "app=" + s.name + "-liars"})
	if err != nil {
		return 0, 0, err
	}
	for i := range list.Items {
		switch pod := &list.Items[i]; {
		case pod.Spec.NodeName != "":
			bound++
		case waitsBecause(pod, wouldBreak):
			waiting++
		}
	}
	return bound, waiting, nil
}
