package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
)

// Position is a place in a text. Lines and columns count from 1; columns count
// characters, not bytes. The zero Position means that the place is not known.
type Position struct{ Line, Column int }

// Mistake is one thing that is wrong with a text.
type Mistake struct {
	Position
	// Path is the field that the mistake is about; empty for the whole text.
	Path Path
	// Message says what is wrong, Mend how to put it right. Mend may be empty.
	Message, Mend string
}

// String returns "line:column: message; mend".
func (m Mistake) String() string {
	text := m.Message
	if m.Mend != "" {
		text += "; " + m.Mend
	}
	if m.Line == 0 {
		return text
	}
	return fmt.Sprintf("%d:%d: %s", m.Line, m.Column, text)
}

// Problem is an error that knows how it can be mended. A ScalarDecoder returns
// one so that message and remedy stay apart.
type Problem struct{ Message, Mend string }

// Error returns the message and the remedy.
func (p *Problem) Error() string {
	if p.Mend == "" {
		return p.Message
	}
	return p.Message + "; " + p.Mend
}

// problemf makes a Problem whose message is formatted.
func problemf(mend, format string, args ...any) *Problem {
	return &Problem{Message: fmt.Sprintf(format, args...), Mend: mend}
}

// MaxMistakes bounds how many mistakes are listed: whoever made a hundred made
// one a hundred times.
const MaxMistakes = 100

// NotListed is the message of the last mistake of a list that was cut.
const NotListed = "there are more mistakes, which are not listed"

// sortByPosition orders mistakes as a reader meets them.
func sortByPosition(mistakes []Mistake) {
	slices.SortStableFunc(mistakes, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// maxShown bounds how much of a user's text a message repeats, in characters.
const maxShown = 60

// Show returns text as it may stand in a message: on one line and short.
func Show(text string) string {
	runes := []rune(text)
	if len(runes) > maxShown {
		runes = append(runes[:maxShown:maxShown], '…')
	}
	for i, r := range runes {
		if r < ' ' {
			runes[i] = ' '
		}
	}
	return string(runes)
}
