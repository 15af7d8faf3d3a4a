package strictyaml

import (
	"strconv"
	"strings"
)

// Path names a field, as in rules[0].nodes.matchLabels[pool]. The empty Path is
// the root.
type Path string

// Child is the path of a struct's field.
func (p Path) Child(name string) Path {
	if p == "" {
		return Path(name)
	}
	return p + "." + Path(name)
}

// Index is the path of a list's entry.
func (p Path) Index(i int) Path { return p + "[" + Path(strconv.Itoa(i)) + "]" }

// Key is the path of a map's entry.
func (p Path) Key(key string) Path { return p + "[" + Path(key) + "]" }

// parent drops at least part of the last segment: a key that contains dots goes
// piece by piece, which is enough to find an ancestor in the end.
func (p Path) parent() Path {
	return p[:max(0, strings.LastIndexAny(string(p), ".["))]
}

// Within reports whether the path is one of some, or leads into one.
func (p Path) Within(some map[Path]bool) bool {
	for ; p != ""; p = p.parent() {
		if some[p] {
			return true
		}
	}
	return false
}

// Last is the last field name with what follows it: above, rules[0].
func (p Path) Last() string {
	depth := 0
	for i := len(p) - 1; i >= 0; i-- {
		switch {
		case p[i] == ']':
			depth++
		case p[i] == '[':
			depth--
		case p[i] == '.' && depth <= 0:
			return string(p[i+1:])
		}
	}
	return string(p)
}

// Pattern is the path with every index and key replaced by a star.
func (p Path) Pattern() string {
	var b strings.Builder
	for rest := string(p); ; {
		before, after, found := strings.Cut(rest, "[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("[*]")
		_, rest, _ = strings.Cut(after, "]")
	}
}
