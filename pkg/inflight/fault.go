package inflight

import (
	"fmt"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Reasons of Events about estimates.
const (
	// ReasonRejected is that of an annotation that cannot be read.
	ReasonRejected = "TelemetryEstimateRejected"
	// ReasonTooLarge is that of an estimate that is set aside.
	ReasonTooLarge = "TelemetryEstimateTooLarge"
)

// Fault is what is wrong with the annotated estimate of a pod that came to its node
// past whoever would have said so, for people.
type Fault struct {
	Pod          *v1.Pod
	Reason, Text string
}

// Faults returns some of the faults of pods in flight, and of pods that use much more than
// they say, that were not returned before, most at once.
func (l *Ledger) Faults(most int) (out []Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for uid, fault := range l.faults {
		if len(out) == most {
			break
		}
		out = append(out, fault)
		delete(l.faults, uid)
	}
	n := max(0, min(most-len(out), len(l.low)))
	out, l.low = append(out, l.low[:n]...), l.low[n:]
	return out
}

// annotation is the annotated estimate of a pod; its zero value is that of none.
type annotation struct {
	text  string
	there bool
}

func annotationOf(pod *v1.Pod) annotation {
	text, there := pod.Annotations[rules.AnnotationEstimate]
	return annotation{text, there}
}

// blame notes what is wrong with a pod's annotation that the API server shows, once for
// each text of it. Who was reserved was judged, and told, before.
func (l *Ledger) blame(e *entry) {
	now := annotationOf(e.pod)
	if e.judged == now {
		return
	}
	e.judged = now
	delete(l.faults, e.pod.UID)
	if fault := l.faultOf(e); fault.Reason != "" {
		l.faults[e.pod.UID] = fault
	}
}

// faultOf returns the fault of an entry's pod; its zero value where there is none. It is
// one for all resources: of two Events of a pod and a reason the second one's text is lost.
func (l *Ledger) faultOf(e *entry) Fault {
	estimate := l.estimate(e.pod)
	if estimate.Mistake != "" {
		return Fault{e.pod, ReasonRejected, estimate.Mistake}
	}
	if large := tooLarge(&estimate, l.opts.Allocatable(e.node)); len(large) > 0 {
		return Fault{e.pod, ReasonTooLarge, fmt.Sprintf("%s that node %s has for pods; the pod counts with no more than it requests",
			strings.Join(large, ", and "), e.node)}
	}
	return Fault{}
}

// tooLarge says which amounts of an annotation are more than all that a node has.
func tooLarge(e *Estimate, most Units) (out []string) {
	note := func(name string, from Origin, amount, most int64, show func(int64) *resource.Quantity) {
		if from == FromAnnotation && most > 0 && amount > most {
			out = append(out, fmt.Sprintf("the %s estimate of %s from the pod's annotation is more than the %s", name, show(amount), show(most)))
		}
	}
	note("cpu", e.CPU, e.MilliCPU, most.MilliCPU, CPUQuantity)
	note("memory", e.Memory, e.Bytes, most.Bytes, MemoryQuantity)
	return out
}
