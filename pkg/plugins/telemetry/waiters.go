package telemetry

import (
	v1 "k8s.io/api/core/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
)

// waiters tells of the pods that wait, in no order.
func (s *Shared) waiters(pods corelisters.PodLister) []inquiry.Waiter {
	known := s.waiting.list()
	out := make([]inquiry.Waiter, 0, len(known))
	for i := range known {
		if pod := known[i].find(pods); pod != nil && known[i].attempts > 0 { // whoever fled enters in a moment
			out = append(out, known[i].told(pod))
		}
	}
	return out
}

func (k *waiter) told(pod *v1.Pod) inquiry.Waiter {
	return inquiry.Waiter{
		Namespace: k.key.Namespace, Name: k.key.Name, UID: string(k.uid),
		Scheduler: pod.Spec.SchedulerName, Priority: corev1helpers.PodPriority(pod),
		Refusal: k.refusal, Since: k.since, Refused: k.refused, Attempts: k.attempts,
	}
}

// find looks the pod up; nil where it was assigned or deleted without passing Reserve.
func (k *waiter) find(pods corelisters.PodLister) *v1.Pod {
	pod, err := pods.Pods(k.key.Namespace).Get(k.key.Name)
	if err != nil || pod.UID != k.uid || pod.Spec.NodeName != "" || pod.DeletionTimestamp != nil {
		return nil
	}
	return pod
}
