package kubelet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// visitAll returns when all visits have ended, or when those that are left have
// used up our patience.
func (s *Source) visitAll(ctx context.Context, sound, others []*kubelet, token string) {
	ended := make(chan struct{}, len(sound)+len(others))
	began := s.begin(ctx, s.slots, sound, token, ended)
	ctx, cancel := context.WithTimeout(ctx, s.visitor.opts.Patience)
	defer cancel()
	began += s.begin(ctx, s.otherSlots, others, token, ended)
	for range began {
		select {
		case <-ended:
		case <-ctx.Done():
			return
		}
	}
}

// begin begins visits as slots become free, and returns how many it began until
// ctx ended. Each sends to ended.
func (s *Source) begin(ctx context.Context, slots chan struct{}, kubelets []*kubelet, token string, ended chan<- struct{}) int {
	for i, k := range kubelets {
		select {
		case <-ctx.Done():
			return i
		case slots <- struct{}{}:
		}
		node, wantPods := s.depart(k)
		go func() {
			defer func() { <-slots; ended <- struct{}{} }()
			// The visit may outlive the reading, but not its own timeout.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.visitor.opts.NodeTimeout)
			defer cancel()
			s.visit(ctx, k, node, token, wantPods)
		}()
	}
	return len(kubelets)
}

// depart returns whom to visit, and whether to ask for its pods.
func (s *Source) depart(k *kubelet) (telemetry.Node, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k.underWay, k.visited = true, time.Now()
	return k.node, s.wantPods(k.visited)
}

// visit asks one kubelet, and keeps what it says.
func (s *Source) visit(ctx context.Context, k *kubelet, node telemetry.Node, token string, wantPods bool) {
	began := time.Now()
	got, err := s.safely(ctx, node, token, wantPods)
	if errors.Is(err, errRejected) {
		if why := s.tokens.reject(began); why != nil {
			err = fmt.Errorf("%w; %w", err, why)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k.take(got, err, s.visitor.opts.MaxWindow)
}

// safely turns a panic over what a kubelet said into an error: a node must not
// end the scheduler.
func (s *Source) safely(ctx context.Context, node telemetry.Node, token string, wantPods bool) (got answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("reading the kubelet's answer panicked: %v", p)
		}
	}()
	return s.visitor.visit(ctx, node, token, wantPods)
}
