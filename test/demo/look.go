package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/common/model"
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

// redraw draws the table as it is now. What cannot be asked stays as it was, and so
// does everything once ctx ends: then nobody was asked.
func (s *stage) redraw(ctx context.Context) {
	rows, err := s.rows(ctx)
	firing := s.firing(ctx)
	if err == nil && ctx.Err() == nil {
		s.screen.show(view{rows: rows, source: s.sourceName(), line: float64(s.line.Load()), firing: firing})
	}
}

// rows asks the API server about the nodes, and what the scheduler reads too about
// their memory.
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

// sourceName names what the scheduler reads, and the bars show.
func (s *stage) sourceName() string {
	if s.prom != nil {
		return "Prometheus"
	}
	return "metrics-server"
}

// usedMemory asks the source of the scheduler's readings.
func (s *stage) usedMemory(ctx context.Context) (map[string]resource.Quantity, error) {
	if s.prom != nil {
		return scraped(ctx, s.prom.URL)
	}
	return s.metered(ctx)
}

// memorySeries is what the kubelets say of their nodes' memory.
const memorySeries = "node_memory_working_set_bytes"

// scraped is what a Prometheus at a URL says.
func scraped(ctx context.Context, url string) (map[string]resource.Quantity, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/v1/query?query="+memorySeries, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	var said struct {
		Data struct{ Result model.Vector }
	}
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
		return nil, err
	}
	out := map[string]resource.Quantity{}
	for _, series := range said.Data.Result {
		out[string(series.Metric["node"])] = *resource.NewQuantity(int64(series.Value), resource.BinarySI)
	}
	return out, nil
}

// metered is what the metrics API says, as for kubectl top.
func (s *stage) metered(ctx context.Context) (map[string]resource.Quantity, error) {
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
