package engine

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"

// expr is a compiled tree. Its value follows Kleene's logic of three values.
type expr struct {
	op expression
	// leaf is the index of the leaf where op is isLeaf.
	leaf int
	// of are the branches; one of them where op is isNot.
	of []expr
}

type expression uint8

const (
	isLeaf expression = iota
	isAny
	isAll
	isNot
)

// compile numbers the leaves from left to right, as Condition.Leaves yields them.
func compile(c *rules.Condition, next *int) expr {
	switch {
	case c.Leaf != nil:
		*next++
		return expr{op: isLeaf, leaf: *next - 1}
	case c.Not != nil:
		return expr{op: isNot, of: []expr{compile(c.Not, next)}}
	case len(c.Any) > 0:
		return expr{op: isAny, of: compileAll(c.Any, next)}
	}
	return expr{op: isAll, of: compileAll(c.All, next)}
}

func compileAll(branches []rules.Condition, next *int) []expr {
	out := make([]expr, len(branches))
	for i := range branches {
		out[i] = compile(&branches[i], next)
	}
	return out
}

// value returns what the tree says given its leaves' observations.
func (e *expr) value(leaves []observation) observation {
	switch e.op {
	case isLeaf:
		return leaves[e.leaf]
	case isNot:
		return e.of[0].value(leaves).not()
	case isAny:
		return e.branches(leaves, True)
	}
	return e.branches(leaves, False)
}

// branches combines them: one that has the deciding truth decides, Unknown comes
// second. A decision is as fresh as the newest branch that decides alone; where
// all branches are needed, the oldest counts.
func (e *expr) branches(leaves []observation, deciding Truth) observation {
	var newest, oldest observation
	unknown := false
	for i := range e.of {
		o := e.of[i].value(leaves)
		switch {
		case o.truth == Unknown:
			unknown = true
		case o.truth == deciding && (newest.truth == Unknown || o.at > newest.at):
			newest = o
		case o.truth != deciding && (oldest.truth == Unknown || o.at < oldest.at):
			oldest = o
		}
	}
	switch {
	case newest.truth != Unknown:
		return newest
	case unknown:
		return observation{}
	}
	return oldest
}

func (o observation) not() observation {
	switch o.truth {
	case True:
		o.truth = False
	case False:
		o.truth = True
	}
	return o
}
