package descheduler

import (
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/facts"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
)

// isUnwanted reports whether nobody makes another pod in the place of one that left: as many
// as its owner wants have nodes, because it was scaled down meanwhile, or it is gone. r is nil
// where the move is no longer among the last. Of an owner whose replicas nobody can read, be its kind
// called Deployment too, nothing is known.
func (d *Descheduler) isUnwanted(r *memory.Record) bool {
	if r == nil || !r.OwnerRead || !d.owners.known() {
		return false
	}
	wanted, known := d.owners.complete(d.opts.Cluster).Wanted(r.OwnerKind, r.Namespace, r.OwnerName, types.UID(r.Owner))
	return known && d.serving(r.Namespace, r.Owner) >= wanted
}

// serving counts the pods of an owner that have a node, and are to stay. Listers of informers
// cannot fail.
func (d *Descheduler) serving(namespace, owner string) (n int32) {
	all, _ := d.opts.Pods.Pods(namespace).List(labels.Everything())
	for _, pod := range all {
		if facts.Serves(pod) && string(d.opts.Cluster.Owner(pod)) == owner {
			n++
		}
	}
	return n
}
