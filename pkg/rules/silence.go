package rules

import (
	"fmt"
	"strings"

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

// silences reads the list of silences. An entry that cannot be read silences
// nothing; the others hold.
func (p *pauseReader) silences(text string) []Silence {
	tree, mistakes := strictyaml.Parse([]byte(text))
	var list []silenceSpec
	var at *strictyaml.Positions
	if tree != nil {
		at, mistakes = strictyaml.Decode(tree, pauseSilences, &list)
	}
	for _, m := range mistakes {
		p.mistakes = append(p.mistakes, Mistake{File: p.file, Line: m.Line, Column: m.Column, Path: string(m.Path), Message: m.Message + ", so nothing is silenced", Mend: m.Mend})
	}
	if len(mistakes) > 0 {
		return nil
	}
	var out []Silence
	for i := range list {
		if s, ok := p.silence(&list[i], at, strictyaml.Path(pauseSilences).Index(i)); ok {
			out = append(out, s)
		}
	}
	return out
}

// silence compiles one entry and reports whether it can be read.
func (p *pauseReader) silence(s *silenceSpec, at *strictyaml.Positions, path strictyaml.Path) (Silence, bool) {
	before := len(p.mistakes)
	out := Silence{Node: s.Node, By: s.By, Why: s.Why}
	if s.Rule == "" && s.Node == "" {
		p.misread(at.Value(path), path, "name one of them", `%s names neither a "rule" nor a "node", and silences nothing`, path)
	}
	if s.Until != "" {
		out.Until = p.until(s.Until)
	}
	out.Rule.Name = s.Rule
	if namespace, name, both := strings.Cut(s.Rule, "/"); both {
		out.Rule = Key{Namespace: namespace, Name: name}
	}
	return out, len(p.mistakes) == before
}

func (p *pauseReader) misread(at strictyaml.Position, path strictyaml.Path, mend, format string, args ...any) {
	p.mistakes = append(p.mistakes, Mistake{
		File: p.file, Line: at.Line, Column: at.Column, Path: string(path), Message: fmt.Sprintf(format, args...), Mend: mend,
	})
}
