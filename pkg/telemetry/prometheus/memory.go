package prometheus

import (
	"sync"
	"time"
)

// forgetAfter is how long a metric that is no longer asked for is remembered.
const forgetAfter = time.Hour

// memory is what is kept of one metric on each node that had a value the last time.
type memory struct {
	mu    sync.Mutex
	nodes map[string]kept
	used  time.Time // guarded by the source
}

// kept is a sample, or why there is none yet, and what decides whether another is
// newer.
type kept struct {
	value value
	// ranged is the server's time of what was newest in a range, NaN where the query
	// has none, and offset by how much that server's clock is ahead of ours.
	ranged float64
	offset time.Duration
}

// stands reports whether a range brings nothing newer than what is kept. Times of
// replicas with clocks of their own are comparable to clockSlack alone.
func (k kept) stands(ranged float64, offset time.Duration) bool {
	least := time.Duration(0)
	if offset != k.offset {
		least = offset - k.offset + clockSlack
	}
	return ranged-k.ranged <= least.Seconds()
}

func (m *memory) of(node string) (kept, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, known := m.nodes[node]
	return k, known
}

func (m *memory) replace(nodes map[string]kept) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.nodes = nodes
}

// remember returns what is remembered of a metric, and forgets metrics that were not
// asked for in a long time.
func (s *Source) remember(fingerprint string) *memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Now()
	for key, m := range s.kept {
		if now.Sub(m.used) > forgetAfter {
			delete(s.kept, key)
		}
	}
	if s.kept[fingerprint] == nil {
		s.kept[fingerprint] = &memory{}
	}
	s.kept[fingerprint].used = now
	return s.kept[fingerprint]
}
