package engine

import (
	"math"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// rank gives all nodes their points by every preference.
func (t *tick) rank(m memory) {
	p := t.board.program
	t.board.rankings = make([]ranking, len(p.preferences))
	for i := range p.preferences {
		t.board.rankings[i] = p.preferences[i].rank(t.field(&p.preferences[i], m))
	}
	m.forget(p, t.board.roster)
}

// field looks at all nodes with the eyes of one preference.
func (t *tick) field(p *preferred, m memory) field {
	f := field{standings: make([]standing, len(t.nodes)), values: make([]float64, len(t.nodes))}
	for slot := range t.nodes {
		n, s := &t.nodes[slot], t.board.columns[p.column][slot]
		switch {
		case !p.Nodes.Empty() && !p.Nodes.Matches(n.Labels) || n.Ignore.Ignores(p.Key()):
		case !s.usable(t.now, p.metric.MaxAge):
			f.standings[slot] = silent
		default:
			f.standings[slot], f.values[slot] = judged, p.value(s, n, m)
		}
	}
	return f
}

// value is what a preference compares of a node.
func (p *preferred) value(s sample, n *Node, m memory) float64 {
	if p.Prefer != rules.PreferSteady {
		return s.value
	}
	h := m.of(p, n)
	h.add(s, p.Steady.Window)
	return h.level(p.Steady.Deviations)
}

// Taste is what matters for the score of a pod: the preferences that govern it,
// and the rules that take points off. It belongs to the Board that made it.
type Taste struct {
	likes []like
	// weights is the sum of their weights.
	weights float64
	avoids  []avoid
}

type like struct {
	preference int
	weight     float64
}

type avoid struct {
	rule   int
	points float64
}

// Empty reports whether all nodes are worth the same to the pod.
func (t *Taste) Empty() bool { return len(t.likes) == 0 && len(t.avoids) == 0 }

func (t Taste) equal(other Taste) bool {
	return slices.Equal(t.likes, other.likes) && slices.Equal(t.avoids, other.avoids)
}

// Taste returns what matters for the score of a pod. Preferences are no more than
// wishes, and hold for pods of every priority.
func (b *Board) Taste(pod PodFacts) Taste {
	var t Taste
	for i := range b.program.preferences {
		if p := &b.program.preferences[i]; p.governs(&pod) {
			t.likes = append(t.likes, like{i, float64(p.Weight)})
			t.weights += float64(p.Weight)
		}
	}
	if pod.SystemCritical || b.program.set.Pause.BlocksPaused(b.At) {
		return t
	}
	for i := range b.program.rules {
		if r := &b.program.rules[i]; r.Avoid != nil && !r.DryRun && r.concerns(&pod) {
			t.avoids = append(t.avoids, avoid{i, float64(r.Avoid.Points)})
		}
	}
	return t
}

func (p *preferred) governs(pod *PodFacts) bool {
	return !p.Paused &&
		(p.Namespace == "" || p.Namespace == pod.Namespace) &&
		(p.Pods.Empty() || p.Pods.Matches(pod.Labels)) &&
		!pod.Ignore.Ignores(p.Key())
}

// Scores is what the nodes of a Board are worth to pods of one Taste. It is immutable.
type Scores struct {
	board  *Board
	points []uint8 // by slot, and behind them those of a node that is not on the Board
}

// Scores returns what the nodes are worth to pods of a Taste. The first call for one
// that nobody wanted of the Board before looks at every node.
func (b *Board) Scores(t Taste) *Scores { return b.scores.get(t) }

func (b *Board) newScores(t Taste) *Scores {
	s := &Scores{board: b, points: make([]uint8, len(b.nodes)+1)}
	for slot := range b.nodes {
		s.points[slot] = toPoints(b.liking(&t, slot) - b.nodes[slot].avoided(&t))
	}
	s.points[len(b.nodes)] = toPoints(b.liking(&t, len(b.nodes)))
	return s
}

// Of returns what a node is worth, from 0 to 100. One that the Board does not know has
// just joined: it is worth as much as a silent one, for which no rule fires. It
// allocates nothing.
func (s *Scores) Of(node string) int64 {
	slot, found := s.board.roster.slots[node]
	if !found {
		slot = len(s.points) - 1
	}
	return int64(s.points[slot])
}

// liking returns the weighted mean of the preferences. Without any of them a node
// begins with 100.
func (b *Board) liking(t *Taste, slot int) float64 {
	if len(t.likes) == 0 {
		return mostPoints
	}
	score := 0.0
	for _, l := range t.likes {
		score += l.weight * float64(b.rankings[l.preference][slot])
	}
	return score / t.weights
}

// avoided returns the points of every rule that the node breaks.
func (n *NodeBoard) avoided(t *Taste) (points float64) {
	for _, a := range t.avoids {
		if n.fires(a.rule) {
			points += a.points
		}
	}
	return points
}

func toPoints(score float64) uint8 { return uint8(math.Round(math.Max(0, score))) }

// fires reports whether a rule fires on the node and is not silenced there.
func (n *NodeBoard) fires(rule int) bool {
	p := &n.board.pairs[int(n.slot)*len(n.board.program.rules)+rule]
	return (p.phase == Firing || p.phase == Keeping) && !p.silenced
}
