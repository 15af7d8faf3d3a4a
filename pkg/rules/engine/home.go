package engine

import (
	"fmt"
	"strings"
	"sync"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// HomeAnswer says whether a pod that a rule moves may go to a node.
type HomeAnswer struct {
	// Home is set where it may.
	Home bool
	// Unknown is set where that is because something is not known.
	Unknown bool
	// Sentence says why it may not, with numbers, for people; empty where it may.
	Sentence string
}

// Home answers whether a node with one more pod stays behind the clear level of a rule
// that evicts, or where that has none is not True, by what is measured there, what is in
// flight and the pod; and whether the node is one of those to which the rule lets pods
// go. What is Unknown is no home, and neither is a node that has not reported yet.
func (b *Board) Home(rule rules.Key, c Candidate) HomeAnswer {
	i, found := b.program.index[rule]
	if !found || b.program.rules[i].evict == nil {
		return HomeAnswer{Unknown: true, Sentence: fmt.Sprintf("no rule %s that evicts is in force", rule)}
	}
	m := b.gauge()
	if !m.aim(&c) {
		return HomeAnswer{Unknown: true, Sentence: fmt.Sprintf("nothing is known yet of node %s", c.Node)}
	}
	r := &b.program.rules[i]
	if answer := b.suits(r, m.slot); !answer.Home {
		return answer
	}
	return b.Clear(rule, c)
}

// Clear is Home without the rule's condition on where its own pods may go: whether the
// rule stays clear on the node, whoever moves the pod there.
func (b *Board) Clear(rule rules.Key, c Candidate) HomeAnswer {
	i, found := b.program.index[rule]
	m := b.gauge()
	if !found || b.program.rules[i].evict == nil || !m.aim(&c) {
		return HomeAnswer{Unknown: true, Sentence: fmt.Sprintf("nothing is known of rule %s on node %s", rule, c.Node)}
	}
	if !b.pair(m.slot, i).selected {
		return HomeAnswer{Home: true}
	}
	return m.staysClear(&b.program.rules[i])
}

// FewHomes says why a rule that evicts has too few homes at all, as its homes.minNodes
// counts them; empty where there are enough.
func (b *Board) FewHomes(rule rules.Key) string {
	i, found := b.program.index[rule]
	if !found || b.program.rules[i].evict == nil || b.program.rules[i].evict.homes == nil {
		return ""
	}
	r := &b.program.rules[i]
	if count := b.homesOf(r).count; count < int(r.Evict.Homes.MinNodes) {
		return fmt.Sprintf("rule %s wants %d nodes with %s, and there are %d", r.Key(), r.Evict.Homes.MinNodes, &r.Evict.Homes.When, count)
	}
	return ""
}

// staysClear looks at every comparison from behind the line at which it ends.
func (m *gauge) staysClear(r *compiled) HomeAnswer {
	ends := r.evict.ends
	leaves := make([]observation, len(ends.leaves))
	var unknown []string
	for i := range ends.leaves {
		why := ""
		if leaves[i].truth, why = m.with(ends, literal{&ends.leaves[i], r.evict.negated[i]}); why != "" {
			unknown = append(unknown, why)
		}
	}
	prefix := fmt.Sprintf("rule %s would not be clear: ", r.Key())
	switch ends.expr.value(leaves).truth {
	case False:
		return HomeAnswer{Home: true}
	case True:
		return HomeAnswer{Sentence: prefix + strings.Join(m.because(ends, 0, &ends.expr, false), "; ")}
	}
	return HomeAnswer{Unknown: true, Sentence: fmt.Sprintf("rule %s cannot tell: ", r.Key()) + strings.Join(unknown, "; ")}
}

// with returns what a comparison is with the pod, not turned round, and where nobody
// knows why.
func (m *gauge) with(c *compiled, l literal) (Truth, string) {
	s := &m.board.columns[l.column][m.slot]
	switch {
	case !s.usable(m.now, l.metric.MaxAge):
		return Unknown, l.Metric + " is unknown: " + l.why(s, m.now)
	case !l.rising():
		return truthOf(l.holds(s.value, l.Threshold)), ""
	}
	f, known := m.foresee(c, l)
	if !known {
		return Unknown, fmt.Sprintf("the node has nothing of what %s counts (%s)", l.Metric, l)
	}
	return truthOf(f.Beyond != l.negated), ""
}

func truthOf(holds bool) Truth {
	if holds {
		return True
	}
	return False
}

// homes are the nodes for which a rule's condition on homes is True, found when somebody
// asks.
type homes struct {
	once sync.Once
	// truths are by slot.
	truths []Truth
	count  int
}

// homesOf looks at all nodes as they are, without any pod.
func (b *Board) homesOf(r *compiled) *homes {
	h, c := &b.homes[r.evict.at], r.evict.homes
	h.once.Do(func() {
		h.truths = make([]Truth, len(b.roster.names))
		for slot := range h.truths {
			if h.truths[slot] = b.truth(c, slot); h.truths[slot] == True {
				h.count++
			}
		}
	})
	return h
}

// truth is that of a condition of which nothing is remembered.
func (b *Board) truth(c *compiled, slot int) Truth {
	leaves := make([]observation, len(c.leaves))
	for i := range c.leaves {
		leaves[i] = c.leaves[i].observe(&b.columns[c.leaves[i].column][slot], instantOf(b.At), false)
	}
	return c.expr.value(leaves).truth
}

// suits asks the rule's condition on homes.
func (b *Board) suits(r *compiled, slot int) HomeAnswer {
	if r.evict.homes == nil {
		return HomeAnswer{Home: true}
	}
	if truth := b.homesOf(r).truths[slot]; truth != True {
		return HomeAnswer{Unknown: truth == Unknown, Sentence: fmt.Sprintf("no home for rule %s, which wants %s: %s", r.Key(), &r.Evict.Homes.When, b.seen(r.evict.homes, slot))}
	}
	few := b.FewHomes(r.Key())
	return HomeAnswer{Home: few == "", Sentence: few}
}

// seen describes what a condition of which nothing is remembered looked at.
func (b *Board) seen(c *compiled, slot int) string {
	var p pair
	samples := b.samples(c, slot)
	for i := range samples {
		if c.leaves[i].isTrue(samples[i].value, false) {
			p.leaves |= 1 << i
		}
	}
	return describe(c.leafVerdicts(samples, &p, instantOf(b.At)))
}
