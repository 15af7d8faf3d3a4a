package main

import "slices"

// timeWidth is how much of each line of the story its time takes.
const timeWidth = len("  12.3 s  ")

// leastStory is how many lines of the story matter more than the table.
const leastStory = 4

// frame lays out one drawing: the table, where there is room for it, and under it
// as much of the newest story as fits. It leaves the last line to the cursor and
// the last column free, so that nothing wraps and nothing scrolls.
func frame(v *view, story []string, s size) []string {
	var out []string
	if v != nil {
		out = table(*v, s.width)
	}
	room := s.height - 1 - len(out)
	if room < leastStory {
		out, room = nil, s.height-1
	}
	out = append(out, newest(story, s.width-1, room)...)
	for i := range out {
		out[i] = cut(out[i], s.width-1)
	}
	return out
}

// newest returns the last of the story that a room has lines for, from the
// beginning of a sentence if there is one.
func newest(story []string, width, room int) []string {
	var out []string
	for _, sentence := range slices.Backward(story) {
		lines := wrapSentence(sentence, width)
		if len(out) > 0 && len(out)+len(lines) > room {
			break
		}
		out = append(lines, out...)
	}
	return out[max(0, len(out)-room):]
}

// wrapSentence breaks what is longer than the terminal is wide, and keeps the
// times in a column of their own.
func wrapSentence(sentence string, width int) []string {
	indent := timeWidth
	if len(sentence) > timeWidth {
		indent += indentOf(sentence[timeWidth:])
	}
	return wrap(sentence, width, indent)
}

// cut shortens a line that would wrap all the same, as on a very narrow terminal.
func cut(line string, width int) string {
	runes := []rune(line)
	if len(runes) <= width {
		return line
	}
	return string(runes[:width-1]) + "…"
}
