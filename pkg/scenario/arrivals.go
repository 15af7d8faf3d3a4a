package scenario

import (
	"cmp"
	"slices"

	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
)

// arrivals are the pods that are to be placed, in the order in which the scheduler's
// queue hands them out: by priority, then by time.
func arrivals(pods []pod) []*pod {
	var out []*pod
	for i := range pods {
		if pods[i].arriving {
			out = append(out, &pods[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *pod) int {
		return cmp.Or(cmp.Compare(corev1helpers.PodPriority(b.Pod), corev1helpers.PodPriority(a.Pod)), cmp.Compare(a.arrives, b.arrives))
	})
	return out
}

// place has those who arrived and wait placed, as scheduling cycles one after the other
// would by telemetry alone. Who finds no node speaks for all that are alike: each of the
// others leaves less room.
func (w *world) place() {
	refused := map[string]bool{}
	w.queue = slices.DeleteFunc(w.queue, func(p *pod) bool {
		switch {
		case p.ends >= 0 && w.now >= p.ends:
			return true
		case w.now < p.arrives || refused[p.entry]:
			return false
		}
		placed := w.placeOne(p)
		refused[p.entry] = !placed
		return placed
	})
}

// placeOne gives a pod the best node that takes it, the first by name of several, and
// reports whether there is one. The binding follows at once.
func (w *world) placeOne(p *pod) bool {
	q := w.oracle.Ask(p.Pod)
	nodes := best(q, slices.Collect(q.Answers()))
	if len(nodes) == 0 {
		return false
	}
	w.ledger.Reserve(p.Pod, nodes[0], q.Units)
	p.node, p.bound, p.starts = nodes[0], w.now, max(p.starts, w.now)
	w.show(p)
	return true
}
