package scenario

import (
	"strconv"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

func (r *reader) cases(f *file, list []caseSpec) {
	if len(list) == 0 {
		r.missing("", "cases", `write "- {at: 1m, expect: [...]}"`)
	}
	for i := range list {
		s, at := &list[i], strictyaml.Path("cases").Index(i)
		if s.At == nil {
			r.missing(at, "at", "write it like 1m30s; a scenario begins at 0s")
		}
		if len(s.Expect) == 0 {
			r.missing(at, "expect", "")
		}
		c := testCase{path: at, at: r.within(at.Child("at"), s.At), name: s.Name}
		if c.name == "" {
			c.name = "at " + strictyaml.Duration(c.at).String()
		}
		for j := range s.Expect {
			if e := r.expectation(f, at.Child("expect").Index(j), &s.Expect[j]); e != nil {
				c.expect = append(c.expect, e)
			}
		}
		f.cases = append(f.cases, c)
	}
}

// expectation is one entry of expect: it compares what there is.
type expectation interface {
	check(w *world) []difference
}

// about has the fields that may stand beside each subject of an expectation.
var about = map[string][]string{
	"rule":   {"phase", "truth", "says"},
	"metric": {"value"},
	"pod":    {"blocked", "why", "best", "scores", "needs", "placed"},
	"node":   {"victims", "home", "reason", "spared"},
}

func (r *reader) expectation(f *file, at strictyaml.Path, s *expectSpec) expectation {
	var subjects []string
	for _, subject := range []string{"rule", "metric", "pod", "node"} {
		if r.at.Has(at.Child(subject)) {
			subjects = append(subjects, subject)
		}
	}
	if len(subjects) != 1 {
		r.wrong(at, "", `an expectation is about one of "rule", "metric", "pod" and "node"`)
		return nil
	}
	r.fits(at, subjects[0])
	r.onNodes(f, at, s)
	switch subjects[0] {
	case "rule":
		return r.ruleExpectation(f, at, s)
	case "metric":
		return r.metricExpectation(f, at, s)
	case "node":
		return r.nodeExpectation(f, at, s)
	}
	return r.podExpectation(f, at, s)
}

// fits reports fields that say something of another subject, and entries that say
// nothing.
func (r *reader) fits(at strictyaml.Path, subject string) {
	said := false
	for other, fields := range about {
		for _, field := range fields {
			switch has := r.at.Has(at.Child(field)); {
			case has && other != subject:
				r.wrongKey(at.Child(field), "say it of a "+other, "a %s has no %q", subject, field)
				said = true
			case has:
				said = true
			}
		}
	}
	if !said {
		r.wrong(at, "write "+strings.Join(about[subject], ", or "), "nothing is expected of the %s", subject)
	}
}

// onNodes reports names of nodes that there are not.
func (r *reader) onNodes(f *file, at strictyaml.Path, s *expectSpec) {
	names := f.nodeNames()
	for field, values := range map[string]map[string]strictyaml.Scalar{
		"phase": s.Phase, "truth": s.Truth, "says": s.Says, "value": s.Value, "why": s.Why, "scores": s.Scores,
	} {
		r.saysSomething(at.Child(field), "node", len(values))
		for node := range values {
			r.known(at.Child(field).Key(node), "node", node, names)
		}
	}
	for i, node := range s.Blocked {
		r.known(at.Child("blocked").Index(i), "node", node, names)
	}
}

// saysSomething reports a set without entries, of which nothing would be compared.
func (r *reader) saysSomething(at strictyaml.Path, what string, entries int) {
	if r.at.Has(at) && entries == 0 {
		r.wrong(at, "name one or remove it", "%q names no %s, so nothing is expected", at.Last(), what)
	}
}

// words a field may have.
func (r *reader) oneOf(at strictyaml.Path, values map[string]strictyaml.Scalar, words ...string) {
	for node, value := range values {
		r.known(at.Key(node), at.Last(), value.Text, words)
	}
}

func (r *reader) ruleExpectation(f *file, at strictyaml.Path, s *expectSpec) expectation {
	r.known(at.Child("rule"), "rule", s.Rule, f.ruleNames())
	r.oneOf(at.Child("phase"), s.Phase, "inactive", "pending", "firing", "keeping", notJudged)
	r.oneOf(at.Child("truth"), s.Truth, "True", "False", "Unknown", notJudged)
	return &ruleExpectation{at: at, rule: keyOf(s.Rule), spec: s}
}

func (r *reader) metricExpectation(f *file, at strictyaml.Path, s *expectSpec) expectation {
	if r.known(at.Child("metric"), "metric", s.Metric, metricNames(f.rules)) {
		r.known(at.Child("metric"), "metric that a rule or preference looks at:", s.Metric, f.rules.UsedMetrics())
	}
	return &metricExpectation{at: at, metric: s.Metric, unit: f.rules.Metrics[s.Metric].Unit, spec: s}
}

func (r *reader) podExpectation(f *file, at strictyaml.Path, s *expectSpec) expectation {
	var names []string
	e := &podExpectation{at: at, spec: s}
	for i := range f.pods {
		names = append(names, f.pods[i].entry)
		if e.pod == nil && f.pods[i].entry == s.Pod {
			e.pod = &f.pods[i]
		}
	}
	r.known(at.Child("pod"), "pod", s.Pod, names)
	if s.Best != nil && s.Best.Text != nobody {
		for _, node := range strings.Split(s.Best.Text, " "+or+" ") {
			r.known(at.Child("best"), "node", node, f.nodeNames())
		}
	}
	r.saysSomething(at.Child("needs"), "resource", len(s.Needs))
	e.needs = r.quantities(at.Child("needs"), s.Needs, nil, "cpu", "memory")
	if r.at.Has(at.Child("placed")) && e.pod != nil {
		r.placed(f, at.Child("placed"), e)
	}
	return e
}

// placed checks what is expected of a pod that arrives, or of several alike.
func (r *reader) placed(f *file, at strictyaml.Path, e *podExpectation) {
	one, each, alike := e.spec.Placed.One, e.spec.Placed.Each, e.pod.Name != e.pod.entry
	nodes := append(f.nodeNames(), nobody)
	switch {
	case !e.pod.arriving:
		r.wrongKey(at, `write when it "arrives"`, "nobody places pod %s", e.spec.Pod)
	case one != nil && alike:
		r.wrong(at, "write it like {a: 5, none: 3}", "there are several pods %s, and each node takes so many", e.spec.Pod)
	case each != nil && !alike:
		r.wrong(at, "write the name of its node, or none", "there is one pod %s", e.spec.Pod)
	case one != nil:
		r.known(at, "node", one.Text, nodes)
	}
	for node, count := range each {
		r.known(at.Key(node), "node", node, nodes)
		if n, err := strconv.Atoi(count.Text); err != nil || n < 0 {
			r.wrong(at.Key(node), "write it like 5", "%q is no number of pods", strictyaml.Show(count.Text))
		}
	}
}

// last is when the last case is asked.
func (f *file) last() (last time.Duration) {
	for i := range f.cases {
		last = max(last, f.cases[i].at)
	}
	return last
}
