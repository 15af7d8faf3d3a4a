package telemetry

import (
	"fmt"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
)

// mostTold bounds how many Events are remembered so as not to be sent again.
const mostTold = 2000

// complaint is what is wrong with a pod's estimate, for people.
type complaint struct {
	reason, detail string
	// about tells it from others: the same is told once.
	about string
}

// rejected is about an annotation that is not used.
func rejected(mistake string) complaint {
	return complaint{inflight.ReasonRejected, mistake, mistake}
}

// told is one Event that a pod had.
type told struct {
	pod           types.UID
	reason, about string
}

// complain sends Events about a pod, each once. It is one for all complaints of a reason:
// the events API merges those that differ in nothing but their text, and keeps the first.
func (p *Plugin) complain(pod *v1.Pod, complaints []complaint) {
	for _, reason := range [...]string{inflight.ReasonRejected, inflight.ReasonTooLarge} {
		about, text := ofReason(complaints, reason)
		event := told{pod.UID, reason, about}
		if _, known := p.shared.told.Get(event); text != "" && !known {
			p.shared.told.Add(event, nil)
			p.events.Eventf(pod, nil, v1.EventTypeWarning, reason, "Scheduling", "%s", text)
		}
	}
}

// ofReason makes one of the complaints of a reason; nothing where there is none.
func ofReason(complaints []complaint, reason string) (about, text string) {
	var abouts, details []string
	for _, c := range complaints {
		if c.reason == reason {
			abouts, details = append(abouts, c.about), append(details, c.detail)
		}
	}
	return strings.Join(abouts, "; "), strings.Join(details, "; ")
}

// tooLarge explains why an estimate is set aside. It has no numbers of nodes, which
// change. What siblings use changes too: that it is too much is told once.
func tooLarge(name string, from inflight.Origin, estimate, request *resource.Quantity) complaint {
	detail := fmt.Sprintf("the %s estimate of %s from %s is more than any node may have in use under the rules that govern the pod; it is judged by its request of %s",
		name, estimate, words[from], request)
	if from == inflight.FromSiblings {
		return complaint{inflight.ReasonTooLarge, detail, name}
	}
	return complaint{inflight.ReasonTooLarge, detail, detail}
}

func milliCPU(n int64) *resource.Quantity { return resource.NewMilliQuantity(n, resource.DecimalSI) }
func bytesOf(n int64) *resource.Quantity  { return resource.NewQuantity(n, resource.BinarySI) }

var words = map[inflight.Origin]string{
	inflight.FromAnnotation: "the pod's annotation",
	inflight.FromSiblings:   "its siblings' measured use",
}
