package main

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// look draws the table until ctx ends.
func (s *stage) look(ctx context.Context) {
	ticker := time.NewTicker(500 * time.Millisecond)
	defer ticker.Stop()
	for {
		s.redraw(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// redraw draws the table as it is now. What cannot be asked stays as it was.
func (s *stage) redraw(ctx context.Context) {
	if rows, err := s.rows(ctx); err == nil {
		s.screen.show(view{rows: rows, line: float64(s.line.Load()), firing: s.firing(ctx)})
	}
}

// rows asks the API server, and metrics-server behind it, about the nodes.
func (s *stage) rows(ctx context.Context) ([]row, error) {
	nodes, err := s.bed.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	used, err := s.usedMemory(ctx)
	if err != nil {
		return nil, err
	}
	pods, err := s.podsOn(ctx)
	if err != nil {
		return nil, err
	}
	var out []row
	for i := range nodes.Items {
		n := &nodes.Items[i]
		out = append(out, row{n.Name, percent(used[n.Name], n.Status.Allocatable[corev1.ResourceMemory]), pods[n.Name]})
	}
	slices.SortFunc(out, func(a, b row) int { return cmp.Compare(a.name, b.name) })
	return out, nil
}

// podsOn counts the pods of the story on each node.
func (s *stage) podsOn(ctx context.Context) (map[string]int, error) {
	pods, err := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for i := range pods.Items {
		count[pods.Items[i].Spec.NodeName]++
	}
	return count, nil
}

func percent(used, of resource.Quantity) float64 {
	return 100 * used.AsApproximateFloat64() / of.AsApproximateFloat64()
}

// usedMemory is what the metrics API says, as for kubectl top.
func (s *stage) usedMemory(ctx context.Context) (map[string]resource.Quantity, error) {
	text, err := s.bed.Client.Discovery().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/nodes").Do(ctx).Raw()
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Usage    struct{ Memory resource.Quantity }
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	out := map[string]resource.Quantity{}
	for _, n := range list.Items {
		out[n.Metadata.Name] = n.Usage.Memory
	}
	return out, nil
}

// firing asks the scheduler on how many nodes each rule fires. Its Events cannot
// say that: of many nodes at once they name only some.
func (s *stage) firing(ctx context.Context) map[string]int {
	m, err := s.scheduler.Metrics(ctx)
	if err != nil {
		return nil
	}
	return firingIn(m)
}

func firingIn(m testbed.Metrics) map[string]int {
	out := map[string]int{}
	for _, rule := range m.Values(ruleNodes, "rule") {
		out[rule] = int(m.Sum(ruleNodes, "rule", rule, "state", "firing"))
	}
	return out
}

// ruleNodes is the scheduler's metric of nodes by rule and state.
const ruleNodes = "telemetry_scheduler_rule_nodes"
