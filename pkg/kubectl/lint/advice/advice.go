// Package advice finds what is legal in texts of rules, and unwise. Each check has a
// file here, and a page in docs/checks.
package advice

import (
	"fmt"
	"iter"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Text is one text of rules as its author wrote it.
type Text struct {
	// Name is the file that its definitions have as their origin.
	Name string
	File rules.File
	at   *strictyaml.Positions
}

// Read reads a text, as far as it can be read.
func Read(name, body string) *Text {
	t := &Text{Name: name}
	if tree, _ := strictyaml.Parse([]byte(body)); tree != nil {
		t.at, _ = strictyaml.Decode(tree, "", &t.File)
	}
	return t
}

// readable reports whether it is known what the text names.
func (t *Text) readable() bool {
	return t.at != nil && !t.at.Broken("") && !t.at.Broken("rules") && !t.at.Broken("preferences")
}

// named yields the metrics that the text names, whatever is wrong with it.
func (t *Text) named() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range t.File.Rules {
			for _, name := range t.File.Rules[i].When.MetricNames() {
				if !yield(name) {
					return
				}
			}
		}
		for i := range t.File.Preferences {
			if !yield(t.File.Preferences[i].Metric) {
				return
			}
		}
	}
}

// check is one check: it judges all texts together, because they share metrics.
type check struct {
	name rules.Check
	run  func(*judge)
}

// checks are those that need nothing but texts.
var checks = []check{
	{CheckUnusedMetric, unusedMetric},
	{CheckKeepLast, keepLast},
	{CheckRedundant, redundant},
	{CheckConstant, constant},
	{CheckAvoidBlocked, avoidBlocked},
}

// Checks are the names of the checks.
func Checks() []rules.Check {
	out := make([]rules.Check, len(checks))
	for i, c := range checks {
		out[i] = c.name
	}
	for _, c := range liveChecks {
		out = append(out, c.name)
	}
	return out
}

// judge is what a check sees and where it reports.
type judge struct {
	texts []*Text
	set   *rules.RuleSet
	world World
	check rules.Check
	found []rules.Mistake
}

// On judges texts, of which a set holds what is in force or could be, and returns
// warnings.
func On(texts []*Text, set *rules.RuleSet) []rules.Mistake {
	return (&judge{texts: texts, set: set}).run(checks)
}

func (j *judge) run(checks []check) []rules.Mistake {
	for _, c := range checks {
		j.check = c.name
		c.run(j)
	}
	return j.found
}

// warn reports the value of a field.
func (j *judge) warn(t *Text, path strictyaml.Path, mend, format string, args ...any) {
	at := t.at.Value(path)
	j.found = append(j.found, rules.Mistake{
		File: t.Name, Line: at.Line, Column: at.Column, Check: j.check, Path: string(path),
		Message: fmt.Sprintf(format, args...), Mend: mend, Warning: true,
	})
}

// eachRule visits the rules of the set, beside how they are written.
func (j *judge) eachRule(visit func(t *Text, path strictyaml.Path, written *rules.RuleSpec, rule *rules.Rule)) {
	compiled := map[rules.Origin]*rules.Rule{}
	for i := range j.set.Rules {
		compiled[j.set.Rules[i].Origin] = &j.set.Rules[i]
	}
	for _, t := range j.texts {
		if t.at == nil {
			continue
		}
		for i := range t.File.Rules {
			path := strictyaml.Path("rules").Index(i)
			at := t.at.Value(path)
			if rule := compiled[rules.Origin{File: t.Name, Line: at.Line, Column: at.Column}]; rule != nil {
				visit(t, path, &t.File.Rules[i], rule)
			}
		}
	}
}
