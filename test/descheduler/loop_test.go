package descheduler

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/drift"
)

// TestTheLoopConverges runs 721 rounds for each cluster and seed.
func TestTheLoopConverges(t *testing.T) {
	for name, c := range map[string]struct {
		spec  drift.Spec
		seeds uint64
		// most is the part of the minutes above the line that may be left.
		most float64
		// every is when the process is restarted again and again: the rule's "for" and
		// "after" are together three times as long.
		every time.Duration
	}{
		"roomy":                       {roomy, 5, 0.25, 0},
		"tight":                       {tight, 1, 0.5, 0},
		"roomy, restarted every 30 s": {roomy, 5, 0.25, 30 * time.Second},
		"tight, restarted every 30 s": {tight, 1, 0.5, 30 * time.Second},
	} {
		for seed := range c.seeds {
			t.Run(fmt.Sprintf("%s, seed %d", name, seed+1), func(t *testing.T) {
				w := newWorld(c.spec, seed+1)
				w.every = c.every
				without, with := drift.Judge(w.load, line, nil, w.load.Length), w.run()
				t.Logf("%d evictions cooled %d nodes; %.0f node-minutes above the line instead of %.0f; %d landed back, %d moved again later",
					with.Evictions, with.Cooled, with.Minutes, without.Minutes, w.landedBack(), with.Twice)
				if with.Minutes > c.most*without.Minutes || with.Evictions == 0 {
					t.Errorf("%.1f node-minutes above the line with %d evictions, and %.1f without any", with.Minutes, with.Evictions, without.Minutes)
				}
				if back := w.landedBack(); back > 0 {
					t.Errorf("%d of %d pods came back to the node that they had been evicted from", back, with.Evictions)
				}
				if with.Pending > 0 || with.Longest > 2*time.Minute {
					t.Errorf("%d successors are pending, and one was for %v", with.Pending, with.Longest)
				}
				w.checkLimits(t)
				w.checkRest(t)
				w.checkEnd(t)
			})
		}
	}
}

func TestTheLoopIsThatOfItsSeed(t *testing.T) {
	a, b := newWorld(roomy, 3), newWorld(roomy, 3)
	a.run()
	b.run()
	if len(a.events) == 0 || !reflect.DeepEqual(a.events, b.events) {
		t.Errorf("the same seed does\n%v, and then\n%v", a.events, b.events)
	}
}

func (w *world) landedBack() (n int) {
	for _, m := range w.begun {
		if m.landed == m.from {
			n++
		}
	}
	return n
}

// checkLimits counts, for each move, those of the hour that ends with it, and those that
// were under way.
func (w *world) checkLimits(t *testing.T) {
	for i, last := range w.begun {
		total, byNode, byNamespace := 0, 0, 0
		for _, m := range w.begun[:i+1] {
			if last.at-m.at >= time.Hour {
				continue
			}
			total++
			byNode += number(m.from == last.from)
			byNamespace += number(w.namespaceOf(m.slot) == w.namespaceOf(last.slot))
		}
		if total > 20 || byNode > 4 || byNamespace > 5 {
			t.Errorf("at %v: %d moves within an hour, %d from %s, %d of %s", last.at, total, byNode, names[last.from], byNamespace, w.namespaceOf(last.slot))
		}
		if last.running > 3 || last.there > 1 {
			t.Errorf("at %v: %d moves at once, %d from %s", last.at, last.running, last.there, names[last.from])
		}
	}
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// checkRest wants no pod of an owner to be moved within the cool-down of the last one, and
// none to be moved on from where it has just come.
func (w *world) checkRest(t *testing.T) {
	last := map[int]*move{}
	for _, m := range w.begun {
		if before := last[w.load.App(m.slot)]; before != nil && m.at-before.at < 30*time.Minute {
			t.Errorf("at %v: a pod of %s was moved %v after the last one", m.at, w.ownerOf(m.slot), m.at-before.at)
		}
		last[w.load.App(m.slot)] = m
		if m.home == m.from {
			t.Errorf("at %v: the home is where the pod was, %s", m.at, names[m.from])
		}
	}
}

// ends are why a node may stay above the line for ever: a set of pods that is enough, and
// of which each has a home, is not there.
var ends = map[plan.Reason]bool{plan.NoHome: true, plan.NotEnough: true, plan.HomeTaken: true, plan.NotCured: true, plan.SingleReplica: true}

// checkEnd wants nothing to be moved any more a while after the load has become calm, and
// of each node that is still hot a reason.
func (w *world) checkEnd(t *testing.T) {
	quiet := w.load.Length - 40*time.Minute
	for _, m := range w.begun {
		if m.at > quiet {
			t.Errorf("at %v: a pod was moved although the load was the same for %v", m.at, m.at-w.load.Calm)
		}
	}
	for n, used := range w.values {
		if reason := w.reasonOn(n); used > line && !ends[reason] {
			t.Errorf("%s is at %.1f %% at the end, because %q", names[n], used, reason)
		}
	}
}

// reasonOn is why the last plan moves nothing from a node.
func (w *world) reasonOn(node int) plan.Reason {
	for i := range w.last.Nodes {
		if w.last.Nodes[i].Node == names[node] {
			return w.last.Nodes[i].Reason
		}
	}
	return ""
}
