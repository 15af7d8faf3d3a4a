package descheduler

import (
	"time"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/report"
)

// judge returns who says of a pod what all rules with evict say of it, wherever they fire;
// nil where that cannot be known. It may be asked from any goroutine: what it reads are
// listers.
func (d *Descheduler) judge(l *look) report.Judge {
	if d.owners.factory == nil || l.waits == plan.OwnersUnread {
		return nil
	}
	everywhere := plan.Source{}
	for _, key := range l.Order {
		everywhere.Troubles = append(everywhere.Troubles, plan.Trouble{Rule: key})
	}
	cluster, board, policies := d.owners.complete(d.opts.Cluster), l.Board, l.PodPolicies(&everywhere)
	return func(now time.Time, pod *v1.Pod) (plan.Pod, bool) {
		pods := cluster.Pods(now, board, []*v1.Pod{pod}, policies)
		if len(pods) == 0 { // it has ended
			return plan.Pod{}, false
		}
		return pods[0], true
	}
}
