package kubelet

import (
	"fmt"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// take keeps the outcome of a visit.
func (k *kubelet) take(got answer, err error, maxWindow time.Duration) {
	k.underWay = false
	if err != nil {
		k.missed = err.Error()
		return
	}
	k.missed = ""
	k.fresh = &news{samples: map[string]telemetry.Sample{}, problems: map[string]string{}}
	sample, problem := k.cpu.measure(got.node.cpu, maxWindow)
	k.fresh.put(telemetry.UsedCPU, sample, problem)
	memory := got.node.memory
	k.fresh.put(telemetry.UsedMemory, telemetry.Sample{Value: memory.value, Time: memory.at}, memory.problem)
	k.takePods(got.pods, maxWindow)
}

// measure takes the next value in, which may be missing.
func (m *meter) measure(cpu measured, maxWindow time.Duration) (telemetry.Sample, string) {
	if cpu.problem != "" {
		return telemetry.Sample{}, cpu.problem
	}
	return m.read(counter{cpu.value, cpu.at}, maxWindow)
}

func (n *news) put(metric string, sample telemetry.Sample, problem string) {
	if problem != "" {
		n.problems[metric] = problem
		return
	}
	n.samples[metric] = sample
}

// reading hands out what is fresh. What a visit of an earlier reading brought is
// among it, beside the word that the newest visit has brought nothing.
func (s *Source) reading(nodes []telemetry.Node) (*telemetry.Reading, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &telemetry.Reading{
		Samples:  make(map[telemetry.Key]telemetry.Sample, 2*len(nodes)),
		Problems: map[telemetry.Key]string{},
		Missed:   map[string]string{},
	}
	for name, k := range s.kubelets {
		k.addTo(r, name)
	}
	if len(r.Samples)+len(r.Problems) == 0 && len(r.Missed) > 0 {
		first := nodes[0].Name
		return nil, fmt.Errorf("none of the kubelets of %d nodes could be read; of the node %s: %s", len(nodes), first, r.Missed[first])
	}
	return r, nil
}

func (k *kubelet) addTo(r *telemetry.Reading, node string) {
	switch {
	case k.underWay:
		r.Missed[node] = fmt.Sprintf("the kubelet has not answered for %v", time.Since(k.visited).Round(100*time.Millisecond))
	case k.missed != "":
		r.Missed[node] = k.missed
	case k.fresh == nil:
		r.Missed[node] = "the kubelet was not asked: those of other nodes took all the time"
	}
	if k.fresh != nil {
		k.fresh.addTo(r, node)
		k.fresh = nil
	}
}

func (n *news) addTo(r *telemetry.Reading, node string) {
	for metric, sample := range n.samples {
		r.Samples[telemetry.Key{Metric: metric, Node: node}] = sample
	}
	for metric, problem := range n.problems {
		r.Problems[telemetry.Key{Metric: metric, Node: node}] = problem
	}
}
