package integration

import "testing"

// chapter is a part of a story that builds on the parts before.
type chapter[S any] struct {
	sentence string
	tell     func(S)
}

// teller can tell a part of its story within a part of its test.
type teller[S any] interface{ in(t *testing.T) S }

var (
	_ teller[*release] = (*release)(nil)
	_ teller[*story]   = (*story)(nil)
)

// tell runs the chapters of a story in their order, up to the first that fails.
func tell[S teller[S]](t *testing.T, story S, chapters ...chapter[S]) {
	t.Helper()
	for _, c := range chapters {
		if !t.Run(c.sentence, func(t *testing.T) { c.tell(story.in(t)) }) {
			return
		}
	}
}
