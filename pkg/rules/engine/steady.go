package engine

import (
	"math"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// memory keeps the samples that PreferSteady looks back on. The Engine owns it,
// and what it says is copied into Boards. It does not survive a restart: a node is
// then judged by what has been seen since.
type memory map[memoryKey]map[string]*history

// memoryKey tells histories apart: two preferences over one metric and time share
// one.
type memoryKey struct {
	metric string
	window time.Duration
}

// history is the samples of one metric on one node, oldest first.
type history struct {
	created instant
	samples []point
}

type point struct {
	at    instant
	value float64
}

// add takes a sample in, once, and drops those that are older than the window.
func (h *history) add(s *sample, window time.Duration) {
	if n := len(h.samples); n == 0 || s.at > h.samples[n-1].at {
		h.samples = append(h.samples, point{s.at, s.value})
	}
	newest := h.samples[len(h.samples)-1].at
	first := slices.IndexFunc(h.samples, func(p point) bool { return newest.since(p.at) <= window })
	h.samples = slices.Delete(h.samples, 0, first)
}

// level is the mean of the samples and so many standard deviations.
func (h *history) level(deviations float64) float64 {
	n, sum := float64(len(h.samples)), 0.0
	for _, p := range h.samples {
		sum += p.value
	}
	mean, squares := sum/n, 0.0
	for _, p := range h.samples {
		squares += (p.value - mean) * (p.value - mean)
	}
	return mean + deviations*math.Sqrt(squares/n)
}

// of returns the history of a node, which begins anew with a new node of an old
// name.
func (m memory) of(p *preferred, n *Node) *history {
	key := memoryKey{p.Metric, p.Steady.Window}
	if m[key] == nil {
		m[key] = map[string]*history{}
	}
	h := m[key][n.Name]
	if created := instantOf(n.Created); h == nil || h.created != created {
		h = &history{created: created}
		m[key][n.Name] = h
	}
	return h
}

// forget drops what no preference looks at, and nodes that are gone.
func (m memory) forget(p *program, r *roster) {
	used := map[memoryKey]bool{}
	for i := range p.preferences {
		if q := &p.preferences[i]; q.Prefer == rules.PreferSteady {
			used[memoryKey{q.Metric, q.Steady.Window}] = true
		}
	}
	for key, nodes := range m {
		if !used[key] {
			delete(m, key)
			continue
		}
		for name := range nodes {
			if _, found := r.slots[name]; !found {
				delete(nodes, name)
			}
		}
	}
}
