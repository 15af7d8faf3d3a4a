package telemetry

import (
	"fmt"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
)

// mostTold bounds how many Events are remembered so as not to be sent again.
const mostTold = 2000

// told is one Event that a pod had.
type told struct {
	pod types.UID
	complaint
}

// complain sends Events about a pod, each once.
func (p *Plugin) complain(pod *v1.Pod, complaints []complaint) {
	for _, c := range complaints {
		if _, known := p.shared.told.Get(told{pod.UID, c}); !known {
			p.shared.told.Add(told{pod.UID, c}, nil)
			p.events.Eventf(pod, nil, v1.EventTypeWarning, c.reason, "Scheduling", "%s", c.detail)
		}
	}
}

// tooLarge explains why an estimate is set aside. It has no numbers of nodes, which
// change.
func tooLarge(name string, from inflight.Origin, estimate, request *resource.Quantity) complaint {
	return complaint{inflight.ReasonTooLarge, fmt.Sprintf("the %s estimate of %s from %s is more than any node may have in use under the rules that govern the pod; it is judged by its request of %s",
		name, estimate, words[from], request)}
}

func milliCPU(n int64) *resource.Quantity { return resource.NewMilliQuantity(n, resource.DecimalSI) }
func bytesOf(n int64) *resource.Quantity  { return resource.NewQuantity(n, resource.BinarySI) }

var words = map[inflight.Origin]string{
	inflight.FromAnnotation: "the pod's annotation",
	inflight.FromSiblings:   "its siblings' measured use",
}
