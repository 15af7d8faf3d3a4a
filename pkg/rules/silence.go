package rules

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// silenceSpec is a Silence as it is written.
type silenceSpec struct {
	Rule  string `json:"rule,omitempty"`
	Node  string `json:"node,omitempty"`
	Until string `json:"until,omitempty"`
	By    string `json:"by,omitempty"`
	Why   string `json:"why,omitempty"`
}

// silenceEntry is one entry of the list.
type silenceEntry struct {
	node *yaml.Node
	// before counts the lines of the text before the one in which the node's begin.
	before int
}

// silences reads the list of silences. An entry that cannot be read silences
// nothing; the others hold.
func (p *pauseReader) silences(text string) []Silence {
	var out []Silence
	for i, e := range p.entries(text) {
		if s, ok := p.silence(e, strictyaml.Path(PauseSilences).Index(i)); ok {
			out = append(out, s)
		}
	}
	return out
}

// entries takes the list apart. Where the text as a whole is no YAML, each entry is
// read by itself: a bracket that somebody forgot is no business of the others.
func (p *pauseReader) entries(text string) []silenceEntry {
	tree, mistakes := strictyaml.Parse([]byte(text))
	if len(mistakes) == 0 {
		return p.listed(tree, 0)
	}
	pieces := apart(text)
	if len(pieces) < 2 {
		p.misread(mistakes, 0, "nothing is silenced")
		return nil
	}
	var out []silenceEntry
	before := 0
	for _, piece := range pieces {
		tree, mistakes := strictyaml.Parse([]byte(piece))
		p.misread(mistakes, before, "this entry silences nothing")
		out = append(out, p.listed(tree, before)...)
		before += strings.Count(piece, "\n")
	}
	return out
}

// listed returns the entries of what must be a list.
func (p *pauseReader) listed(tree *yaml.Node, before int) []silenceEntry {
	if tree == nil {
		return nil
	}
	if tree.Kind != yaml.SequenceNode || tree.Anchor != "" || tree.Style&yaml.TaggedStyle != 0 {
		_, mistakes := strictyaml.Decode(tree, PauseSilences, new([]silenceSpec))
		p.misread(mistakes, before, "nothing is silenced")
		return nil
	}
	out := make([]silenceEntry, len(tree.Content))
	for i, node := range tree.Content {
		out[i] = silenceEntry{node, before}
	}
	return out
}

// apart cuts a text before each line that begins an entry, by the indentation of
// the first one.
func apart(text string) (out []string) {
	dash, begin, at := "", 0, 0
	for line := range strings.Lines(text) {
		if rest := strings.TrimLeft(line, " "); dash == "" && strings.HasPrefix(rest, "- ") {
			dash = line[:len(line)-len(rest)] + "- "
		}
		if at > begin && dash != "" && strings.HasPrefix(line, dash) {
			out, begin = append(out, text[begin:at]), at
		}
		at += len(line)
	}
	return append(out, text[begin:])
}

// silence compiles one entry and reports whether it can be read.
func (p *pauseReader) silence(e silenceEntry, path strictyaml.Path) (Silence, bool) {
	var s silenceSpec
	at, mistakes := strictyaml.Decode(e.node, path, &s)
	wrong := func(field strictyaml.Path, mend, format string, args ...any) {
		if !at.Broken(field) {
			mistakes = append(mistakes, strictyaml.Mistake{Position: at.Value(field), Path: field, Message: fmt.Sprintf(format, args...), Mend: mend})
		}
	}
	out := Silence{Node: s.Node, By: s.By, Why: s.Why}
	if s.Rule == "" && s.Node == "" && len(mistakes) == 0 {
		wrong(path, "name one of them", `%s names neither a "rule" nor a "node"`, path)
	}
	if until := path.Child("until"); at.Has(until) {
		var err error
		if out.Until, err = parseTime(s.Until); err != nil {
			wrong(until, likeATime, "%q is not a time", strictyaml.Show(s.Until))
		}
	}
	out.Rule.Name = s.Rule
	if namespace, name, both := strings.Cut(s.Rule, "/"); both {
		out.Rule = Key{Namespace: namespace, Name: name}
	}
	p.misread(mistakes, e.before, "this entry silences nothing")
	return out, len(mistakes) == 0
}

// misread takes over mistakes of a text that begins after so many lines, and says
// what follows from them.
func (p *pauseReader) misread(mistakes []strictyaml.Mistake, before int, effect string) {
	for _, m := range mistakes {
		p.mistakes = append(p.mistakes, Mistake{
			File: p.file, Check: CheckPause, Line: m.Line + before, Column: m.Column, Path: string(m.Path),
			Message: m.Message + ", so " + effect, Mend: m.Mend,
		})
	}
}
