// Package hold keeps room on nodes for pods that are about to come back.
//
// Who evicts a pod has proved that another node takes its replacement. Until that one is
// bound, nothing in Kubernetes keeps others from taking its place: a Hold does, for all
// pods that this scheduler places. Other schedulers do not see it.
//
// The scheduling cycle reads Holds without a lock; they are few, and change rarely.
package hold

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	v1 "k8s.io/api/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
)

// Hold is room on a node for one pod of an owner. It is immutable.
type Hold struct {
	Node string
	// From is the node that the owner's pod was moved from.
	From  string
	Owner inflight.Owner
	// Pod is the pod that is expected: what it requests is held, and its priority says
	// from whom.
	Pod *v1.Pod
	// Use is what the pod is expected to use, which is held too.
	Use inflight.Units
	// Until is when the Hold lapses.
	Until time.Time
}

// Binds reports whether a pod must leave the room alone: one of another owner whose
// priority is not higher.
func (h *Hold) Binds(owner inflight.Owner, priority int32) bool {
	return h.Owner != owner && priority <= corev1helpers.PodPriority(h.Pod)
}

// Holds are those of one scheduler. The zero value holds nothing and is ready for use
// from any goroutine.
type Holds struct {
	mu sync.Mutex
	// byNode is replaced as a whole, and nil where nothing is held.
	byNode atomic.Pointer[map[string][]*Hold]
	// released is called after room was given back.
	released func()
}

// OnRelease has f called after room was given back, so that those can be tried again who
// were refused for it. Call it before the first Add.
func (h *Holds) OnRelease(f func()) { h.released = f }

// Any reports whether anything is held at all.
func (h *Holds) Any() bool { return h.byNode.Load() != nil }

// On returns what is held on a node. It allocates nothing, and the caller must not change
// it.
func (h *Holds) On(node string) []*Hold {
	all := h.byNode.Load()
	if all == nil {
		return nil
	}
	return (*all)[node]
}

// All returns every Hold, in no order.
func (h *Holds) All() (out []*Hold) {
	if all := h.byNode.Load(); all != nil {
		for _, held := range *all {
			out = append(out, held...)
		}
	}
	return out
}

// Add holds room.
func (h *Holds) Add(held *Hold) {
	h.change(func(all []*Hold) []*Hold { return append(all, held) })
}

// Release gives a Hold's room back; nothing happens where it is not held.
func (h *Holds) Release(held *Hold) {
	h.remove(func(one *Hold) bool { return one == held })
}

// Expire gives back what has lapsed, and returns it.
func (h *Holds) Expire(now time.Time) []*Hold {
	return h.remove(func(one *Hold) bool { return !now.Before(one.Until) })
}

// Consume ends one Hold of an owner, of which a pod has got a node: that on the node, or
// else the one that lapses first. It returns nil where there is none.
func (h *Holds) Consume(owner inflight.Owner, node string) *Hold {
	if owner == "" || !h.Any() {
		return nil
	}
	taken := h.nearest(owner, node)
	if taken == nil || len(h.remove(func(one *Hold) bool { return one == taken })) == 0 {
		return nil
	}
	return taken
}

func (h *Holds) nearest(owner inflight.Owner, node string) (out *Hold) {
	for _, one := range h.All() {
		if one.Owner == owner && (out == nil || nearer(one, out, node)) {
			out = one
		}
	}
	return out
}

func nearer(a, b *Hold, node string) bool {
	if (a.Node == node) != (b.Node == node) {
		return a.Node == node
	}
	return a.Until.Before(b.Until)
}

// remove takes out what is chosen, and tells of it.
func (h *Holds) remove(chosen func(*Hold) bool) (out []*Hold) {
	h.change(func(all []*Hold) []*Hold {
		return slices.DeleteFunc(all, func(one *Hold) bool {
			gone := chosen(one)
			if gone {
				out = append(out, one)
			}
			return gone
		})
	})
	if len(out) > 0 && h.released != nil {
		h.released()
	}
	return out
}

// change replaces everything by what f makes of a copy.
func (h *Holds) change(f func([]*Hold) []*Hold) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := f(h.All())
	if len(all) == 0 {
		h.byNode.Store(nil)
		return
	}
	byNode := map[string][]*Hold{}
	for _, one := range all {
		byNode[one.Node] = append(byNode[one.Node], one)
	}
	h.byNode.Store(&byNode)
}
