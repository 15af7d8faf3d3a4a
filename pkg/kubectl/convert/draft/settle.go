package draft

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Settle finds out what of a text this version carries out, by reading each item as the
// scheduler would, and returns what it has to say about the rest. What the scheduler
// would refuse for good is an error.
func (t *Text) Settle(opts rules.Options) (out []Remark) {
	out = append(out, t.settleMetrics(opts)...)
	for i := range t.Rules {
		item := &t.Rules[i]
		later, wrong := judge(t.with(encodeSection("rules", item.Spec)), opts)
		item.Later = later
		if wrong != nil {
			out = append(out, t.refused(item.At.Line, item.At.Column, *wrong))
		} else if later != "" {
			out = append(out, Remark{File: t.File, Position: item.At, Severity: Note, Message: later, Mend: fmt.Sprintf("the rule %q is written as a comment", item.Spec.Name)})
		}
	}
	for _, item := range t.Preferences {
		if _, wrong := judge(t.with(encodeSection("preferences", item.Spec)), opts); wrong != nil {
			out = append(out, t.refused(item.At.Line, item.At.Column, *wrong))
		}
	}
	out = append(out, t.settleTogether(opts)...)
	t.settleUnused()
	return out
}

// settleMetrics reads the metrics alone, so that what is wrong with one is not told of
// each rule that uses it.
func (t *Text) settleMetrics(opts rules.Options) (out []Remark) {
	for _, item := range t.Metrics {
		if _, wrong := judge(header+encodeSection("metrics", item.Spec), opts); wrong != nil {
			out = append(out, t.refused(item.At.Line, item.At.Column, *wrong))
		}
	}
	return out
}

// settleTogether reads all rules at once: what they say of one mark must go together.
func (t *Text) settleTogether(opts rules.Options) (out []Remark) {
	var all strings.Builder
	all.WriteString("rules:\n")
	for _, item := range t.Rules {
		all.WriteString(encode(item.Spec))
	}
	if len(t.Rules) < 2 {
		return nil
	}
	_, mistakes := rules.Parse(t.File, []byte(t.with(all.String())), opts)
	for _, m := range mistakes {
		if m.Warning || m.Check != rules.CheckMark {
			continue
		}
		var i int
		if _, err := fmt.Sscanf(m.Path, "rules[%d]", &i); err == nil && i < len(t.Rules) {
			out = append(out, t.refused(t.Rules[i].At.Line, t.Rules[i].At.Column, m))
		}
	}
	return out
}

func (t *Text) refused(line, column int, m rules.Mistake) Remark {
	out := Remark{File: t.File, Severity: Error, Message: "this cannot be a rule: " + m.Message, Mend: m.Mend}
	out.Line, out.Column = line, column
	return out
}

// judge reads a text. later is why this version does not carry it out, and wrong what no
// version would accept.
func judge(text string, opts rules.Options) (later string, wrong *rules.Mistake) {
	_, mistakes := rules.Parse("", []byte(text), opts)
	var reasons []string
	for _, m := range mistakes {
		switch {
		case m.Warning:
		case m.Check != rules.CheckNotYet:
			return "", &m
		default:
			reasons = append(reasons, m.Message)
		}
	}
	return strings.Join(reasons, "; "), nil
}

// with is a text of the metrics and of another section.
func (t *Text) with(section string) string {
	out := bytes.NewBufferString(header)
	if len(t.Metrics) > 0 {
		out.WriteString("metrics:\n")
	}
	for _, m := range t.Metrics {
		out.WriteString(encode(m.Spec))
	}
	out.WriteString(section)
	return out.String()
}

func encodeSection(name string, spec any) string { return name + ":\n" + encode(spec) }

// settleUnused makes comments of the metrics that only comments use.
func (t *Text) settleUnused() {
	used, later := map[string]bool{}, map[string]string{}
	for _, r := range t.Rules {
		for _, name := range r.Spec.When.MetricNames() {
			if r.Later == "" {
				used[name] = true
			} else {
				later[name] = "only what is not in this version uses it"
			}
		}
	}
	for _, p := range t.Preferences {
		used[p.Spec.Metric] = true
	}
	for i := range t.Metrics {
		if name := t.Metrics[i].Spec.Name; !used[name] {
			t.Metrics[i].Later = later[name]
		}
	}
}
