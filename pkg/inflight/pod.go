package inflight

import (
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
)

// Handler keeps the Ledger up to date with an informer of pods: with those that other
// schedulers bind too, and with the end of each. now tells the time.
func (l *Ledger) Handler(now func() time.Time) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { l.Observe(o.(*v1.Pod), now()) },
		UpdateFunc: func(before, o any) { l.succeed(before, o.(*v1.Pod), now()) },
		DeleteFunc: func(o any) {
			if missed, ok := o.(cache.DeletedFinalStateUnknown); ok {
				o = missed.Obj
			}
			if pod, ok := o.(*v1.Pod); ok {
				l.Forget(pod.UID)
			}
		},
	}
}

// succeed takes in an update of a pod. Where a pod was replaced under its name while
// the watch was down, that is all that the informer tells of the end of the former. A
// pod that had begun before and is in flight no longer stays so: by the clock of a node
// that is ahead it looks as if it had begun a moment ago.
func (l *Ledger) succeed(before any, pod *v1.Pod, now time.Time) {
	former, ok := before.(*v1.Pod)
	if ok && former.UID != pod.UID {
		l.Forget(former.UID)
	} else if ok && former.Spec.NodeName == pod.Spec.NodeName && !beginning(former).IsZero() && !l.flies(pod.UID) {
		return
	}
	l.Observe(pod, now)
}

func (l *Ledger) flies(uid types.UID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entries[uid] != nil
}

// ended reports whether a pod uses nothing of its node any more.
func ended(pod *v1.Pod) bool {
	return pod.Status.Phase == v1.PodSucceeded || pod.Status.Phase == v1.PodFailed
}

// beginning is when the last of a pod's containers started; zero while one never did.
// The API has whole seconds: it is the end of that second, so that no sample is taken
// for later than it is.
func beginning(pod *v1.Pod) (began time.Time) {
	statuses := pod.Status.ContainerStatuses
	if len(statuses) == 0 || len(statuses) < len(pod.Spec.Containers) {
		return time.Time{}
	}
	for i := range statuses {
		started := startOf(&statuses[i], pod)
		if started.IsZero() {
			return time.Time{}
		}
		if started.After(began) {
			began = started
		}
	}
	return began.Add(time.Second)
}

// begin takes in when a pod's node says that it began; zero while it has not. A node's
// clock may be wrong: the pod began after it was last seen to wait, and before it is
// seen to run. It is in flight neither for no time nor for as long as a clock is ahead.
func (e *entry) begin(said, now time.Time) {
	switch {
	case said.IsZero():
		e.began, e.waited = said, now
	case said.Equal(e.said):
		return
	case said.Before(e.waited):
		e.began = e.waited
	case said.After(now.Add(time.Second)): // as beginning rounds up
		e.began = now.Add(time.Second)
	default:
		e.began = said
	}
	e.said = said
}

// startOf is when a container first started; zero if it never did. Of one that was
// started again telemetry has seen the former life: it began with the pod.
func startOf(c *v1.ContainerStatus, pod *v1.Pod) time.Time {
	switch {
	case c.RestartCount > 0 && pod.Status.StartTime != nil:
		return pod.Status.StartTime.Time
	case c.State.Running != nil:
		return c.State.Running.StartedAt.Time
	case c.State.Terminated != nil:
		return c.State.Terminated.StartedAt.Time
	}
	return time.Time{}
}
