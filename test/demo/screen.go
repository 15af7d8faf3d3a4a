package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// size of a terminal, in runes and lines.
type size struct{ width, height int }

// usual is the size of a terminal that does not say its own.
var usual = size{80, 24}

// screen shows the story: on a terminal as a table that is drawn over itself
// with the newest lines under it, otherwise as plain lines.
type screen struct {
	out   *os.File
	live  bool
	began time.Time

	mu    sync.Mutex
	view  *view // nil before the first
	story []string
	size  size // of the drawing on the screen
	drawn int  // lines on the screen that the next drawing replaces
}

func newScreen(out *os.File) *screen {
	return &screen{out: out, live: term.IsTerminal(int(out.Fd())), began: time.Now()}
}

// say adds a sentence to the story. Notes of Events may have several lines.
func (s *screen) say(format string, args ...any) {
	line := fmt.Sprintf("%6.1f s  ", time.Since(s.began).Seconds()) + strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " ")
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
func (s *screen) show(v view) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view = &v
	if s.live {
		s.draw()
	}
}

// draw writes table and story over what was drawn before. Each drawing asks for
// the size anew: the terminal may have been resized.
func (s *screen) draw() {
	now := sizeOf(s.out)
	lines := frame(s.view, s.story, now)
	_, _ = s.out.WriteString(s.back(now) + "\x1b[2K" + strings.Join(lines, "\n\x1b[2K") + "\n\x1b[J")
	s.size, s.drawn = now, len(lines)
}

// back goes to where the next drawing begins. After a change of size nobody knows
// where the old one is, and all of the screen is drawn over.
func (s *screen) back(now size) string {
	switch {
	case s.drawn == 0:
		return ""
	case s.size != now:
		return "\x1b[H"
	default:
		return fmt.Sprintf("\x1b[%dA", s.drawn)
	}
}

// sizeOf asks a terminal for its size.
func sizeOf(out *os.File) size {
	width, height, err := term.GetSize(int(out.Fd()))
	if err != nil || width < 20 || height < 5 {
		return usual
	}
	return size{width, height}
}

// end leaves the last drawing where it is.
func (s *screen) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live, s.drawn = false, 0
}

// width is how long lines below the story may be: on a terminal they break
// between words, elsewhere not at all.
func (s *screen) width() int {
	if !term.IsTerminal(int(s.out.Fd())) {
		return 0
	}
	return sizeOf(s.out).width
}
