package main

import (
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

// judge adds up the books until the end of the observation.
func judge(base []int64, pods []booking, end time.Duration) outcome {
	order := slices.Clone(pods)
	slices.SortFunc(order, func(a, b booking) int { return int(a.bound - b.bound) })
	out, rooms := outcome{}, newRooms(base)
	count, last := make([]int, len(base)), make([]time.Duration, len(base))
	use := slices.Clone(base)
	for _, p := range order {
		if p.bound > end {
			out.waiting++
			out.allBound = never
			continue
		}
		out.spend(use[p.node], p.bound-last[p.node])
		use[p.node] += p.use
		count[p.node]++
		last[p.node] = p.bound
		rooms.take(p)
		out.mostPods = max(out.mostPods, count[p.node])
		if out.waiting == 0 {
			out.allBound = p.bound
		}
	}
	for node := range use {
		out.spend(use[node], end-last[node])
		out.mostUse = max(out.mostUse, use[node])
		if use[node] > line {
			out.above++
		}
	}
	for _, p := range pods {
		out.longest = max(out.longest, min(p.bound, end)-p.created)
		out.longestWithRoom = max(out.longestWithRoom, min(p.bound, end, rooms.until(p.use))-p.created)
	}
	return out
}

// spend adds the time that a node used so much.
func (o *outcome) spend(use int64, d time.Duration) {
	if use > line {
		o.minutes += d.Minutes()
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
