package engine

import (
	"sync"
	"sync/atomic"
)

// shelf keeps what was made of one Board for pods that ask for it. Most pods ask for
// the same, so that there is little.
type shelf[K, V any] struct {
	same func(a, b K) bool
	// make makes what belongs to a key; it looks at every node.
	make func(K) V

	mu   sync.Mutex
	list []*made[K, V]
}

// made is what belongs to one key.
type made[K, V any] struct {
	key  K
	once sync.Once
	is   V
	// wanted is set once somebody asked for it.
	wanted atomic.Bool
}

const (
	// mostKept bounds what is kept; beyond it things are made anew each time.
	mostKept = 64
	// mostAhead bounds what is made before anybody asks for it.
	mostAhead = 8
)

// get returns what belongs to a key. The first call for one that nobody wanted of the
// Board before makes it.
func (s *shelf[K, V]) get(key K) V {
	m := s.find(key)
	m.wanted.Store(true)
	return s.made(m)
}

func (s *shelf[K, V]) made(m *made[K, V]) V {
	m.once.Do(func() { m.is = s.make(m.key) })
	return m.is
}

// prepare makes what was wanted of the former Board, so that no scheduling cycle
// has to.
func (s *shelf[K, V]) prepare(former *shelf[K, V]) {
	if former == nil {
		return
	}
	for _, key := range former.wanted() {
		s.made(s.find(key))
	}
}

// wanted returns some of the keys that somebody asked for.
func (s *shelf[K, V]) wanted() (out []K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.list {
		if m.wanted.Load() && len(out) < mostAhead {
			out = append(out, m.key)
		}
	}
	return out
}

func (s *shelf[K, V]) find(key K) *made[K, V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.list {
		if s.same(m.key, key) {
			return m
		}
	}
	m := &made[K, V]{key: key}
	if len(s.list) < mostKept {
		s.list = append(s.list, m)
	}
	return m
}
