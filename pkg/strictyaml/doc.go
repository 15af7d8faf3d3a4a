// Package strictyaml decodes one YAML document into Go structs and finds every
// mistake in one pass, each with its line and column.
//
// It reads less than YAML allows, on purpose: anchors, aliases, merge keys and
// tags are refused, as are duplicate keys, fields that the target does not have,
// and scalars that two YAML versions read differently (No, 010). What a reader
// of a file cannot see at a glance must not change what the file means.
//
// Reading has two steps. Parse turns text into a tree; Decode fills a struct
// from any subtree and returns the Positions of all fields, so that a validation
// which speaks of field paths can point at lines and columns too.
//
// Fields are named by their json tags. The tag strict:"null" lets a field be
// written as null, which means the same as leaving it out.
package strictyaml
