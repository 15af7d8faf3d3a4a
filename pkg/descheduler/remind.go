package descheduler

import (
	"context"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
)

// patienceWithVictims is after which time of terminating people are told. Until the pod is
// gone its move is under way and takes one of the places of those: a cluster in which pods do
// not end is not one to move more in.
const patienceWithVictims = time.Hour

// remind tells once of each victim that does not end.
func (d *Descheduler) remind(ctx context.Context, now time.Time) {
	under := map[string]bool{}
	records := d.memory.Records()
	for _, v := range d.memory.Moving() {
		late := v.Step == memory.WaitingForGone && now.Sub(v.Asked) >= patienceWithVictims
		under[v.UID] = late
		if r := recordOf(records, v.UID); late && r != nil && !d.reminded[v.UID] {
			d.sendReminder(ctx, now, r)
		}
	}
	d.reminded = under
}

func (d *Descheduler) sendReminder(ctx context.Context, now time.Time, r *memory.Record) {
	age := duration.HumanDuration(now.Sub(r.At))
	klog.FromContext(ctx).Info("An evicted pod does not end", "pod", klog.KRef(r.Namespace, r.Pod), "node", klog.KRef("", r.From), "evicted", age)
	text := fmt.Sprintf("Pod %s/%s was evicted for rule %s %s ago and still terminates; until it is gone its move is under way, and counts as one of those that may be at a time",
		r.Namespace, r.Pod, r.Rules[0], age)
	d.sendOnNode(d.ruleOf(r.Rules[0]), r.From, r.Namespace+"/"+r.Pod, v1.EventTypeWarning, reasonHeld, "StillTerminating", text)
}
