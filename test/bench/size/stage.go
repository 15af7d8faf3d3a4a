package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/plausible"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/turn"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// stage is a cluster and what runs on it.
type stage struct {
	*options
	bed        *testbed.Bed
	prometheus *testbed.RunningPrometheus
	scheduler  *testbed.RunningScheduler
}

// fill makes nodes and pods. Who would take nodes for dead that nobody runs is stopped first.
func (s *stage) fill(ctx context.Context) error {
	s.bed.Kwok.Kill()
	s.bed.ControllerManager.Kill()
	if err := s.bed.Install(ctx); err != nil {
		return err
	}
	turn.Say("%d nodes", s.nodes)
	if err := turn.Each(s.nodes, func(i int) error { return s.join(ctx, plausible.Node(i)) }); err != nil {
		return err
	}
	turn.Say("%d pods", s.pods)
	return turn.Each(s.pods, func(i int) error { return s.run(ctx, plausible.Pod(i, plausible.NodeName(i%s.nodes))) })
}

// join makes a node. The API server taints each as not ready, until somebody says that it is.
func (s *stage) join(ctx context.Context, n *corev1.Node) error {
	nodes := s.bed.Client.CoreV1().Nodes()
	n, err := nodes.Create(ctx, n, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	n.Spec.Taints = nil
	_, err = nodes.Update(ctx, n, metav1.UpdateOptions{})
	return err
}

// run makes a pod that runs already.
func (s *stage) run(ctx context.Context, p *corev1.Pod) error {
	pods, status := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault), p.Status
	p, err := pods.Create(ctx, p, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	now := metav1.Now()
	status.StartTime, p.Status = &now, status
	for i := range p.Status.ContainerStatuses {
		p.Status.ContainerStatuses[i].State.Running.StartedAt = now
	}
	_, err = pods.UpdateStatus(ctx, p, metav1.UpdateOptions{})
	return err
}

// watch starts a Prometheus that scrapes what nodes and pods use.
func (s *stage) watch(ctx context.Context) (err error) {
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(s.page(time.Now())) }))
	target := testbed.Target{Address: strings.TrimPrefix(exporter.URL, "http://")}
	s.prometheus, err = s.bed.StartPrometheus(ctx, testbed.Prometheus{Interval: "15s", Scrapes: []string{testbed.Scrape("nodes", target)}})
	return err
}

// schedule starts the scheduler, lets it place pods, and measures it once its rules have fired
// and all pods were measured.
func (s *stage) schedule(ctx context.Context) error {
	if err := s.bed.AddRules(ctx, "rules", map[string]string{"rules.yaml": s.text()}); err != nil {
		return err
	}
	config, err := s.config(ctx)
	if err != nil {
		return err
	}
	if s.scheduler, err = s.bed.StartScheduler(ctx, testbed.Scheduler{Config: config}); err != nil {
		return err
	}
	turn.Say("%d pods to be placed", s.arrive)
	err = turn.Each(s.arrive, func(i int) error {
		p := plausible.Pod(s.pods+i, "")
		p.Spec.SchedulerName = testbed.SchedulerName
		_, err := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).Create(ctx, p, metav1.CreateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	for _, w := range []wanted{
		{s.nodes, "telemetry_scheduler_rule_nodes", []string{"rule", "marked", "state", "firing"}},
		{s.pods, "telemetry_scheduler_measured_pods", nil},
		{s.arrive, "scheduler_schedule_attempts_total", []string{"result", "scheduled"}},
	} {
		if err := s.await(ctx, s.scheduler, w); err != nil {
			return err
		}
	}
	time.Sleep(s.hold)
	return s.print("scheduler, the leader", s.scheduler.Process)
}

// enough marks stand for what is measured then: all nodes are known, and what a mark adds to one
// is little. Five nodes are written in a second.
const enough = 1000

// mark starts what marks nodes, and measures it while it marks them.
func (s *stage) mark(ctx context.Context) error {
	if !s.marks {
		return nil
	}
	running, err := s.bed.StartMarks(ctx, "marks", s.bed.Kubeconfig)
	if err != nil {
		return err
	}
	if err := s.await(ctx, running, wanted{min(3*s.nodes, enough), "telemetry_scheduler_node_marks", nil}); err != nil {
		return err
	}
	time.Sleep(s.hold)
	if err := s.print("what marks nodes, the leader", running.Process); err != nil {
		return err
	}
	return s.print("scheduler, with nodes that are marked", s.scheduler.Process)
}

// wanted is a sum of series that is to be reached.
type wanted struct {
	value  int
	metric string
	labels []string
}

// await waits for it, and says how far it is.
func (s *stage) await(ctx context.Context, of *testbed.RunningScheduler, w wanted) error {
	turn.Say("waiting for %s %v of %d", w.metric, w.labels, w.value)
	return testbed.Within(ctx, s.settle, func(ctx context.Context) error {
		families, err := of.Metrics(ctx)
		if err != nil {
			return err
		}
		if got := families.Sum(w.metric, w.labels...); got < float64(w.value) {
			return fmt.Errorf("%s %v is %v, and not %d", w.metric, w.labels, got, w.value)
		}
		return nil
	})
}
