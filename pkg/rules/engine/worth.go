package engine

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"

// Worth is what Score makes of a node, in its parts.
type Worth struct {
	// Score is from 0 to 100.
	Score int64
	Likes []LikePoints
	// Avoids are the rules that take points off the node now.
	Avoids []AvoidPoints
}

// LikePoints are the points of one preference, from 0 to 100.
type LikePoints struct {
	Preference     rules.Key
	Weight, Points float64
}

// AvoidPoints are what a firing rule takes off.
type AvoidPoints struct {
	Rule   rules.Key
	Points float64
}

// Worth returns what Scores says of the node, with the parts that it is made of.
func (n *NodeBoard) Worth(t *Taste, arrived Amounts) Worth {
	w := Worth{Score: int64(n.board.score(t, n.slot, arrived))}
	for _, l := range t.likes {
		w.Likes = append(w.Likes, LikePoints{n.board.program.preferences[l.preference].Key(), l.weight, n.points(l, arrived)})
	}
	for _, a := range t.avoids {
		if n.fires(a.rule) {
			w.Avoids = append(w.Avoids, AvoidPoints{n.board.program.rules[a.rule].Key(), a.points})
		}
	}
	return w
}
