package integration

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// scaled is a pool of four nodes with a Deployment that others scale, resize and drain while
// a rule moves its pods.
type scaled struct {
	*release
	pool testbed.Nodes
	web  string
	// resume lets ReplicaSets be scaled down again.
	resume func()
	// elders were measured before HPA began.
	elders []string
}

func (s *scaled) in(t *testing.T) *scaled {
	return &scaled{s.release.in(t), s.pool, s.web, s.resume, s.elders}
}

// TestAutoscalersAndRulesDoNotFight has the real HorizontalPodAutoscaler, on what
// metrics-server measures. What KEDA, VPA, Karpenter and spot handlers do is done here by the
// calls that they make.
func TestAutoscalersAndRulesDoNotFight(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "scaled")
	s := &scaled{release: r, pool: r.nodes(4)}
	s.must(s.bed.AddNodes(t.Context(), s.pool))
	s.write("rules", map[string]string{"relieve.yaml": s.relieving()})
	s.start(s.enforcing("Enforce"))
	s.judged("relieve", 4)
	s.web = s.deployment("web")
	s.measures(2)
	for _, pod := range s.pods() {
		s.elders = append(s.elders, pod.Name)
	}
	s.resume = s.onlyAfter()
	s.autoscale()
	tell(t, s,
		chapter[*scaled]{"HPA adds replicas and none of them comes to the node on which the rule fires", (*scaled).scalesUp},
		chapter[*scaled]{"a pod is moved and HPA leaves the number of replicas alone", (*scaled).movesOne},
		chapter[*scaled]{"while VPA resizes a pod it stays", (*scaled).resizes},
		chapter[*scaled]{"a pod that Karpenter must not disrupt stays", (*scaled).mustNotDisrupt},
		chapter[*scaled]{"while HPA scales down nothing is moved", (*scaled).scalesDown},
		chapter[*scaled]{"what is left is moved then", (*scaled).goesOn},
		chapter[*scaled]{"KEDA scales to zero and back, and the new replicas obey the rule", (*scaled).scalesToZero},
		chapter[*scaled]{"Karpenter removes a node, and nobody else moves pods off it", (*scaled).disrupts},
		chapter[*scaled]{"a spot instance is reclaimed, and nobody else moves pods off it", (*scaled).reclaims},
	)
}

func (s *scaled) scalesUp() {
	hot := s.with(func(pods []string) bool { return len(pods) == 0 })
	s.heat(hot)
	s.firing("relieve", 1)
	s.target("6Gi")
	s.wants(4)
	if with := nodesWith(s.runOf(s.web, 4)); with[hot] != 0 {
		s.t.Errorf("the replicas are on %v, and the rule fires on %s", with, hot)
	}
	s.wantEvictions(0)
	s.cool(hot)
}

func (s *scaled) movesOne() {
	hot := s.with(func(pods []string) bool { return len(pods) == 1 && s.hasElder(pods) })
	s.heat(hot)
	s.t.Log(s.event(s.web, "TelemetryEvicted", "leaves node "+hot).Note)
	s.ended("Relieved", 1)
	s.runOf(s.web, 4)
	s.wants(4)
	s.wantEvictions(1)
	s.cool(hot)
}

func (s *scaled) scalesDown() {
	hot := s.with(func(pods []string) bool { return len(pods) == 1 })
	s.target("20Gi")
	s.wants(2)
	s.heat(hot)
	s.t.Log(s.event(hot, "TelemetryEvictionHeld", "would help, and stays: its owner is being scaled down").Note)
	s.wantEvictions(1)
}

// goesOn has the ReplicaSet delete pods of other nodes.
func (s *scaled) goesOn() {
	const cost = "controller.kubernetes.io/pod-deletion-cost"
	hot := s.with(func(pods []string) bool { return len(pods) == 1 })
	stays := s.on(hot)[0]
	s.annotate(stays, cost, "99")
	s.resume()
	s.annotate(stays, cost, "100") // which has the controller look again
	s.ended("Relieved", 2)
	s.runOf(s.web, 2)
	s.wants(2)
	s.wantEvictions(2)
	s.cool(hot)
}

func (s *scaled) scalesToZero() {
	hot := s.busy()
	s.scale(0)
	s.runOf(s.web, 0)
	s.heat(hot)
	s.firing("relieve", 1)
	s.scale(2)
	if with := nodesWith(s.runOf(s.web, 2)); with[hot] != 0 {
		s.t.Errorf("the replicas are on %v, and the rule fires on %s", with, hot)
	}
	s.wantEvictions(2)
	s.cool(hot)
}

// resizes has the API server resize the pods of a node, as VPA asks it to.
func (s *scaled) resizes() {
	hot := s.with(s.hasElder)
	pods := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault)
	for _, name := range s.on(hot) {
		pod := s.kubeletSays(name, corev1.ConditionTrue)
		pod.Spec.Containers[0].Resources.Requests[corev1.ResourceMemory] = resource.MustParse("9Gi")
		_, err := pods.UpdateResize(s.t.Context(), name, pod, metav1.UpdateOptions{})
		s.must(err)
	}
	s.heat(hot)
	s.t.Log(s.event(hot, "TelemetryEvictionHeld", "would help, and stays: it is being resized").Note)
	s.wantEvictions(1)
	s.cool(hot)
	for _, name := range s.on(hot) {
		s.kubeletSays(name, corev1.ConditionFalse)
	}
}

func (s *scaled) disrupts() {
	gone := s.busy()
	s.taint(gone, "karpenter.sh/disrupted")
	s.heat(gone)
	s.withheld("Draining")
	s.drain(gone)
	s.must(s.bed.Client.CoreV1().Nodes().Delete(s.t.Context(), gone, metav1.DeleteOptions{}))
	s.metric(3, "telemetry_scheduler_rule_nodes", "rule", "relieve")
	s.firing("relieve", 0)
	s.wantEvictions(2)
}

func (s *scaled) mustNotDisrupt() {
	const annotation = "karpenter.sh/do-not-disrupt"
	hot := s.with(s.hasElder)
	for _, name := range s.on(hot) {
		s.annotate(name, annotation, "true")
	}
	s.heat(hot)
	s.t.Log(s.event(hot, "TelemetryEvictionHeld", "would help, and stays: it is annotated not to be disrupted").Note)
	s.wantEvictions(1)
	s.cool(hot)
	for _, name := range s.on(hot) {
		s.annotate(name, annotation, "false")
	}
}

func (s *scaled) reclaims() {
	gone := s.busy()
	s.taint(gone, "aws-node-termination-handler/spot-itn")
	s.heat(gone)
	s.withheld("Draining")
	s.patchNode(gone, map[string]any{"spec": map[string]any{"unschedulable": true}})
	s.withheld("Cordoned")
	s.drain(gone)
	s.wantEvictions(2)
}

var _ teller[*scaled] = (*scaled)(nil)
