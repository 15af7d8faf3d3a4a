package inquiry

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// excess says of which resources a pod is guessed to use more than any node that it lets
// itself be sent to could ever give; than any node at all where it lets itself be sent
// to none. The first node that gives enough ends the search, as nearly always.
func (j *Judge) excess(pod *v1.Pod, e *inflight.Estimate, view *engine.View) engine.Excess {
	need := e.Amounts()
	everywhere := view.Excess(need).And(guessed(e))
	if everywhere == (engine.Excess{}) {
		return everywhere
	}
	left, admits := everywhere, j.admitting(pod)
	for o := range view.Outlooks() {
		here := o.Excess(need)
		everywhere = everywhere.And(here)
		if less := left.And(here); less != left && admits(o) {
			left = less
		}
		if left == (engine.Excess{}) {
			return left
		}
	}
	if left == everywhere || anyOf(view, admits) {
		return left
	}
	return everywhere
}

// guessed says which amounts are not what the pod asks for itself.
func guessed(e *inflight.Estimate) engine.Excess {
	return engine.Excess{CPU: e.CPU != inflight.FromRequests, Memory: e.Memory != inflight.FromRequests}
}

// admitting returns a function that reports whether a pod lets itself be sent to a node.
func (j *Judge) admitting(pod *v1.Pod) func(*engine.Outlook) bool {
	to := NewDestination(klog.Background(), pod)
	return func(o *engine.Outlook) bool {
		node := j.Node(o.Name())
		return node != nil && to.Admits(node)
	}
}

func anyOf(view *engine.View, is func(*engine.Outlook) bool) bool {
	for o := range view.Outlooks() {
		if is(o) {
			return true
		}
	}
	return false
}
