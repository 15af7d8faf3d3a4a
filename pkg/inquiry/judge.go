package inquiry

import (
	"fmt"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Complaint is what is wrong with a pod's estimate, for people: the reason of an Event
// and its text. About tells it from others: of the same a pod is told once.
type Complaint struct{ Reason, Detail, About string }

// Rejected is about an annotation that is not used.
func Rejected(mistake string) Complaint {
	return Complaint{inflight.ReasonRejected, mistake, mistake}
}

// Judge says what pods are judged by. Every field is required.
type Judge struct {
	InFlight *inflight.Ledger
	// Requests returns what a pod requests, as for the Ledger.
	Requests func(*v1.Pod) inflight.Units
	// Node returns a node of the cluster by its name; nil for one that there is not.
	Node func(name string) *v1.Node
}

// Judge returns what a pod is judged by: its estimate, which comes first, or for each
// resource of which no node could ever give so much, what it requests. A pod that would
// wait for ever because of a guess is of no use to anybody. So view shows the rules that
// it waits for: those that give way are not among them.
func (j *Judge) Judge(pod *v1.Pod, view *engine.View) (e inflight.Estimate, out inflight.Units, complaints []Complaint) {
	e = j.InFlight.Estimate(pod)
	out = e.Units
	if e.Mistake != "" {
		complaints = append(complaints, Rejected(e.Mistake))
	}
	excess := j.excess(pod, &e, view)
	if excess.CPU {
		out.MilliCPU = j.Requests(pod).MilliCPU
		complaints = append(complaints, tooLarge("cpu", e.CPU, inflight.CPUQuantity(e.MilliCPU), inflight.CPUQuantity(out.MilliCPU)))
	}
	if excess.Memory {
		out.Bytes = j.Requests(pod).Bytes
		complaints = append(complaints, tooLarge("memory", e.Memory, inflight.MemoryQuantity(e.Bytes), inflight.MemoryQuantity(out.Bytes)))
	}
	return e, out, complaints
}

// tooLarge explains why an estimate is set aside. It has no numbers of nodes, which
// change. What siblings use changes too: that it is too much is told once.
func tooLarge(name string, from inflight.Origin, estimate, request *resource.Quantity) Complaint {
	detail := fmt.Sprintf("the %s estimate of %s from %s is more than any node may have in use under the rules that govern the pod; it is judged by its request of %s",
		name, estimate, words[from], request)
	if from == inflight.FromSiblings {
		return Complaint{inflight.ReasonTooLarge, detail, name}
	}
	return Complaint{inflight.ReasonTooLarge, detail, detail}
}

var words = map[inflight.Origin]string{
	inflight.FromAnnotation: "the pod's annotation",
	inflight.FromSiblings:   "its siblings' measured use",
}
