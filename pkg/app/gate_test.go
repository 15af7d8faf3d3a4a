package app

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// queue is a scheduler that has only a queue with one pod in it, again and again.
func queue() (*scheduler.Scheduler, *framework.QueuedPodInfo) {
	pod := &framework.QueuedPodInfo{}
	return &scheduler.Scheduler{NextEntity: func(klog.Logger) (framework.QueuedEntityInfo, error) { return pod, nil }}, pod
}

func TestGate(t *testing.T) {
	const timeout = 30 * time.Second
	for sentence, tc := range map[string]struct {
		// ready and end are when the first Board comes and ctx ends; 0 is never.
		ready, end time.Duration
		want       time.Duration
		held       bool
	}{
		"a Board that is there lets the first pod through at once": {ready: 1, want: 1},
		"the first pod waits for the first Board":                  {ready: 7 * time.Second, want: 7 * time.Second},
		"it does not wait longer than allowed":                     {want: timeout},
		"a Board that comes too late is not waited for":            {ready: time.Hour, want: timeout},
		"the pods of a replica that ends are for its successor":    {end: 5 * time.Second, want: 5*time.Second + farewell, held: true},
		"a Board may come before the end":                          {ready: 4 * time.Second, end: 5 * time.Second, want: 4 * time.Second},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				after := func(d time.Duration, do func()) {
					if d > 0 {
						time.AfterFunc(d, do)
					}
				}
				ready := make(chan struct{})
				sched, pod := queue()
				g := newGate(ctx, sched, ready, timeout)
				after(tc.ready, func() { close(ready) })
				after(tc.end, cancel)

				began := time.Now()
				got, err := sched.NextEntity(klog.FromContext(ctx))
				if err != nil || (got == nil) != tc.held {
					t.Errorf("the first pod is %v, %v", got, err)
				}
				if !tc.held && got != framework.QueuedEntityInfo(pod) {
					t.Error("it is another pod")
				}
				if waited := time.Since(began); waited != tc.want {
					t.Errorf("the first pod waited %v, want %v", waited, tc.want)
				}
				select {
				case <-g.led:
				default:
					t.Error("the gate did not notice leadership")
				}
			})
		})
	}
}

func TestGateIsPassedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sched, _ := queue()
		g := newGate(t.Context(), sched, nil, time.Second)
		select {
		case <-g.led:
			t.Error("a replica that was not asked for a pod leads")
		default:
		}
		_, _ = sched.NextEntity(klog.Background())
		began := time.Now()
		for range 3 {
			if got, err := sched.NextEntity(klog.Background()); got == nil || err != nil {
				t.Errorf("a later pod is %v, %v", got, err)
			}
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("later pods waited %v", waited)
		}
	})
}
