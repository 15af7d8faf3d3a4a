package strictyaml

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// pairs yields the keys of a mapping that are words and stand once.
func (d *decoder) pairs(n *yaml.Node, path Path, yield func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.wrong(n, path, `write its fields as "name: value"`, "%s must be a set of fields, not %s", title(path), kindName(n))
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content) && !d.full(); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		line, seen := first[key.Value]
		switch {
		case key.Kind == yaml.AliasNode || key.Tag == "!!merge":
		case key.Kind != yaml.ScalarNode:
			d.wrong(key, path.Key("?"), "write a word", "a key must be a word, not %s", kindName(key))
		case seen:
			d.note(key, path, fmt.Sprintf("%q stands twice here, first in line %d", Show(key.Value), line), "keep one")
		default:
			first[key.Value] = key.Line
			yield(key, value)
		}
	}
}

// title names a field at the beginning of a message.
func title(path Path) string {
	if path == "" {
		return "the file"
	}
	return fmt.Sprintf("%q", path.Last())
}

// fields decodes a mapping whose keys are the fields of a struct.
func (d *decoder) fields(n *yaml.Node, path Path, into reflect.Value) {
	known := fieldsOf(into.Type())
	d.pairs(n, path, func(key, value *yaml.Node) {
		field, found := known.byName[key.Value]
		if !found {
			d.unknown(key, path, known.names)
			return
		}
		child := path.Child(key.Value)
		d.positions.add(child, position(key), value)
		d.value(value, child, into.Field(field.index), field.nullable)
	})
}

// unknown reports a field that the struct does not have. The field that was
// probably meant counts as broken: that it is missing is no second mistake.
func (d *decoder) unknown(key *yaml.Node, path Path, names []string) {
	if likely := Suggest(key.Value, names); likely != "" {
		d.positions.broken[path.Child(likely)] = true
	}
	where := "the file"
	if path != "" {
		where = path.Last()
	}
	d.note(key, path.Child(key.Value), fmt.Sprintf("%s has no field %q", where, Show(key.Value)), DidYouMean(key.Value, names))
}

// entries decodes a mapping whose keys are free.
func (d *decoder) entries(n *yaml.Node, path Path, into reflect.Value) {
	into.Set(reflect.MakeMap(into.Type()))
	d.pairs(n, path, func(key, value *yaml.Node) {
		child := path.Key(key.Value)
		d.positions.add(child, position(key), value)
		d.scalar(key, child, func(s Scalar) error { _, err := decodeText(s, key.Tag, reflect.TypeFor[string]()); return err })
		element := reflect.New(into.Type().Elem()).Elem()
		d.value(value, child, element, false)
		into.SetMapIndex(reflect.ValueOf(key.Value).Convert(into.Type().Key()), element)
	})
}

// field is one field of a struct.
type field struct {
	index    int
	nullable bool
}

// fieldSet holds the fields of a struct by name, and the names in their order.
type fieldSet struct {
	byName map[string]field
	names  []string
}

// fieldSets remembers what reflection found, by type.
var fieldSets sync.Map

func fieldsOf(t reflect.Type) *fieldSet {
	if known, found := fieldSets.Load(t); found {
		return known.(*fieldSet)
	}
	known, _ := fieldSets.LoadOrStore(t, readFields(t))
	return known.(*fieldSet)
}

// readFields lists the fields of a struct by the names in their json tags.
func readFields(t reflect.Type) *fieldSet {
	set := &fieldSet{byName: map[string]field{}}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		set.byName[name] = field{index: i, nullable: t.Field(i).Tag.Get("strict") == "null"}
		set.names = append(set.names, name)
	}
	return set
}
