package integration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// moves is a pool of four nodes, two of which have a pod each of one Deployment.
type moves struct {
	*release
	nodes testbed.Nodes
	web   string
	*progress
}

// progress is what a chapter leaves to the next.
type progress struct {
	// hot is the node of which pods are moved, planned what a plan says of that, and stayed
	// the node of the pod that did not move first.
	hot, planned, stayed string
	// running is the scheduler since it was started last, and traces are where it sends those.
	running *testbed.RunningScheduler
	traces  *testbed.Collector
	// seen is what Prometheus reads of it.
	seen *watcher
}

func (m *moves) in(t *testing.T) *moves {
	part := &moves{m.release.in(t), m.nodes, m.web, m.progress}
	part.RunningScheduler = m.running
	return part
}

func TestPodsAreMovedOnceAndOnlyToProvenHomes(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "moves")
	traces, err := testbed.StartCollector()
	r.must(err)
	t.Cleanup(traces.Stop)
	m := &moves{release: r, nodes: r.nodes(4), progress: &progress{traces: traces}}
	m.must(m.bed.AddNodes(t.Context(), m.nodes))
	m.keepJobsRunning()
	m.write("rules", map[string]string{"relieve.yaml": m.relieving()})
	m.start(m.enforcing("DryRun"))
	m.running = m.RunningScheduler
	m.judged("relieve", 4)
	m.startJob()
	m.firing("relieve", 1)
	m.web = m.deployment("web")
	m.measures(2)
	tell(t, m,
		chapter[*moves]{"a dry run says what it would move and calls nobody", (*moves).dryRun},
		chapter[*moves]{"one pod moves to the proven home and the node cools and nothing else moves", (*moves).podMoves},
		chapter[*moves]{"a pod of a running Job stays", (*moves).jobStays},
		chapter[*moves]{"where every other node is hot too nothing moves", (*moves).nowhereToGo},
		chapter[*moves]{"the stop button holds what is planned", (*moves).stopped},
		chapter[*moves]{"a budget of 0 holds it without a call and two budgets too", (*moves).budgets},
		chapter[*moves]{"without them one pod moves again", (*moves).movesAgain},
		chapter[*moves]{"every panel of the dashboard has data", (*moves).dashboard},
		chapter[*moves]{"every alert asks for series that there are", func(m *moves) { m.watcher().alertsAskForWhatThereIs() }},
		chapter[*moves]{"Prometheus evaluates them, and none tells of a fault", func(m *moves) { m.watcher().noAlertOfFaults() }},
	)
}

// others are the nodes of the pool without one.
func (m *moves) others(than string) (names []string) {
	for i := range m.nodes.Count {
		if name := m.nodes.Name(i); name != than {
			names = append(names, name)
		}
	}
	return names
}

// held waits until an Event about the hot node says why nothing moves, and returns what is
// planned.
func (m *moves) held(why string) (planned string) {
	m.t.Helper()
	note := m.event(m.hot, "TelemetryEvictionHeld", why).Note
	m.t.Log(note)
	_, planned, _ = strings.Cut(note, "; planned: ")
	return planned
}

func (m *moves) dryRun() {
	m.hot = m.replicasRun(m.web)[0].Spec.NodeName
	m.heat(m.hot)
	if m.planned = m.held("nothing is moved: this is a dry run; planned: "); m.planned == "" {
		m.t.Error("the dry run has no plan")
	}
	m.wantEvictions(0)
}

// podMoves has the operator allow what the dry run has shown.
func (m *moves) podMoves() {
	before := m.replicasRun(m.web)
	m.Stop()
	m.start(m.enforcing("Enforce"), replacement{"eviction:", "tracing: {endpoint: '" + m.traces.Endpoint + "', samplingRatePerMillion: 1000000}\n      eviction:"})
	m.running = m.RunningScheduler
	m.seen = m.watched(m.nodes)
	note := m.event(m.hot, "TelemetryEvicted", "evicted ").Note
	if !strings.HasSuffix(note, "evicted "+m.planned) {
		m.t.Errorf("the dry run planned %q, and what was done is: %s", m.planned, note)
	}
	m.t.Log(m.event(m.web, "TelemetryEvicted", "for rule relieve: memory is 92").Note)
	m.arrived(before, homeIn(note))
	m.traced(homeIn(note))
}

// traced waits until the collector has the move, from the plan to how it went, and the
// evaluations beside it.
func (m *moves) traced(home string) {
	m.t.Helper()
	m.eventually(func(context.Context) error {
		ends := m.traces.Spans("verify")
		if len(ends) != 1 {
			return fmt.Errorf("the collector has %d spans of how a move went", len(ends))
		}
		made := m.traces.Spans("move")
		if len(made) != 1 || made[0].ID != ends[0].Parent || ends[0].Attributes["telemetry_scheduler.outcome"] != "Relieved" || made[0].Attributes["telemetry_scheduler.home"] != home {
			return fmt.Errorf("of a move to %s the collector has %+v and %+v", home, made, ends)
		}
		for _, name := range []string{"collect", "tick", "evaluate", "publish", "evict", "plan", "prove", "record", "gate", "act"} {
			if len(m.traces.Spans(name)) == 0 {
				return fmt.Errorf("the collector has no span %s", name)
			}
		}
		return nil
	})
}

// arrived waits until one pod has moved to a home, and makes sure that nothing else did.
func (m *moves) arrived(before []corev1.Pod, home string) {
	m.t.Helper()
	m.ended("Relieved", 1)
	m.event(m.hot, "TelemetryRuleInactive", "relieve")
	m.t.Log(m.event(m.hot, "TelemetryEvictionEnded", "and the node has less").Note)
	m.readAgain()
	m.stayed = ""
	for _, pod := range m.replicasRun(m.web) {
		was := slices.ContainsFunc(before, func(b corev1.Pod) bool { return b.UID == pod.UID })
		switch {
		case was:
			m.stayed = pod.Spec.NodeName
		case pod.Spec.NodeName != home:
			m.t.Errorf("pod %s came to node %s, and the home was %q", pod.Name, pod.Spec.NodeName, home)
		}
	}
	if m.stayed == "" {
		m.t.Error("both pods moved")
	}
	m.wantEvictions(1)
}

// keepJobsRunning has the API server refuse that the pods of our Job complete, which KWOK
// has them do at once.
func (m *moves) keepJobsRunning() {
	m.refuse("complete-"+m.name, "UPDATE", "pods/status",
		fmt.Sprintf("!(request.name.startsWith('%s-job') && object.status.phase == 'Succeeded')", m.name))
	probe := m.add(testbed.Pod{Name: m.name + "-job-probe", Scheduler: "nobody"})[0]
	pods := m.bed.Client.CoreV1().Pods(metav1.NamespaceDefault)
	m.eventually(func(ctx context.Context) error {
		_, err := pods.Patch(ctx, probe, types.StrategicMergePatchType, []byte(`{"status": {"phase": "Succeeded"}}`), metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}, "status")
		if err == nil {
			return errors.New("pods of our Job may complete")
		}
		return nil
	})
	m.must(pods.Delete(m.t.Context(), probe, metav1.DeleteOptions{}))
}

// jobNode is the node that the pod of a Job makes hot.
func (m *moves) jobNode() string { return m.nodes.Name(3) }

func (m *moves) startJob() {
	name := m.name + "-job"
	template := m.replicaOf(name)
	template.Annotations["kwok.x-k8s.io/usage-memory"] = "58Gi"
	template.Spec.RestartPolicy, template.Spec.NodeSelector = corev1.RestartPolicyNever, map[string]string{corev1.LabelHostname: m.jobNode()}
	_, err := m.bed.Client.BatchV1().Jobs(metav1.NamespaceDefault).Create(m.t.Context(),
		&batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: batchv1.JobSpec{Template: template}}, metav1.CreateOptions{})
	m.must(err)
}

func (m *moves) jobStays() {
	m.t.Log(m.event(m.jobNode(), "TelemetryEvictionHeld", "would help, and stays: it runs to completion").Note)
	m.wantEvictions(1)
	m.must(m.bed.Client.BatchV1().Jobs(metav1.NamespaceDefault).Delete(m.t.Context(), m.name+"-job",
		metav1.DeleteOptions{PropagationPolicy: new(metav1.DeletePropagationBackground)}))
	m.firing("relieve", 0)
}

// nowhereToGo brings the other nodes to 88 %: no rule fires there, and none is clear.
func (m *moves) nowhereToGo() {
	m.hot = m.stayed
	for _, node := range m.others(m.hot) {
		m.bringTo(node, 56)
	}
	m.heat(m.hot)
	m.held("no other node could take the pod under its rules (for pod default/" + m.web)
	m.withheld("NoHome")
	m.wantEvictions(1)
}

// stopped has the others cool while the button is pressed.
func (m *moves) stopped() {
	began := time.Now()
	kubectl(m.t, m.bed, command{line: "kubectl create configmap telemetry-scheduler-pause --from-literal=evict=true -n " + m.name}, "")
	m.metric(1, "telemetry_scheduler_paused", "what", "evict")
	m.t.Logf("the stop button was in force after %s", since(began))
	for _, node := range m.others(m.hot) {
		m.use("1Gi", node)
	}
	if m.held("evictions are paused by the ConfigMap of the stop button; planned: pod ") == "" {
		m.t.Error("nothing is planned")
	}
	m.wantEvictions(1)
}

func (m *moves) budgets() {
	none := m.budget("none", policyv1.PodDisruptionBudgetSpec{MaxUnavailable: new(intstr.FromInt32(0))})
	m.eventually(func(ctx context.Context) error { return m.counted(ctx, none) })
	kubectl(m.t, m.bed, command{line: "kubectl delete configmap telemetry-scheduler-pause -n " + m.name}, "")
	m.held("a PodDisruptionBudget allows no disruption now")
	second := m.budget("second", policyv1.PodDisruptionBudgetSpec{MaxUnavailable: new(intstr.FromInt32(1))})
	m.held("would help, and stays: more than one PodDisruptionBudget covers the pod")
	m.wantEvictions(1)
	for _, name := range []string{none, second} {
		m.must(m.bed.Client.PolicyV1().PodDisruptionBudgets(metav1.NamespaceDefault).Delete(m.t.Context(), name, metav1.DeleteOptions{}))
	}
}

// budget makes a PodDisruptionBudget of the Deployment.
func (m *moves) budget(name string, spec policyv1.PodDisruptionBudgetSpec) string {
	m.t.Helper()
	spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"app": m.web}}
	made, err := m.bed.Client.PolicyV1().PodDisruptionBudgets(metav1.NamespaceDefault).Create(m.t.Context(),
		&policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: m.name + "-" + name}, Spec: spec}, metav1.CreateOptions{})
	m.must(err)
	return made.Name
}

// counted returns nil once the controller has looked at a budget.
func (m *moves) counted(ctx context.Context, budget string) error {
	b, err := m.bed.Client.PolicyV1().PodDisruptionBudgets(metav1.NamespaceDefault).Get(ctx, budget, metav1.GetOptions{})
	if err == nil && b.Status.ObservedGeneration == 0 {
		err = fmt.Errorf("nobody has looked at %s", budget)
	}
	return err
}

func (m *moves) movesAgain() {
	m.ended("Relieved", 2)
	m.firing("relieve", 0)
	m.readAgain()
	m.replicasRun(m.web)
	m.wantEvictions(2)
}

// watcher is what reads the scheduler, for a part of the test.
func (m *moves) watcher() *watcher { return &watcher{m.release, m.seen.api, m.seen.since} }

// dashboard has a pod wait for a hot node meanwhile.
func (m *moves) dashboard() {
	hot := m.nodes.Name(3)
	m.heat(hot)
	m.firing("relieve", 1)
	m.add(on(m.pod("kept-off"), hot))
	m.metric(1, "telemetry_scheduler_waiting_pods")
	m.watcher().panelsHaveData()
}
