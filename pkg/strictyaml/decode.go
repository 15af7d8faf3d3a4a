package strictyaml

import (
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// Decode fills the struct that into points to from a tree and returns where its
// fields stand, with all mistakes in the order of the text. What could be read
// is filled in even then. at is the path of the tree in its document.
//
// Fields may be structs, pointers, slices, maps from string, strings, booleans,
// signed integers, floats, any ScalarDecoder, an OneOrEach and a Subtree. Another type is a
// mistake of the programmer and panics.
func Decode(tree *yaml.Node, at Path, into any) (*Positions, []Mistake) {
	d := &decoder{positions: newPositions()}
	d.positions.add(at, position(tree), tree)
	if d.refuse(tree, 1) {
		d.value(tree, at, reflect.ValueOf(into).Elem(), false)
	} else {
		d.positions.broken[at] = true
	}
	if d.full() {
		d.mistakes[MaxMistakes].Message, d.mistakes[MaxMistakes].Mend = NotListed, ""
	}
	sortByPosition(d.mistakes)
	return d.positions, d.mistakes
}

type decoder struct {
	positions *Positions
	mistakes  []Mistake
}

// full reports that there are more mistakes than are listed, so that it is time
// to stop.
func (d *decoder) full() bool { return len(d.mistakes) > MaxMistakes }

// note adds a mistake that says nothing about the value of a field.
func (d *decoder) note(n *yaml.Node, path Path, message, mend string) {
	if !d.full() {
		d.mistakes = append(d.mistakes, Mistake{Position: position(n), Path: path, Message: message, Mend: mend})
	}
}

// wrong notes a mistake in the value of a field.
func (d *decoder) wrong(n *yaml.Node, path Path, mend, format string, args ...any) {
	d.positions.broken[path] = true
	d.note(n, path, fmt.Sprintf(format, args...), mend)
}

// maxDepth bounds how deep a tree is decoded. Paths grow with the depth, and with
// them the memory that a hostile text costs.
const maxDepth = 64

// refuse walks the whole tree for what makes a text mean more than it shows. It
// returns false for a tree that is not worth decoding.
func (d *decoder) refuse(n *yaml.Node, depth int) bool {
	if depth > maxDepth {
		d.note(n, "", fmt.Sprintf("fields stand more than %d deep in each other here", maxDepth), "")
		return false
	}
	d.refuseOne(n)
	for _, child := range n.Content {
		if d.full() || !d.refuse(child, depth+1) {
			return false
		}
	}
	return true
}

// refuseOne judges one node alone.
func (d *decoder) refuseOne(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		alias := refuseAlias(position(n), n.Value)
		d.note(n, "", alias.Message, alias.Mend)
	case n.Anchor != "":
		d.note(n, "", fmt.Sprintf("the anchor &%s is not read here", Show(n.Anchor)), "remove it")
	case n.Tag == "!!merge":
		d.note(n, "", "the merge key << is not read here", "write the fields out")
	case n.Style&yaml.TaggedStyle != 0:
		d.note(n, "", fmt.Sprintf("the tag %s is not read here", Show(n.Tag)), "remove it")
	}
}

var (
	scalarDecoder = reflect.TypeFor[ScalarDecoder]()
	subtree       = reflect.TypeFor[Subtree]()
	oneOrEach     = reflect.TypeFor[OneOrEach]()
)

// value decodes one node into one Go value.
func (d *decoder) value(n *yaml.Node, path Path, into reflect.Value, nullable bool) {
	switch {
	case n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0:
		d.positions.broken[path] = true // refuse has reported it.
	case isNull(n):
		d.null(n, path, into, nullable)
	case into.Type() == subtree:
		into.Set(reflect.ValueOf(Subtree{n}))
	case into.Type() == oneOrEach:
		d.oneOrEach(n, path, into)
	case into.Kind() == reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.value(n, path, into.Elem(), nullable)
	case into.CanAddr() && into.Addr().Type().Implements(scalarDecoder):
		d.scalar(n, path, into.Addr().Interface().(ScalarDecoder).DecodeScalar)
	default:
		d.kind(n, path, into)
	}
}

// kind decodes by the kind of the Go value.
func (d *decoder) kind(n *yaml.Node, path Path, into reflect.Value) {
	switch into.Kind() {
	case reflect.Struct:
		d.fields(n, path, into)
	case reflect.Map:
		d.entries(n, path, into)
	case reflect.Slice:
		d.list(n, path, into)
	case reflect.String:
		d.scalar(n, path, func(s Scalar) error { return store(into.SetString)(decodeText(s, n.Tag, into.Type())) })
	case reflect.Bool:
		d.scalar(n, path, func(s Scalar) error { return store(into.SetBool)(decodeBool(s)) })
	case reflect.Int, reflect.Int32, reflect.Int64:
		d.scalar(n, path, func(s Scalar) error { return store(into.SetInt)(decodeInt(s, into.Type().Bits())) })
	case reflect.Float64:
		d.scalar(n, path, func(s Scalar) error { return store(into.SetFloat)(decodeFloat(s)) })
	default:
		panic(fmt.Sprintf("strictyaml: field %s has the type %s, which cannot be decoded", path, into.Type()))
	}
}

// store calls set with a value that was read without an error.
func store[T any](set func(T)) func(T, error) error {
	return func(value T, err error) error {
		if err == nil {
			set(value)
		}
		return err
	}
}

// null handles a field that was written without a value.
func (d *decoder) null(n *yaml.Node, path Path, into reflect.Value, nullable bool) {
	if nullable {
		return
	}
	mend := "give it one or remove it"
	switch base(into.Type()).Kind() {
	case reflect.Struct, reflect.Map:
		mend = "write {} or remove it"
	case reflect.Slice:
		mend = "write [] or remove it"
	}
	if base(into.Type()) == reflect.TypeFor[Scalar]() {
		mend = "give it one or remove it"
	}
	d.wrong(n, path, mend, "%q has no value", path.Last())
}

func base(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// scalar hands a scalar to its reader.
func (d *decoder) scalar(n *yaml.Node, path Path, read func(Scalar) error) {
	if n.Kind != yaml.ScalarNode {
		d.wrong(n, path, "", "%q must be a single value, not %s", path.Last(), kindName(n))
		return
	}
	switch err := read(scalarOf(n)).(type) {
	case nil:
	case *Problem:
		d.wrong(n, path, err.Mend, "%q: %s", path.Last(), err.Message)
	default:
		d.wrong(n, path, "", "%q: %v", path.Last(), err)
	}
}

// list decodes a sequence.
func (d *decoder) list(n *yaml.Node, path Path, into reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.wrong(n, path, `begin each entry with "- "`, "%q must be a list, not %s", path.Last(), kindName(n))
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(n.Content), len(n.Content)))
	for i, entry := range n.Content {
		if d.full() {
			return
		}
		d.positions.add(path.Index(i), position(entry), entry)
		d.value(entry, path.Index(i), into.Index(i), false)
	}
}

// kindName says what a node is, for people.
func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a set of fields"
	case yaml.SequenceNode:
		return "a list"
	}
	if scalarOf(n).Quoted || tagNames[n.Tag] == "" {
		return "text"
	}
	return "a " + tagNames[n.Tag]
}
