package telemetry

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
)

// mostTold bounds how many Events are remembered so as not to be sent again.
const mostTold = 2000

// told is one Event that a pod had.
type told struct {
	pod types.UID
	inquiry.Complaint
}

// complain sends Events about a pod, each once.
func (p *Plugin) complain(pod *v1.Pod, complaints []inquiry.Complaint) {
	for _, c := range complaints {
		if _, known := p.shared.told.Get(told{pod.UID, c}); !known {
			p.shared.told.Add(told{pod.UID, c}, nil)
			p.events.Eventf(pod, nil, v1.EventTypeWarning, c.Reason, "Scheduling", "%s", c.Detail)
		}
	}
}
