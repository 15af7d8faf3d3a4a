package main

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"
)

// never is the time of what did not happen.
const never = time.Duration(math.MaxInt64)

// booking is one pod as this program saw it; times are since the first was created.
type booking struct {
	use            int64
	created, bound time.Duration
	// node is where it is bound; −1 while it is not.
	node int
}

// outcome is what the books say. A node truly uses what it did before the burst and
// what the pods that are bound to it will use, whether they run yet or not.
type outcome struct {
	// minutes above the line, of all nodes together, and the nodes that ever were.
	minutes float64
	above   int
	// allBound is when the last pod was bound; never if some still wait.
	allBound time.Duration
	waiting  int
	// mostPods and mostUse are of the fullest node, each by itself.
	mostPods int
	mostUse  int64
	// longest is the longest wait of a pod, and longestWithRoom that part of one in
	// which some node had room for it below the line.
	longest, longestWithRoom time.Duration
}

// books are what happened up to some pod.
type books struct {
	outcome
	use   []int64
	count []int
	last  []time.Duration // when each node changed
	rooms *rooms
}

// judge adds up the books until the end of the observation.
func judge(base []int64, pods []booking, end time.Duration) outcome {
	b := &books{use: slices.Clone(base), count: make([]int, len(base)), last: make([]time.Duration, len(base)), rooms: newRooms(base)}
	order := slices.Clone(pods)
	slices.SortFunc(order, func(x, y booking) int { return cmp.Compare(x.bound, y.bound) })
	for _, p := range order {
		if p.bound > end {
			b.waiting, b.allBound = b.waiting+1, never
			continue
		}
		b.bind(p)
	}
	b.close(end)
	for _, p := range pods {
		wait := min(p.bound, end)
		b.longest = max(b.longest, wait-p.created)
		b.longestWithRoom = max(b.longestWithRoom, min(wait, b.rooms.until(p.use))-p.created)
	}
	return b.outcome
}

// bind adds a pod to its node.
func (b *books) bind(p booking) {
	b.spend(p.node, p.bound)
	b.use[p.node] += p.use
	b.count[p.node]++
	b.mostPods = max(b.mostPods, b.count[p.node])
	b.allBound = p.bound
	b.rooms.take(p)
}

// spend adds the time that a node used what it does, up to now.
func (b *books) spend(node int, now time.Duration) {
	if b.use[node] > line {
		b.minutes += (now - b.last[node]).Minutes()
	}
	b.last[node] = now
}

// close adds what is left until the end. Nobody left, so that a node was never
// fuller than it is now.
func (b *books) close(end time.Duration) {
	for node, use := range b.use {
		b.spend(node, end)
		b.mostUse = max(b.mostUse, use)
		if use > line {
			b.above++
		}
	}
}

// rooms is the room on the emptiest node over time. It only shrinks: nobody leaves.
type rooms struct {
	free []int64
	at   []time.Duration
	most []int64
}

func newRooms(base []int64) *rooms {
	r := &rooms{free: make([]int64, len(base))}
	for i, used := range base {
		r.free[i] = line - used
	}
	r.at, r.most = []time.Duration{0}, []int64{slices.Max(r.free)}
	return r
}

func (r *rooms) take(p booking) {
	r.free[p.node] -= p.use
	r.at, r.most = append(r.at, p.bound), append(r.most, slices.Max(r.free))
}

// until is when the last node ceased to have so much room.
func (r *rooms) until(use int64) time.Duration {
	if i := sort.Search(len(r.most), func(i int) bool { return r.most[i] < use }); i < len(r.at) {
		return r.at[i]
	}
	return never
}
