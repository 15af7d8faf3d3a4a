package strictyaml

import (
	"iter"

	"go.yaml.in/yaml/v3"
)

// Positions knows where the fields of a decoded document stand.
type Positions struct {
	places map[Path]place
	order  []Path
	broken map[Path]bool
}

// place is where one field stands: its key, or its value for a list's entry.
type place struct {
	key  Position
	node *yaml.Node
}

func newPositions() *Positions {
	return &Positions{places: map[Path]place{}, broken: map[Path]bool{}}
}

func (p *Positions) add(path Path, key Position, value *yaml.Node) {
	if _, seen := p.places[path]; !seen {
		p.order = append(p.order, path)
	}
	p.places[path] = place{key: key, node: value}
}

// Has reports whether the field was written.
func (p *Positions) Has(path Path) bool {
	_, found := p.places[path]
	return found
}

// Text is the value of a scalar field as it was written; empty for any other.
func (p *Positions) Text(path Path) string {
	if n := p.places[path].node; n != nil {
		return n.Value
	}
	return ""
}

// Value is where the value of a field stands; for a field that was not written,
// where its nearest written ancestor stands.
func (p *Positions) Value(path Path) Position {
	return position(p.nearest(path).node)
}

// Key is where the key of a field stands, or that of its nearest ancestor.
func (p *Positions) Key(path Path) Position { return p.nearest(path).key }

func (p *Positions) nearest(path Path) place {
	for path != "" && !p.Has(path) {
		path = path.parent()
	}
	return p.places[path]
}

// Broken reports whether the field, or one that holds it, could not be decoded.
// What validation finds there is a consequence and not worth a report.
func (p *Positions) Broken(path Path) bool {
	for ; path != ""; path = path.parent() {
		if p.broken[path] {
			return true
		}
	}
	return p.broken[path]
}

// All yields every written field in the order of the text, with the text of its
// value where that is a scalar.
func (p *Positions) All() iter.Seq2[Path, string] {
	return func(yield func(Path, string) bool) {
		for _, path := range p.order {
			if !yield(path, p.places[path].node.Value) {
				return
			}
		}
	}
}

// position is where a node begins; the zero Position for nil.
func position(n *yaml.Node) Position {
	if n == nil {
		return Position{}
	}
	return Position{Line: n.Line, Column: n.Column}
}
