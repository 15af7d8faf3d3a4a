package drift

import (
	"cmp"
	"slices"
	"time"
)

// Nowhere is where the pod of a slot is that was evicted and has no successor yet.
const Nowhere = -1

// Event is that a slot's pod left, or was bound to a node.
type Event struct {
	At time.Duration
	// Node is Nowhere where the pod was evicted.
	Slot, Node int
}

// Outcome is what the books say. A node truly uses what its slots do, whether telemetry
// shows it yet or not.
type Outcome struct {
	// Minutes above the line, of all nodes together, and the nodes that ever were.
	Minutes float64
	Above   int
	// Evictions are all of them, and Twice those of slots that had been moved before.
	Evictions, Twice int
	// Back are the slots that were bound to a node that they had been evicted from.
	Back int
	// Cooled counts the nodes that an eviction brought to the line or below, where they
	// stayed for Lasting or until the end; a node that was hot twice counts twice.
	Cooled int
	// Longest is the longest time that a slot was nowhere, and Pending are those that
	// still were at the end.
	Longest time.Duration
	Pending int
}

// Lasting is how long a node that was cooled is to stay so.
const Lasting = 2 * time.Minute

// Each returns how many evictions there were for each cooled node; 0 where none was.
func (o Outcome) Each() float64 {
	if o.Cooled == 0 {
		return 0
	}
	return float64(o.Evictions) / float64(o.Cooled)
}

// books are what happened up to some time.
type books struct {
	Outcome
	load *Load
	line float64
	now  time.Duration
	// where has the node of each slot, and used what each node uses.
	where []int
	used  []float64
	// left is since when each slot is nowhere, and from the nodes that it was evicted from.
	left []time.Duration
	from []map[int]bool
	// above are the nodes that ever were, and cooling since when those are cool that an
	// eviction cooled.
	above   map[int]bool
	cooling map[int]time.Duration
}

// Judge adds up what happened under a load until the end. The line is in percent.
func Judge(l *Load, line float64, events []Event, end time.Duration) Outcome {
	b := &books{
		load: l, line: line, where: slices.Clone(l.Start), used: make([]float64, l.Nodes),
		left: make([]time.Duration, l.Slots()), from: make([]map[int]bool, l.Slots()), above: map[int]bool{}, cooling: map[int]time.Duration{},
	}
	b.sum()
	order := slices.Clone(events)
	slices.SortStableFunc(order, func(x, y Event) int { return cmp.Compare(x.At, y.At) })
	for _, e := range order {
		if e.At <= end {
			b.pass(e.At)
			b.take(e)
		}
	}
	b.pass(end)
	b.close()
	return b.Outcome
}

// pass lets time go by until then, in the steps of the load.
func (b *books) pass(until time.Duration) {
	for b.now < until {
		next := min(until, b.now.Truncate(b.load.Step)+b.load.Step)
		for _, used := range b.used {
			if used > b.line {
				b.Minutes += (next - b.now).Minutes()
			}
		}
		b.now = next
		b.sum()
	}
}

// sum finds what each node uses now.
func (b *books) sum() {
	for n := range b.used {
		b.used[n] = b.load.Other
	}
	for slot, n := range b.where {
		if n != Nowhere {
			b.used[n] += b.load.Uses(slot, b.now)
		}
	}
	b.look()
}

// look notes the nodes above the line. One that is so again was not cooled for good.
func (b *books) look() {
	for n, used := range b.used {
		if used <= b.line {
			continue
		}
		b.above[n] = true
		if since, is := b.cooling[n]; is && b.now-since >= Lasting {
			b.Cooled++
		}
		delete(b.cooling, n)
	}
}

// take enters what happened to a slot.
func (b *books) take(e Event) {
	from := b.where[e.Slot]
	b.where[e.Slot] = e.Node
	if e.Node == Nowhere {
		b.evict(e, from)
	} else {
		b.bind(e)
	}
}

func (b *books) evict(e Event, from int) {
	b.Evictions++
	if b.from[e.Slot] != nil {
		b.Twice++
	} else {
		b.from[e.Slot] = map[int]bool{}
	}
	b.from[e.Slot][from], b.left[e.Slot] = true, e.At
	before := b.used[from]
	b.sum()
	if before > b.line && b.used[from] <= b.line {
		b.cooling[from] = e.At
	}
}

func (b *books) bind(e Event) {
	b.Longest = max(b.Longest, e.At-b.left[e.Slot])
	if b.from[e.Slot][e.Node] {
		b.Back++
	}
	b.sum()
}

func (b *books) close() {
	b.Above = len(b.above)
	b.Cooled += len(b.cooling)
	for slot, n := range b.where {
		if n == Nowhere {
			b.Pending++
			b.Longest = max(b.Longest, b.now-b.left[slot])
		}
	}
}
