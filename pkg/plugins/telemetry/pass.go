package telemetry

import (
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// pass lets a waiting pod onto one node although lenient rules keep it off. It ends
// with the pod's next attempt.
type pass struct {
	pod  *v1.Pod
	node string
	// view is what the pod saw when no node took it.
	view *engine.View
	// until is when the pass lapses.
	until time.Time
	// given counts the passes of the pod up to this one, and refused has the nodes of
	// those that other plugins made useless.
	given   int
	refused []string
	// next is when the pod is activated again, and delay how long after that once
	// more. They belong to whoever holds the lock of waiting.
	next  time.Time
	delay time.Duration
}

const (
	// firstCall is how long the scheduler may take to put a pod back into its queue,
	// before it is activated.
	firstCall = 5 * time.Millisecond
	// validity is how long a first pass holds. Each further one holds for twice as
	// long, for pods that come to their turn more slowly, up to 2 to mostDoublings.
	validity      = 30 * time.Second
	mostDoublings = 5
	// firstPenance is how long a pod waits whose pass was useless, doubled each time up
	// to lastPenance: it would spin otherwise.
	firstPenance = time.Second
	lastPenance  = 30 * time.Second
)

// newPass follows a pod's former pass, which is nil for the first. useless says that
// the former one was tried, in vain.
func newPass(pod *v1.Pod, former *pass, useless bool, now time.Time) *pass {
	p := &pass{pod: pod, given: 1, next: now.Add(firstCall), delay: firstCall}
	if former != nil {
		p.given, p.refused = former.given+1, former.refused
	}
	if useless {
		p.refused = append(slices.Clone(p.refused), former.node)
		p.next = now.Add(min(firstPenance<<min(p.given-2, mostDoublings), lastPenance))
	}
	p.until = p.next.Add(validity << min(p.given-1, mostDoublings))
	return p
}

// stands reports whether a pass still leads where it was meant to: it has not lapsed,
// and since it was given no node has become one that takes the pod by all rules.
func (p *pass) stands(view *engine.View, need engine.Amounts, now time.Time) bool {
	return p != nil && now.Before(p.until) && !view.OpenedSince(p.view, need)
}

// passOf returns the newest pass of a waiting pod; nil where there is none.
func (w *waiting) passOf(uid types.UID) *pass {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pods[uid].pass
}

// takePass ends the newest pass of a pod, and returns it.
func (w *waiting) takePass(uid types.UID) *pass {
	w.mu.Lock()
	defer w.mu.Unlock()
	known, found := w.pods[uid]
	if !found || known.pass == nil {
		return nil
	}
	former := known.pass
	known.pass = nil
	w.pods[uid] = known
	return former
}

// hold gives a pass to a waiting pod.
func (w *waiting) hold(p *pass) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known, found := w.pods[p.pod.UID]; found {
		known.pass = p
		w.pods[p.pod.UID] = known
	}
}

// promised sums up by node what other pods have a pass for. They are on their way as
// those in the account are.
func (w *waiting) promised(but types.UID, now time.Time) map[string]engine.Amounts {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]engine.Amounts{}
	for uid, known := range w.pods {
		if p := known.pass; p != nil && uid != but && now.Before(p.until) {
			out[p.node] = out[p.node].Plus(known.need)
		}
	}
	return out
}

// called returns the pods to activate for their passes, and when to ask again; never
// where no pass is left.
func (w *waiting) called(now time.Time) (pods []*v1.Pod, again time.Time, never bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	never = true
	for _, known := range w.pods {
		p := known.pass
		if p == nil || !now.Before(p.until) {
			continue
		}
		if !now.Before(p.next) {
			pods = append(pods, p.pod)
			p.delay = min(2*p.delay, lastRepeat)
			p.next = now.Add(p.delay)
		}
		if never || p.next.Before(again) {
			again, never = p.next, false
		}
	}
	return pods, again, never
}
