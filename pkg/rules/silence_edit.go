package rules

import (
	"errors"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// errSilences is a list that nobody but its author can edit without changing what
// others wrote.
var errSilences = errors.New("the list of silences cannot be edited without changing what somebody else wrote in it")

// AppendSilence adds a silence to the text of a list of silences. All else in the text
// stays as it was written, what cannot be read too; where that cannot be, it is an error.
func AppendSilence(text string, s Silence) (string, error) {
	text = strings.TrimSpace(text)
	before, slips := readSilences(text)
	line := "- " + s.written()
	ways := []string{text + "\n" + dashOf(text) + line + "\n"}
	if text == "" || text == "[]" {
		ways[0] = line + "\n"
	} else if again, err := reencoded(text, func(list *yaml.Node) { list.Content = append(list.Content, s.node()) }); err == nil {
		ways = append(ways, again)
	}
	return firstThatSays(ways, text, append(before, s), slips)
}

// RemoveSilences takes silences out of the text of a list and says how many. All else
// stays; see AppendSilence.
func RemoveSilences(text string, remove func(Silence) bool) (string, int, error) {
	text = strings.TrimSpace(text)
	before, slips := readSilences(text)
	kept := slices.DeleteFunc(slices.Clone(before), remove)
	gone := len(before) - len(kept)
	if gone == 0 {
		return text, 0, nil
	}
	ways := []string{withoutLines(text, remove)}
	if again, err := reencoded(text, func(list *yaml.Node) {
		list.Content = slices.DeleteFunc(list.Content, func(n *yaml.Node) bool { return removes(silenceEntry{node: n}, remove) })
	}); err == nil {
		ways = append(ways, again)
	}
	out, err := firstThatSays(ways, text, kept, slips)
	return out, gone, err
}

// readSilences reads a text, and says what is wrong with it without saying where.
func readSilences(text string) ([]Silence, []string) {
	var p pauseReader
	silences := p.silences(strings.TrimSpace(text))
	var slips []string
	for _, m := range p.mistakes {
		slips = append(slips, m.Mend)
	}
	return silences, slips
}

// firstThatSays returns the first text that is read as those silences, with the same
// mistakes as the text before, and that is YAML if that was.
func firstThatSays(texts []string, before string, want []Silence, slips []string) (string, error) {
	for _, text := range texts {
		got, now := readSilences(text)
		if slices.Equal(got, want) && slices.Equal(now, slips) && (isYAML(text) || !isYAML(before)) {
			return text, nil
		}
	}
	return "", errSilences
}

func isYAML(text string) bool {
	_, mistakes := strictyaml.Parse([]byte(text))
	return len(mistakes) == 0
}

// node is the silence as one line of YAML, in which quotes keep words from being read
// as anything but text.
func (s Silence) node() *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	add := func(key, value string) {
		if value != "" {
			out.Content = append(out.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key},
				&yaml.Node{Kind: yaml.ScalarNode, Value: value, Style: yaml.DoubleQuotedStyle})
		}
	}
	add("rule", s.Rule.String())
	add("node", s.Node)
	if !s.Until.IsZero() {
		add("until", s.Until.UTC().Format(time.RFC3339))
	}
	add("by", s.By)
	add("why", s.Why)
	return out
}

func (s Silence) written() string {
	text, err := yaml.Marshal(s.node())
	if err != nil {
		panic(err) // it consists of strings
	}
	return strings.TrimSpace(string(text))
}

// dashOf is what stands before the dash of the first entry.
func dashOf(text string) string {
	for line := range strings.Lines(text) {
		if rest := strings.TrimLeft(line, " "); strings.HasPrefix(rest, "- ") {
			return line[:len(line)-len(rest)]
		}
	}
	return ""
}

// reencoded changes a list as a tree, which keeps its comments and alters its look.
func reencoded(text string, change func(list *yaml.Node)) (string, error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return "", err
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.SequenceNode {
		return "", errSilences
	}
	change(document.Content[0])
	out, err := yaml.Marshal(&document)
	return string(out), err
}

// withoutLines cuts out the lines of entries. Comments between entries stay.
func withoutLines(text string, remove func(Silence) bool) string {
	lines := strings.SplitAfter(text, "\n")
	var out strings.Builder
	at := 0
	for _, e := range new(pauseReader).entries(text) {
		if !removes(e, remove) {
			continue
		}
		begin := e.node.Line - 1 + e.before
		if begin < at {
			return text // several in one line
		}
		out.WriteString(strings.Join(lines[at:begin], ""))
		at = endOf(lines, begin)
	}
	return strings.TrimSpace(out.String() + strings.Join(lines[at:], ""))
}

// endOf is the line after an entry: what is no further in than its dash is not its own.
func endOf(lines []string, begin int) int {
	dash, at := indent(lines[begin]), begin+1
	for at < len(lines) && (indent(lines[at]) > dash || strings.TrimSpace(lines[at]) == "") {
		at++
	}
	return at
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func removes(e silenceEntry, remove func(Silence) bool) bool {
	s, ok := new(pauseReader).silence(e, strictyaml.Path(PauseSilences))
	return ok && remove(s)
}
