package strictyaml

import (
	"reflect"

	"go.yaml.in/yaml/v3"
)

// OneOrEach is a single value, or a value for each of some names: of the two the one
// that was written.
type OneOrEach struct {
	One  *Scalar
	Each map[string]Scalar
}

// oneOrEach decodes by what was written.
func (d *decoder) oneOrEach(n *yaml.Node, path Path, into reflect.Value) {
	var out OneOrEach
	switch n.Kind {
	case yaml.MappingNode:
		d.entries(n, path, reflect.ValueOf(&out.Each).Elem())
	case yaml.ScalarNode:
		out.One = new(Scalar)
		d.scalar(n, path, out.One.DecodeScalar)
	default:
		d.wrong(n, path, "", "%q must be a single value or a set of fields, not %s", path.Last(), kindName(n))
	}
	into.Set(reflect.ValueOf(out))
}
