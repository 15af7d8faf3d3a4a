package engine

import (
	"slices"
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
	list []*made[K, V] // what was used last comes first
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
	// mostKept bounds what is kept; beyond it goes what was not used for longest.
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
	for _, key := range slices.Backward(former.wanted()) {
		s.made(s.find(key))
	}
}

// wanted returns those of the keys that somebody asked for last.
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

// glance is get for those who ask once: what it makes takes no place on the shelf.
func (s *shelf[K, V]) glance(key K) V {
	s.mu.Lock()
	m := s.kept(key)
	s.mu.Unlock()
	if m == nil {
		return s.make(key)
	}
	return s.made(m)
}

// find returns the entry of a key, and puts it first.
func (s *shelf[K, V]) find(key K) *made[K, V] {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.list, func(m *made[K, V]) bool { return s.same(m.key, key) })
	switch {
	case at >= 0:
	case len(s.list) < mostKept:
		at, s.list = len(s.list), append(s.list, &made[K, V]{key: key})
	default:
		at = len(s.list) - 1
		s.list[at] = &made[K, V]{key: key}
	}
	m := s.list[at]
	copy(s.list[1:at+1], s.list[:at])
	s.list[0] = m
	return m
}

// kept returns what there is for a key; nil where there is nothing. Its caller holds
// the lock.
func (s *shelf[K, V]) kept(key K) *made[K, V] {
	for _, m := range s.list {
		if s.same(m.key, key) {
			return m
		}
	}
	return nil
}
