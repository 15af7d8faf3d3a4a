package telemetry

import (
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
)

// mostTold bounds how many Events are remembered so as not to be sent again.
const mostTold = 2000

// told is one Event that a pod had.
type told struct {
	pod           types.UID
	reason, about string
}

// complain sends Events about a pod, each once. It is one for all complaints of a reason:
// the events API merges those that differ in nothing but their text, and keeps the first.
func (p *Plugin) complain(pod *v1.Pod, complaints []inquiry.Complaint) {
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
func ofReason(complaints []inquiry.Complaint, reason string) (about, text string) {
	var abouts, details []string
	for _, c := range complaints {
		if c.Reason == reason {
			abouts, details = append(abouts, c.About), append(details, c.Detail)
		}
	}
	return strings.Join(abouts, "; "), strings.Join(details, "; ")
}
