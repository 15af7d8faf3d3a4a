package draft

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Comments returns what the author of a policy wrote beside the fields of a part of it,
// a sentence or a paragraph each, in the order of the text.
func Comments(parts ...*yaml.Node) (out Notes) {
	for _, n := range parts {
		if n == nil {
			continue
		}
		for _, text := range []string{n.HeadComment, n.LineComment} {
			out = append(out, paragraphs(text)...)
		}
		out = append(out, Comments(n.Content...)...)
		out = append(out, paragraphs(n.FootComment)...)
	}
	return out
}

// paragraphs joins the lines of a comment that stand together.
func paragraphs(comment string) (out Notes) {
	var lines []string
	flush := func() {
		if text := strings.Join(lines, " "); text != "" {
			out = append(out, text)
		}
		lines = nil
	}
	for line := range strings.Lines(comment) {
		if line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "#")); line == "" {
			flush()
		} else {
			lines = append(lines, line)
		}
	}
	flush()
	return out
}
