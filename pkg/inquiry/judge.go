package inquiry

import (
	"fmt"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Complaint is what is wrong with a pod's estimate, for people: the reason of an Event
// and its text.
type Complaint struct{ Reason, Detail string }

// Judge says what pods are judged by. Every field is required.
type Judge struct {
	InFlight *inflight.Ledger
	// Requests returns what a pod requests, as for the Ledger.
	Requests func(*v1.Pod) inflight.Units
	// Nodes returns the nodes of the cluster.
	Nodes func() []*v1.Node
}

// Judge returns what a pod is judged by: its estimate, which comes first, or for each
// resource of which no node could ever give so much, what it requests. A pod that would
// wait for ever because of a guess is of no use to anybody.
func (j *Judge) Judge(pod *v1.Pod, view *engine.View) (e inflight.Estimate, out inflight.Units, complaints []Complaint) {
	e = j.InFlight.Estimate(pod)
	out = e.Units
	if e.Mistake != "" {
		complaints = append(complaints, Complaint{inflight.ReasonRejected, e.Mistake})
	}
	estimated, line := e.Amounts(), view.Lowest()
	if estimated.CPU > line.CPU || estimated.Memory > line.Memory {
		line = j.lineFor(pod, view)
	}
	if estimated.CPU > line.CPU && e.CPU != inflight.FromRequests {
		out.MilliCPU = j.Requests(pod).MilliCPU
		complaints = append(complaints, tooLarge("cpu", e.CPU, milliCPU(e.MilliCPU), milliCPU(out.MilliCPU)))
	}
	if estimated.Memory > line.Memory && e.Memory != inflight.FromRequests {
		out.Bytes = j.Requests(pod).Bytes
		complaints = append(complaints, tooLarge("memory", e.Memory, bytesOf(e.Bytes), bytesOf(out.Bytes)))
	}
	return e, out, complaints
}

// lineFor returns the highest line of the nodes that a pod lets itself be sent to; of all
// nodes where it lets itself be sent to none.
func (j *Judge) lineFor(pod *v1.Pod, view *engine.View) engine.Amounts {
	var admitting, all engine.Amounts
	to := NewDestination(klog.Background(), pod)
	for _, node := range j.Nodes() {
		if o := view.Node(node.Name); o != nil && to.Admits(node) {
			admitting = admitting.Most(view.LineAt(o.Slot()))
		}
	}
	if admitting != (engine.Amounts{}) {
		return admitting
	}
	for o := range view.Outlooks() {
		all = all.Most(view.LineAt(o.Slot()))
	}
	return all
}

// tooLarge explains why an estimate is set aside. It has no numbers of nodes, which
// change.
func tooLarge(name string, from inflight.Origin, estimate, request *resource.Quantity) Complaint {
	return Complaint{inflight.ReasonTooLarge, fmt.Sprintf("the %s estimate of %s from %s is more than any node may have in use under the rules that govern the pod; it is judged by its request of %s",
		name, estimate, words[from], request)}
}

func milliCPU(n int64) *resource.Quantity { return resource.NewMilliQuantity(n, resource.DecimalSI) }
func bytesOf(n int64) *resource.Quantity  { return resource.NewQuantity(n, resource.BinarySI) }

var words = map[inflight.Origin]string{
	inflight.FromAnnotation: "the pod's annotation",
	inflight.FromSiblings:   "its siblings' measured use",
}
