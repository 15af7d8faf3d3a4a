package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// Leaves yields the leaves of the tree from left to right.
func (c *Condition) Leaves() iter.Seq[*Leaf] {
	return func(yield func(*Leaf) bool) { c.visit(yield) }
}

// leaves counts them.
func (c *Condition) leaves() (n int) {
	for range c.Leaves() {
		n++
	}
	return n
}

func (c *Condition) visit(yield func(*Leaf) bool) bool {
	if c.Leaf != nil && !yield(c.Leaf) {
		return false
	}
	for i := range c.Any {
		if !c.Any[i].visit(yield) {
			return false
		}
	}
	for i := range c.All {
		if !c.All[i].visit(yield) {
			return false
		}
	}
	return c.Not == nil || c.Not.visit(yield)
}

// symbols are the comparisons as people write them.
var symbols = map[Op]string{Above: ">", AtLeast: ">=", Below: "<", AtMost: "<=", Equal: "=", NotEqual: "!="}

// String returns the comparison with the threshold as its author wrote it:
// "memory > 90%".
func (l *Leaf) String() string {
	written := l.Written
	if written == "" {
		written = formatNumber(l.Threshold)
	}
	return l.Metric + " " + symbols[l.Op] + " " + written
}

// String returns the tree on one line: "memory > 90% and not (cpu < 5%)".
func (c *Condition) String() string {
	switch {
	case c.Leaf != nil:
		return c.Leaf.String()
	case c.Not != nil:
		return "not (" + c.Not.String() + ")"
	case len(c.Any) > 0:
		return join(c.Any, " or ")
	}
	return join(c.All, " and ")
}

// join writes branches, with the trees among them in brackets.
func join(branches []Condition, word string) string {
	parts := make([]string, len(branches))
	for i := range branches {
		parts[i] = branches[i].String()
		if len(branches) > 1 && len(branches[i].Any)+len(branches[i].All) > 1 {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, word)
}

// Fingerprint identifies what the condition means: two with one fingerprint are
// true, false and unknown together. How it was written does not count. It is
// stored across restarts, so its form must not change lightly.
func (c *Condition) Fingerprint() string {
	sum := sha256.Sum256([]byte(c.canonical()))
	return hex.EncodeToString(sum[:8])
}

// canonical writes the tree with all that decides its outcome.
func (c *Condition) canonical() string {
	switch {
	case c.Leaf != nil:
		l := c.Leaf
		return fmt.Sprintf("(%q %s %s %s)", l.Metric, l.Op, exact(l.Threshold), exact(l.Clear))
	case c.Not != nil:
		return "(not " + c.Not.canonical() + ")"
	}
	word, branches := "any", c.Any
	if len(c.All) > 0 {
		word, branches = "all", c.All
	}
	var b strings.Builder
	for i := range branches {
		b.WriteString(branches[i].canonical())
	}
	return "(" + word + b.String() + ")"
}

func exact(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }
