package telemetry

import (
	"context"
	"time"

	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
)

// usher activates pods that were given a pass, until each has come to use it. A pod
// that is in flight is only backed off, and PostFilter runs while its pod is. So the
// usher calls from a goroutine of its own, and more than once.
func (s *Shared) usher(ctx context.Context, activator fwk.PodActivator) {
	var repeat <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.given:
		case <-repeat:
		}
		pods, again, never := s.waiting.called(time.Now())
		if len(pods) > 0 {
			klog.FromContext(ctx).V(4).Info("Calling pods that may go to a node although it breaks rules", "pods", len(pods))
			activator.Activate(klog.FromContext(ctx), byName(pods))
		}
		repeat = nil
		if !never {
			repeat = time.After(max(time.Until(again), firstCall))
		}
	}
}

// give hands a pass to its pod.
func (s *Shared) give(p *pass) {
	s.waiting.hold(p)
	signal(s.given)
}
