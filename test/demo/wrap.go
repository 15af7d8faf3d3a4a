package main

import (
	"strings"
	"unicode/utf8"
)

// wrap breaks a text between words into lines of at most width runes. All but the
// first begin with an indent. A word that is too long for a line is broken too.
func wrap(text string, width, indent int) []string {
	indent = min(indent, width/2)
	var out []string
	for utf8.RuneCountInString(text) > width {
		line, rest := split([]rune(text), width, indent)
		out = append(out, line)
		text = strings.Repeat(" ", indent) + rest
	}
	return append(out, text)
}

// split cuts a text at the last space before width, but not in its indent.
func split(text []rune, width, indent int) (line, rest string) {
	for i := width; i > indent; i-- {
		if text[i] == ' ' {
			head := strings.TrimRight(string(text[:i]), " ")
			if head != "" {
				return head, strings.TrimLeft(string(text[i:]), " ")
			}
		}
	}
	return string(text[:width]), string(text[width:])
}

// indentOf counts the spaces that a text begins with.
func indentOf(text string) int {
	return len(text) - len(strings.TrimLeft(text, " "))
}
