package scenario

import (
	"bytes"
	"cmp"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
)

// The sources of a scenario: that of the built-in metrics, and that of metrics whose
// authors name none.
const (
	builtinSource = "builtin"
	otherSource   = "scenario"
)

// leastMaxAge is how old a built-in metric may always be, as the scheduler has it.
const leastMaxAge = time.Minute

// ruleSet reads the rules that a scenario is about.
func (r *reader) ruleSet(s *spec, data []byte, interval time.Duration, o Options) *rules.RuleSet {
	l := newLibrary(s.SchedulerNamespace)
	r.gather(l, s, data, o)
	if len(l.configMaps) == 0 && len(s.RuleFiles) == 0 {
		r.missing("", "ruleFiles", `name files of rules, or write "rules:" here as in such a file`)
	}
	builtin := rules.Builtins(interval, max(leastMaxAge, 4*interval))
	set, mistakes := l.judge(rules.Options{Metrics: builtin, Queries: prometheus.Checker{}, AnyPrefix: true})
	r.mistakes = append(r.mistakes, slices.DeleteFunc(mistakes, isOfTheOperator)...)
	for name, m := range set.Metrics {
		m.Source = cmp.Or(m.Source, otherSource)
		if m.BuiltIn {
			m.Source = builtinSource
		}
		set.Metrics[name] = m
	}
	return set
}

// isOfTheOperator reports whether a warning is about which marks the operator allows: a
// scenario has none, and cannot be told of one.
func isOfTheOperator(m Mistake) bool {
	return m.Warning && m.Check == rules.CheckMark && strings.HasSuffix(m.Path, ".key")
}

// gather takes in what is named and what stands in the file itself.
func (r *reader) gather(l *library, s *spec, data []byte, o Options) {
	for i, name := range s.RuleFiles {
		at := strictyaml.Path("ruleFiles").Index(i)
		if name == "" {
			r.wrong(at, "", "the name of a file must not be empty")
			continue
		}
		if !filepath.IsAbs(name) {
			name = path.Join(path.Dir(filepath.ToSlash(r.file)), name)
		}
		text, err := o.ReadFile(name)
		if err == nil {
			err = l.addFile(name, text)
		}
		if err != nil {
			r.wrong(at, "", "reading a file of rules: %v", err)
		}
	}
	if r.at.Has("metrics") || r.at.Has("rules") || r.at.Has("preferences") {
		l.addBare(r.file, r.inline(data))
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
