// Package damage harms stored JSON, for tests of what comes of that.
package damage

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

// Some returns a value that was changed somewhere: mostly in what it says, and sometimes so
// that it is no JSON any more.
func Some(r *rand.Rand, value json.RawMessage) json.RawMessage {
	var tree any
	if r.IntN(10) == 0 || json.Unmarshal(value, &tree) != nil {
		return value[:r.IntN(len(value)+1)]
	}
	out, _ := json.Marshal(change(r, tree)) // what was read always marshals
	return out
}

// change changes one thing in a tree: itself, or something below it.
func change(r *rand.Rand, tree any) any {
	switch v := tree.(type) {
	case map[string]any:
		if len(v) > 0 && r.IntN(8) > 0 {
			return changeField(r, v)
		}
	case []any:
		if len(v) > 0 && r.IntN(8) > 0 {
			at := r.IntN(len(v))
			v[at] = change(r, v[at])
			return v
		}
	}
	return other(r)
}

func changeField(r *rand.Rand, v map[string]any) any {
	name := slices.Sorted(maps.Keys(v))[r.IntN(len(v))]
	if r.IntN(4) == 0 {
		delete(v, name)
	} else {
		v[name] = change(r, v[name])
	}
	return v
}

// other is what may stand anywhere.
func other(r *rand.Rand) any {
	return []any{
		nil, map[string]any{}, []any{}, []any{nil}, map[string]any{"": nil}, "", "x", 0, -1, 1e300, true,
		time.Date(1+r.IntN(9998), 1, 1, 0, 0, 0, 0, time.UTC),
	}[r.IntN(12)]
}
