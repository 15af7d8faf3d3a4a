package prometheus

import (
	"strings"
	"unicode/utf8"
)

// longest is how much of a text of others people are shown.
const longest = 200

// cut makes one line of a text, of bounded length.
func cut(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= longest {
		return text
	}
	end := longest
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
