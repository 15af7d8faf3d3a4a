package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// row is one node as the table shows it.
type row struct {
	name         string
	memory, pods int // percent of allocatable, and how many
	blocked      bool
}

// look draws the table until ctx ends.
func (s *stage) look(ctx context.Context) {
	ticker := time.NewTicker(500 * time.Millisecond)
	defer ticker.Stop()
	for {
		if rows, err := s.rows(ctx); err == nil {
			s.screen.show(table(rows))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// table shows the nodes in two columns.
func table(rows []row) []string {
	out := []string{"", "  node      memory                    pods            node      memory                    pods"}
	half := (len(rows) + 1) / 2
	for i := range half {
		line := "  " + rows[i].String()
		if i+half < len(rows) {
			line += "    " + rows[i+half].String()
		}
		out = append(out, line)
	}
	return append(out, "")
}

func (r row) String() string {
	const width = 16
	full := min(width, r.memory*width/100)
	state := "       "
	if r.blocked {
		state = "blocked"
	}
	return fmt.Sprintf("%s   %s%s %3d %%  %3d  %s", r.name, strings.Repeat("█", full), strings.Repeat("·", width-full), r.memory, r.pods, state)
}

// rows asks the API server for everything that the table shows.
func (s *stage) rows(ctx context.Context) ([]row, error) {
	nodes, err := s.bed.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	used, err := s.usedMemory(ctx)
	if err != nil {
		return nil, err
	}
	pods, err := s.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	fires, err := s.firing(ctx)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for i := range pods.Items {
		count[pods.Items[i].Spec.NodeName]++
	}
	var out []row
	for i := range nodes.Items {
		n := &nodes.Items[i]
		out = append(out, row{n.Name, percent(used[n.Name], n.Status.Allocatable[corev1.ResourceMemory]), count[n.Name], fires[n.Name]})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].name < out[j].name })
	return out, nil
}

func percent(used, of resource.Quantity) int {
	return int(100 * used.AsApproximateFloat64() / of.AsApproximateFloat64())
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

// firing says for which nodes the newest Event is that a rule fires.
func (s *stage) firing(ctx context.Context) (map[string]bool, error) {
	list, err := s.bed.Client.EventsV1().Events(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{FieldSelector: "regarding.kind=Node"})
	if err != nil {
		return nil, err
	}
	newest := map[string]time.Time{}
	fires := map[string]bool{}
	for i := range list.Items {
		e := &list.Items[i]
		if !strings.HasPrefix(e.Reason, "TelemetryRule") || lastSeen(e).Before(newest[e.Regarding.Name]) {
			continue
		}
		newest[e.Regarding.Name], fires[e.Regarding.Name] = lastSeen(e), e.Reason == "TelemetryRuleFiring"
	}
	return fires, nil
}

// lastSeen is when an Event last happened.
func lastSeen(e *eventsv1.Event) time.Time {
	if e.Series != nil {
		return e.Series.LastObservedTime.Time
	}
	return e.EventTime.Time
}
