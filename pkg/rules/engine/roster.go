package engine

import (
	"slices"
	"strings"
)

// roster gives each node a slot: its index in the slices of a Board. Slots are in
// the order of names. A roster is immutable and shared by Boards.
type roster struct {
	names   []string
	created []instant
	slots   map[string]int
}

var nobody = &roster{}

// newRoster returns the roster of sorted nodes: the previous one where it is the
// same, so that an unchanged cluster costs no map.
func newRoster(nodes []Node, previous *roster) *roster {
	if previous.holds(nodes) {
		return previous
	}
	r := &roster{slots: make(map[string]int, len(nodes))}
	for i := range nodes {
		r.slots[nodes[i].Name] = i
		r.names = append(r.names, nodes[i].Name)
		r.created = append(r.created, instantOf(nodes[i].Created))
	}
	return r
}

func (r *roster) holds(nodes []Node) bool {
	if len(nodes) != len(r.names) {
		return false
	}
	for i := range nodes {
		if nodes[i].Name != r.names[i] || instantOf(nodes[i].Created) != r.created[i] {
			return false
		}
	}
	return true
}

// from returns each node's slot in a former roster; −1 for a node that is new, or
// was made anew under its old name.
func (r *roster) from(former *roster) []int {
	out := make([]int, len(r.names))
	for i, name := range r.names {
		slot, found := former.slots[name]
		if !found || former.created[slot] != r.created[i] {
			slot = -1
		}
		out[i] = slot
	}
	return out
}

// sorted returns the nodes in the order of their names; of two with one name the
// later one counts.
func sorted(nodes []Node) []Node {
	out := slices.Clone(nodes)
	slices.SortStableFunc(out, func(a, b Node) int { return strings.Compare(a.Name, b.Name) })
	last := 0
	for i := range out {
		if i > 0 && out[i].Name != out[last].Name {
			last++
		}
		out[last] = out[i]
	}
	return out[:min(len(out), last+1)]
}
