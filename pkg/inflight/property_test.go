package inflight

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
)

// model recounts, from the whole list of pods, what the Ledger keeps up to date.
type model struct {
	*world
	random *rand.Rand
	// held are the pods that count, by name, with the tick before which each came.
	held map[string]held
	// counted are the pods of the newest Board, and ticks how many there were.
	ticks int
}

type held struct {
	node  string
	bytes int64
	since int
	bound bool
}

// TestTheAccountIsThatOfANaiveRecount does at random what can happen to pods.
func TestTheAccountIsThatOfANaiveRecount(t *testing.T) {
	for seed := range uint64(300) {
		m := &model{world: newWorld(t), random: rand.New(rand.NewPCG(seed, 0)), held: map[string]held{}}
		m.tick()
		for step := range 200 {
			done := m.step()
			if difference := m.compare(); difference != "" {
				t.Fatalf("seed %d, step %d, after %s: %s", seed, step, done, difference)
			}
		}
	}
}

func (m *model) step() string {
	name := fmt.Sprintf("p%d", m.random.IntN(8))
	node := string(rune('a' + m.random.IntN(4))) // the Board does not know d
	h, known := m.held[name]
	switch m.random.IntN(9) {
	case 0, 1:
		bytes := int64(1+m.random.IntN(5)) * gib
		m.Reserve(pod(name), node, Units{Bytes: bytes, Pods: 1})
		if !h.bound {
			m.held[name] = held{node, bytes, m.ticks, false}
		}
		return "reserving " + name
	case 2:
		m.Unreserve(pod(name))
		if known && !h.bound {
			delete(m.held, name)
		}
		return "unreserving " + name
	case 3:
		if known && m.random.IntN(3) > 0 {
			node = h.node
		}
		m.Observe(pod(name, on(node)), m.now)
		if !known || h.node != node {
			h = held{node, gib, m.ticks, true}
		}
		h.bound = true
		m.held[name] = h
		return "binding " + name + " to " + node
	case 4:
		m.Forget(pod(name).UID)
		delete(m.held, name)
		return "deleting " + name
	case 5:
		m.Observe(pod(name, on(node), inPhase(v1.PodSucceeded)), m.now)
		delete(m.held, name)
		return "ending " + name
	case 6:
		if known && h.bound {
			m.Observe(pod(name, on(h.node), running(m.now)), m.now)
		}
		return "starting " + name
	case 7:
		next := fmt.Sprintf("p%d", m.random.IntN(8))
		m.Handler(func() time.Time { return m.now }).OnUpdate(pod(name), pod(next))
		if next != name {
			delete(m.held, name)
		}
		return "replacing " + name + " by " + next + ", which has no node"
	}
	m.now = m.now.Add(time.Duration(m.random.IntN(60)) * time.Second)
	m.ticks++
	m.tick()
	return "a tick"
}

func (m *model) compare() string {
	want := map[string]int64{}
	for _, h := range m.held {
		if h.since == m.ticks {
			want[h.node] += h.bytes
		}
	}
	a := m.Account()
	for _, node := range []string{"a", "b", "c"} {
		if got := int64(a.At(a.Board().Slot(node)).Memory); got != want[node] {
			return fmt.Sprintf("%d bytes came to %s, want %d", got, node, want[node])
		}
	}
	return ""
}
