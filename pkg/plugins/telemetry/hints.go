package telemetry

import (
	"context"
	"maps"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/util"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// EventsToRegister names the events that may cure a rejection before the next
// Board does. Everything else comes with a Board, and wakes pods by itself.
func (p *Plugin) EventsToRegister(context.Context) ([]fwk.ClusterEventWithHint, error) {
	return []fwk.ClusterEventWithHint{
		{
			Event:          fwk.ClusterEvent{Resource: fwk.Node, ActionType: fwk.Add | fwk.UpdateNodeLabel | fwk.UpdateNodeTaint},
			QueueingHintFn: p.afterNodeChange,
		},
		{
			// A PreQueueingHintFn would save calls here, but it speaks for the plugins
			// that have none too: their pods would sleep on.
			Event:          fwk.ClusterEvent{Resource: fwk.AssignedPod, ActionType: fwk.Delete},
			QueueingHintFn: p.afterPodDeletion,
		},
		{
			// The general update is the only one that tells of annotations.
			Event:          fwk.ClusterEvent{Resource: fwk.TargetPod, ActionType: fwk.Update},
			QueueingHintFn: p.afterOwnChange,
		},
	}, nil
}

// afterNodeChange queues a pod for a node that joined, or that its tolerations and
// node affinity let it go to now and did not before. Nodes often join with a taint:
// nobody but this hint wakes the pod when it goes, since the pod was never tried
// there and rejected for it. What else a label or a greater size changes comes with
// the next Board, moments later.
func (p *Plugin) afterNodeChange(logger klog.Logger, pod *v1.Pod, oldObj, newObj any) (fwk.QueueingHint, error) {
	before, now, err := util.As[*v1.Node](oldObj, newObj)
	if err != nil {
		return fwk.Queue, err
	}
	to := inquiry.NewDestination(logger, pod)
	return queueIf((before == nil || !to.Admits(before)) && to.Admits(now)), nil
}

// afterPodDeletion queues a pod only if the deleted one was on a young node:
// those may be judged by the requests of their pods, which change at once. What
// a deletion changes elsewhere is measured first.
func (p *Plugin) afterPodDeletion(_ klog.Logger, _ *v1.Pod, oldObj, _ any) (fwk.QueueingHint, error) {
	young, err := p.wasOnYoungNode(oldObj)
	return queueIf(young || err != nil), err
}

func (p *Plugin) wasOnYoungNode(deleted any) (bool, error) {
	pod, _, err := util.As[*v1.Pod](deleted, nil)
	if err != nil {
		return false, err
	}
	node, err := p.nodes.Get(pod.Spec.NodeName)
	if err != nil {
		return false, nil // the node is gone too
	}
	return time.Since(node.CreationTimestamp.Time) < p.shared.grace(), nil
}

// afterOwnChange queues a pod whose labels, exemption, estimate or requests changed, and
// passes over the conditions that the scheduler itself writes.
func (p *Plugin) afterOwnChange(_ klog.Logger, _ *v1.Pod, oldObj, newObj any) (fwk.QueueingHint, error) {
	before, now, err := util.As[*v1.Pod](oldObj, newObj)
	if err != nil || before == nil || now == nil {
		return fwk.Queue, err
	}
	return queueIf(!maps.Equal(before.Labels, now.Labels) ||
		before.Annotations[rules.AnnotationIgnore] != now.Annotations[rules.AnnotationIgnore] ||
		before.Annotations[rules.AnnotationEstimate] != now.Annotations[rules.AnnotationEstimate] ||
		needOf(before) != needOf(now)), nil
}

func queueIf(yes bool) fwk.QueueingHint {
	if yes {
		return fwk.Queue
	}
	return fwk.QueueSkip
}
