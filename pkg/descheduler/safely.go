package descheduler

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"k8s.io/klog/v2"
)

// waitsForRepair is what people read where a round panicked.
const waitsForRepair = "the scheduler made a mistake while it looked for pods to move, and does nothing more about the newest telemetry; its log says where, and it tries again"

// safely does something, and turns a panic into an error. kube-scheduler ends where its own
// loop panics; this one is beside it, and so it is as with a telemetry source: a mistake here
// ends what was being done, and not the placing of pods.
func safely(ctx context.Context, do func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			panics.Inc()
			klog.FromContext(ctx).Error(nil, "The descheduler panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("it panicked: %v", p)
		}
	}()
	do()
	return nil
}

// failed tells people that a round panicked. What was found is not relied on.
func (d *Descheduler) failed(now time.Time) {
	d.found = nil
	r := Report{}
	if before := d.report.Load(); before != nil {
		r = *before
	}
	r.At, r.Waits, r.Pairs, r.Nodes = now, waitsForRepair, nil, nil
	d.report.Store(&r)
}
