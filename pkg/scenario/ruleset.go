package scenario

import (
	"bytes"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
)

// source is the name under which all metrics of a scenario are read.
const source = "scenario"

// leastMaxAge is how old a built-in metric may always be, as the scheduler has it.
const leastMaxAge = time.Minute

// text is one text of rules.
type text struct {
	file string
	data []byte
	// at is where the scenario names the file; empty for what stands in it.
	at strictyaml.Path
}

// ruleSet reads the rules that a scenario is about.
func (r *reader) ruleSet(s *spec, data []byte, interval time.Duration, o Options) *rules.RuleSet {
	texts := r.texts(s, data, o)
	if len(texts) == 0 && len(s.RuleFiles) == 0 {
		r.missing("", "ruleFiles", `name files of rules, or write "rules:" here as in such a file`)
	}
	builtin := rules.Builtins(interval, max(leastMaxAge, 4*interval))
	opts := rules.Options{Metrics: maps.Clone(builtin), Queries: prometheus.Checker{}}
	for _, t := range texts {
		for _, m := range rules.MetricsOf(t.file, t.data, rules.Options{Metrics: builtin, Queries: opts.Queries}) {
			opts.Metrics[m.Name] = m
		}
	}
	var documents []*rules.Document
	for _, t := range texts {
		document, mistakes := rules.Parse(t.file, t.data, opts)
		r.mistakes = append(r.mistakes, mistakes...)
		if document != nil {
			r.twice(t, documents, document)
			documents = append(documents, document)
		}
	}
	set := rules.Merge(builtin, documents, rules.Pause{})
	for name, m := range set.Metrics {
		m.Source = source
		set.Metrics[name] = m
	}
	return set
}

// texts returns what is named and what stands in the file itself.
func (r *reader) texts(s *spec, data []byte, o Options) []text {
	var out []text
	for i, name := range s.RuleFiles {
		at := strictyaml.Path("ruleFiles").Index(i)
		if name == "" {
			r.wrong(at, "", "the name of a file must not be empty")
			continue
		}
		if !filepath.IsAbs(name) {
			name = path.Join(path.Dir(filepath.ToSlash(r.file)), name)
		}
		found, err := readTexts(name, o)
		if err != nil {
			r.wrong(at, "", "reading a file of rules: %v", err)
			continue
		}
		for _, t := range found {
			t.at = at
			out = append(out, t)
		}
	}
	if r.at.Has("metrics") || r.at.Has("rules") || r.at.Has("preferences") {
		out = append(out, text{file: r.file, data: r.inline(data)})
	}
	return out
}

func readTexts(name string, o Options) ([]text, error) {
	data, err := o.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return manifestTexts(name, data)
}

// twice reports a rule or preference that two texts have.
func (r *reader) twice(t text, before []*rules.Document, d *rules.Document) {
	for _, former := range before {
		for i := range d.Rules {
			if slices.ContainsFunc(former.Rules, func(o rules.Rule) bool { return o.Key() == d.Rules[i].Key() }) {
				r.wrong(t.at, "test them in files of their own", "rule %s stands in %s and in %s", d.Rules[i].Key(), former.File, t.file)
			}
		}
		for i := range d.Preferences {
			if slices.ContainsFunc(former.Preferences, func(o rules.Preference) bool { return o.Key() == d.Preferences[i].Key() }) {
				r.wrong(t.at, "test them in files of their own", "preference %s stands in %s and in %s", d.Preferences[i].Key(), former.File, t.file)
			}
		}
	}
}

// inline cuts the rules out of a file of tests: a text of rules in which every line
// stands where it stands in the file.
func (r *reader) inline(data []byte) []byte {
	lines := bytes.SplitAfter(data, []byte("\n"))
	keep := r.ruleLines(len(lines))
	var out bytes.Buffer
	for i, line := range lines {
		switch {
		case i+1 == r.at.Key("kind").Line:
			out.WriteString("kind: " + rules.Kind + "\n")
		case keep[i]:
			out.Write(line)
		default:
			out.WriteString("\n")
		}
	}
	return out.Bytes()
}

// ruleLines marks the lines of the fields that a text of rules has.
func (r *reader) ruleLines(count int) []bool {
	of := map[strictyaml.Path]bool{"apiVersion": true, "metrics": true, "rules": true, "preferences": true}
	keep := make([]bool, count)
	from, kept := 0, false
	fill := func(to int) {
		for i := from; i < to; i++ {
			keep[i] = kept
		}
	}
	for field := range r.at.All() {
		if field == "" || strings.ContainsAny(string(field), ".[") {
			continue
		}
		line := r.at.Key(field).Line - 1
		fill(line)
		from, kept = line, of[field]
	}
	fill(count)
	return keep
}
