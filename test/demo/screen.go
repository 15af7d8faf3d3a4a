package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// linesOfStory is how much of the story stands under the table.
const linesOfStory = 9

// screen shows the story: on a terminal as a table that is drawn over itself
// with the newest lines under it, otherwise as plain lines.
type screen struct {
	out   *os.File
	live  bool
	began time.Time

	mu    sync.Mutex
	table []string
	story []string
	drawn int // lines on the screen that the next drawing replaces
}

func newScreen(out *os.File) *screen {
	return &screen{out: out, live: term.IsTerminal(int(out.Fd())), began: time.Now()}
}

// say adds a line to the story.
func (s *screen) say(format string, args ...any) {
	line := fmt.Sprintf("%6.1f s  ", time.Since(s.began).Seconds()) + fmt.Sprintf(format, args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.live {
		_, _ = fmt.Fprintln(s.out, line)
		return
	}
	s.story = append(s.story, line)
	s.draw()
}

// show replaces the table. Without a terminal there is none.
func (s *screen) show(table []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.table = table
	if s.live {
		s.draw()
	}
}

// draw writes table and story over what was drawn before.
func (s *screen) draw() {
	lines := append(append([]string{}, s.table...), s.story[max(0, len(s.story)-linesOfStory):]...)
	width, _, err := term.GetSize(int(s.out.Fd()))
	if err != nil || width < 20 {
		width = 80
	}
	var b strings.Builder
	if s.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", s.drawn)
	}
	for _, line := range lines {
		b.WriteString("\x1b[2K" + cut(line, width) + "\n")
	}
	b.WriteString("\x1b[J")
	_, _ = s.out.WriteString(b.String())
	s.drawn = len(lines)
}

// cut keeps a line from wrapping, which would shift everything.
func cut(line string, width int) string {
	runes := []rune(line)
	if len(runes) < width {
		return line
	}
	return string(runes[:width-2]) + "…"
}

// end leaves the last drawing where it is.
func (s *screen) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live, s.drawn = false, 0
}
