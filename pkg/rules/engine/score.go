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
	count := len(t.nodes)
	f := field{standings: make([]standing, count), values: make([]float64, count), per: make([]float64, count)}
	for slot := range t.nodes {
		n, s := &t.nodes[slot], &t.board.columns[p.column][slot]
		switch {
		case !p.Nodes.Empty() && !p.Nodes.Matches(n.Labels) || n.Ignore.Ignores(p.Key()):
		case !s.usable(t.now, p.metric.MaxAge):
			f.standings[slot] = silent
		default:
			f.per[slot] = s.per(&p.metric)
			f.standings[slot], f.values[slot] = judged, p.value(s, n, m)+f.per[slot]*s.unseen
		}
	}
	return f
}

// per is what a core, byte or pod more on the node adds to the value of a metric; 0
// where a pod makes no difference.
func (s *sample) per(m *rules.Metric) float64 {
	per := 1 / s.unit
	switch {
	case math.IsInf(per, 0):
		return 0
	case m.InFlight.Free:
		return -per
	}
	return per
}

// value is what a preference compares of a node, as far as it is measured.
func (p *preferred) value(s *sample, n *Node, m memory) float64 {
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
	taste  Taste
	points []uint8 // by slot, and behind them those of a node that is not on the Board
}

// Scores returns what the nodes are worth to pods of a Taste. The first call for one
// that nobody wanted of the Board before looks at every node.
func (b *Board) Scores(t Taste) *Scores { return b.scores.get(t) }

func (b *Board) newScores(t Taste) *Scores {
	s := &Scores{board: b, taste: t, points: make([]uint8, len(b.nodes)+1)}
	for slot := range b.nodes {
		s.points[slot] = b.score(&t, slot, Amounts{})
	}
	s.points[len(b.nodes)] = toPoints(b.liking(&t, len(b.nodes), Amounts{}))
	return s
}

// At returns what a node is worth, from 0 to 100, by its slot in the Board. One that the
// Board does not know, with the slot −1, has just joined: it is worth as much as a silent
// one, for which no rule fires. arrived is what came to the node since the Board was
// made. It allocates nothing.
func (s *Scores) At(slot int, arrived Amounts) int64 {
	switch {
	case slot < 0:
		slot = len(s.points) - 1
	case arrived != Amounts{}:
		return int64(s.board.score(&s.taste, slot, arrived))
	}
	return int64(s.points[slot])
}

// score returns the points of the preferences, less those of every rule that the node
// breaks.
func (b *Board) score(t *Taste, slot int, arrived Amounts) uint8 {
	return toPoints(b.liking(t, slot, arrived) - b.nodes[slot].avoided(t))
}

// liking returns the weighted mean of the preferences. Without any of them a node
// begins with 100.
func (b *Board) liking(t *Taste, slot int, arrived Amounts) float64 {
	if len(t.likes) == 0 {
		return mostPoints
	}
	score := 0.0
	for _, l := range t.likes {
		score += l.weight * b.rankings[l.preference].of(slot, arrived)
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

// points returns what a node is worth to one preference.
func (n *NodeBoard) points(l like, arrived Amounts) float64 {
	return n.board.rankings[l.preference].of(n.slot, arrived)
}

func toPoints(score float64) uint8 { return uint8(math.Round(math.Max(0, score))) }

// fires reports whether a rule fires on the node and is not silenced there.
func (n *NodeBoard) fires(rule int) bool {
	p := n.board.pair(n.slot, rule)
	return (p.phase == Firing || p.phase == Keeping) && !p.silenced
}
