package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Sizes are in bytes. All nodes are alike but for what is in use from the beginning.
const (
	nodeCount = 100
	nodeSize  = int64(64) << 30
	// linePercent is what the rule allows.
	linePercent = 90
	line        = nodeSize * linePercent / 100
)

// scenario is a burst of pods under a rule.
type scenario struct {
	title string
	pods  int
	// within is the time in which the pods are created, evenly.
	within time.Duration
	// window is what the metric averages over.
	window time.Duration
}

var scenarios = map[string]scenario{
	"minute":       {"600 pods in 5 s, memory averaged over 60 s", 600, 5 * time.Second, time.Minute},
	"five-minutes": {"800 pods in 3 min, memory averaged over 5 min", 800, 3 * time.Minute, 5 * time.Minute},
}

// observed is how long after the first pod nodes are looked at: until the average
// shows the last pod whole, and a minute more.
func (s scenario) observed() time.Duration { return s.within + s.window + time.Minute }

// load is what nodes use before the burst, and what each of its pods will use.
type load struct{ base, pods []int64 }

// load draws nodes from 30 to 88 % full and pods of 2 to 4 % of a node.
func (s scenario) load(seed uint64) load {
	random := rand.New(rand.NewPCG(seed, 0))
	share := func(least, most float64) int64 {
		return int64(float64(nodeSize) / 100 * (least + (most-least)*random.Float64()))
	}
	l := load{make([]int64, nodeCount), make([]int64, s.pods)}
	for i := range l.base {
		l.base[i] = share(30, 88)
	}
	for i := range l.pods {
		l.pods[i] = share(2, 4)
	}
	return l
}

// summary says whether everything can fit.
func (l load) summary() string {
	var room, need int64
	for _, used := range l.base {
		room += line - used
	}
	for _, use := range l.pods {
		need += use
	}
	return fmt.Sprintf("%d nodes have room for %d GiB below %d %%, and %d pods need %d GiB",
		len(l.base), room>>30, linePercent, len(l.pods), need>>30)
}
