package kubelet

import (
	"context"
	"fmt"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var _ telemetry.PodSource = (*Source)(nil)

// podsWantedFor is how long visits go on to read pods after they were last asked for.
const podsWantedFor = 5 * time.Minute

// podMeter is what is known of a pod: some 200 bytes with its name.
type podMeter struct {
	cpu    meter
	memory measured
	// problem says why the newest CPU use is not known.
	problem string
}

// Pods implements telemetry.PodSource with what the newest visits brought, each with
// its own time. It asks nobody. The first one makes visits read pods besides, until
// nobody has asked for five minutes, and is empty.
func (s *Source) Pods(context.Context) (*telemetry.PodReading, error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.podsAsked = now
	r := &telemetry.PodReading{Use: make(map[telemetry.PodKey]telemetry.PodUse, s.podCount()), Problems: map[telemetry.PodKey]string{}}
	for node, k := range s.kubelets {
		for key, m := range k.pods {
			m.addTo(r, key, node, now, s.visitor.opts.MaxWindow)
		}
	}
	return r, nil
}

// podCount and wantPods are to be called with the lock.
func (s *Source) podCount() (n int) {
	for _, k := range s.kubelets {
		n += len(k.pods)
	}
	return n
}

func (s *Source) wantPods(now time.Time) bool {
	return !s.podsAsked.IsZero() && now.Sub(s.podsAsked) < podsWantedFor
}

// takePods keeps what a visit brought, which is all pods that the node has now.
func (k *kubelet) takePods(pods map[telemetry.PodKey]*said, maxWindow time.Duration) {
	known := k.pods
	if k.pods = nil; pods == nil { // nobody wants to know
		return
	}
	k.pods = make(map[telemetry.PodKey]*podMeter, len(pods))
	for key, now := range pods {
		m := known[key]
		if m == nil {
			m = &podMeter{}
		}
		m.take(now, maxWindow)
		k.pods[key] = m
	}
}

func (m *podMeter) take(now *said, maxWindow time.Duration) {
	m.memory = now.memory.orNone(podMemoryFamily)
	_, m.problem = m.cpu.measure(now.cpu.orNone(podCPUFamily), maxWindow)
}

// orNone says so where nothing was said.
func (m measured) orNone(family string) measured {
	if m == (measured{}) {
		return measured{problem: "the kubelet's answer has no " + family + " of the pod"}
	}
	return m
}

// addTo adds the pod to a reading, unless what is known is too old. Where two nodes
// speak of one pod the newer counts: pods of a StatefulSet move.
func (m *podMeter) addTo(r *telemetry.PodReading, key telemetry.PodKey, node string, now time.Time, maxAge time.Duration) {
	use, problem := m.use(node)
	if problem == "" {
		problem = use.Refuse(now)
	}
	if problem == "" && now.Sub(use.Time) > maxAge {
		problem = fmt.Sprintf("the kubelet was last heard of the pod %v ago", now.Sub(use.Time).Round(time.Second))
	}
	before, found := r.Use[key]
	switch {
	case problem == "" && (!found || use.Time.After(before.Time)):
		r.Use[key] = use
		delete(r.Problems, key)
	case problem != "" && !found:
		r.Problems[key] = problem
	}
}

// use returns the newest use, or why there is none.
func (m *podMeter) use(node string) (telemetry.PodUse, string) {
	for _, problem := range []string{m.problem, m.memory.problem} {
		if problem != "" {
			return telemetry.PodUse{}, problem
		}
	}
	use := telemetry.PodUseOf(m.cpu.sample, telemetry.Sample{Value: m.memory.value, Time: m.memory.at})
	use.Node = node
	return use, ""
}
