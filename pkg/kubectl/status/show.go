package status

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// mostShown is how many firing nodes are shown unless the output is wide.
const mostShown = 10

// show writes the report for people; each part ends with an empty line.
func (r *Report) show(out io.Writer, paint cli.Paint, wide bool) error {
	r.showHead(out, paint)
	for _, part := range []func(io.Writer, bool) error{r.showSources, r.showRules, r.showFiring, r.showWaiting, r.showEvictions} {
		if err := part(out, wide); err != nil {
			return err
		}
	}
	showNotes(out, "Needs attention:", paint.Red, r.Attention)
	showNotes(out, "Good to know:", paint.Yellow, r.Remarks)
	if len(r.Attention) == 0 {
		fmt.Fprintln(out, paint.Green("Nothing needs attention."))
	}
	return nil
}

func (r *Report) showHead(out io.Writer, paint cli.Paint) {
	fmt.Fprintf(out, "Leader:       %s\n", r.leader())
	switch {
	case r.Board != nil:
		fmt.Fprintf(out, "Evaluated:    %s ago, %s\n", cli.Age(r.At, r.Board.At), nodes(r.Board))
	default:
		fmt.Fprintf(out, "Evaluated:    %s; what follows is what the cluster itself knows\n", paint.Red("the scheduler does not answer"))
	}
	fmt.Fprintf(out, "Stop button:  %s\n", pressed(r.Pause))
	fmt.Fprintf(out, "State:        %s\n\n", r.state())
}

func (r *Report) leader() string {
	switch l := r.Leader; {
	case l == nil:
		return "not known"
	case l.Identity == "":
		return "nobody"
	default:
		return fmt.Sprintf("%s for %s, renewed %s ago", l.Identity, cli.Age(r.At, l.Since), cli.Age(r.At, l.Renewed))
	}
}

func nodes(b *v1alpha1.Board) string {
	out := fmt.Sprintf("%d nodes", b.Nodes)
	if b.InGrace > 0 {
		out += fmt.Sprintf(", %d of them new", b.InGrace)
	}
	return out
}

func pressed(p *v1alpha1.Pause) string {
	if p == nil {
		return "not known"
	}
	var out []string
	if p.Block {
		out = append(out, "no rule keeps a pod off"+until(p.Until)+credits(p.By, p.Why))
	}
	if p.Evict {
		out = append(out, "no pod may be evicted"+until(p.Until)+credits(p.By, p.Why))
	}
	if n := len(p.Silences); n > 0 {
		out = append(out, fmt.Sprintf("silences: %d", n))
	}
	return cmp.Or(strings.Join(out, "; "), "not pressed")
}

func (r *Report) state() string {
	s := r.State
	if s == nil {
		return "not known"
	}
	out := "there, and how much takes the right to list ConfigMaps"
	if s.ConfigMaps != nil {
		if *s.ConfigMaps == 0 {
			return "none"
		}
		out = fmt.Sprintf("ConfigMaps: %d, with %s", *s.ConfigMaps, engine.FormatValue(float64(*s.Bytes), rules.UnitBytes))
	}
	if !s.Written.IsZero() {
		out += ", written " + cli.Age(r.At, s.Written) + " ago"
	}
	return out
}

func (r *Report) showSources(out io.Writer, wide bool) error {
	if len(r.Sources) == 0 {
		return nil
	}
	table := &cli.Table{Columns: []cli.Column{{Name: "source"}, {Name: "type"}, {Name: "state"}, {Name: "last answer"}, {Name: "clock"}, {Name: "every", Wide: true}, {Name: "metrics", Wide: true}, {Name: "notes", Wide: true}}}
	for i := range r.Sources {
		s := &r.Sources[i]
		table.Add(s.Name, s.Type, r.standing(s), ago(r.At, s.LastReading), clock(s), seconds(s.IntervalSeconds), metrics(s), cmp.Or(strings.Join(s.Notes, "; "), "-"))
	}
	return write(out, table, wide)
}

func (r *Report) standing(s *v1alpha1.Source) string {
	switch {
	case s.Up:
		return "up"
	case s.FailingSince.IsZero():
		return "down"
	}
	return "down for " + cli.Age(r.At, s.FailingSince)
}

func ago(now, at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return cli.Age(now, at) + " ago"
}

// clock says how the clock of a source stands to that of the scheduler.
func clock(s *v1alpha1.Source) string {
	if s.ClockAheadSeconds == nil {
		return "-"
	}
	switch ahead := time.Duration(*s.ClockAheadSeconds * float64(time.Second)).Round(time.Second); {
	case ahead > 0:
		return ahead.String() + " ahead"
	case ahead < 0:
		return (-ahead).String() + " behind"
	}
	return "agrees"
}

func seconds(s float64) string { return time.Duration(s * float64(time.Second)).String() }

// metrics names those that rules read from a source.
func metrics(s *v1alpha1.Source) string {
	var out []string
	if s.Builtin {
		out = append(out, "built-in")
	}
	for _, m := range s.Metrics {
		out = append(out, m.Name)
	}
	return cmp.Or(strings.Join(out, ", "), "-")
}

func (r *Report) showRules(out io.Writer, wide bool) error {
	if !r.Answers {
		return nil
	}
	if len(r.Rules) == 0 {
		_, err := fmt.Fprint(out, "No rule is in force.\n\n")
		return err
	}
	table := &cli.Table{Columns: []cli.Column{{Name: "rule"}, {Name: "does"}, {Name: "firing"}, {Name: "keeping"}, {Name: "pending"}, {Name: "unknown"}, {Name: "condition", Wide: true}, {Name: "defined in", Wide: true}}}
	for i := range r.Rules {
		rule := &r.Rules[i]
		c := rule.Counts
		table.Add(rule.Name, does(rule), strconv.Itoa(c.Firing), strconv.Itoa(c.Keeping), strconv.Itoa(c.Pending), strconv.Itoa(c.Unknown),
			rule.Condition, place(rule.Origin.File, rule.Origin.Line, rule.Origin.Column))
	}
	return write(out, table, wide)
}

// does says what a rule does where it fires.
func does(rule *v1alpha1.Rule) string {
	switch {
	case rule.Mode == "DryRun":
		return "dry run"
	case rule.Paused:
		return "paused"
	}
	var out []string
	if b := rule.Actions.Block; b != nil && b.WhenAllBlocked == string(rules.ScheduleAnyway) {
		out = append(out, "blocks, gives way")
	} else if b != nil {
		out = append(out, "blocks")
	}
	if rule.Actions.Avoid != nil {
		out = append(out, "avoids")
	}
	if rule.Actions.Label != nil {
		out = append(out, "labels")
	}
	if rule.Actions.Taint != nil {
		out = append(out, "taints")
	}
	if e := rule.Actions.Evict; e != nil {
		out = append(out, moves(e))
	}
	if where := silenced(rule.Silences); where != "" {
		out = append(out, where)
	}
	return strings.Join(out, ", ")
}

func (r *Report) showFiring(out io.Writer, wide bool) error {
	if len(r.Firing) == 0 {
		if r.Answers {
			_, err := fmt.Fprint(out, "No rule keeps pods off any node.\n\n")
			return err
		}
		return nil
	}
	if !r.Answers {
		fmt.Fprintf(out, "As it was stored %s:\n", ago(r.At, r.State.Written))
	}
	table := &cli.Table{Columns: []cli.Column{{Name: "node"}, {Name: "rule"}, {Name: "phase"}, {Name: "for"}, {Name: "value"}, {Name: "sample", Wide: true}}}
	shown := r.Firing
	if !wide {
		shown = shown[:min(mostShown, len(shown))]
	}
	for i := range shown {
		p := &shown[i]
		phase := p.Phase
		if p.Truth == "Unknown" && phase == "inactive" {
			phase = "unknown"
		}
		if p.Silenced {
			phase += ", silenced"
		}
		table.Add(p.Node, p.Rule, phase, cli.Age(r.At, p.Since), value(p), ago(r.At, p.LastSample))
	}
	if err := table.Write(out, wide); err != nil {
		return err
	}
	if more := len(r.Firing) - len(shown); more > 0 {
		fmt.Fprintf(out, "and %d more, which -o wide shows\n", more)
	}
	_, err := fmt.Fprintln(out)
	return err
}

// showWaiting names the rules that pods wait for, and the pods that wait the longest.
func (r *Report) showWaiting(out io.Writer, wide bool) error {
	if r.Waiting == nil || r.Waiting.Pods == 0 {
		return nil
	}
	var by []string
	for _, rule := range r.Waiting.Rules {
		by = append(by, fmt.Sprintf("%s: %d", rule.Rule, rule.Pods))
	}
	if more := len(by) - mostShown; more > 0 && !wide {
		by = append(by[:mostShown], fmt.Sprintf("and %d rules more", more))
	}
	fmt.Fprintf(out, "Pods that wait for telemetry: %d (%s)\n", r.Waiting.Pods, strings.Join(by, ", "))
	table := &cli.Table{Columns: []cli.Column{{Name: "pod"}, {Name: "rule"}, {Name: "verdict"}, {Name: "for"}, {Name: "times"}}}
	for i := range r.Waiting.Longest {
		p := &r.Waiting.Longest[i]
		table.Add(p.Namespace+"/"+p.Name, p.Rule, p.Verdict, cli.Age(r.At, p.Since), strconv.Itoa(p.Attempts))
	}
	if err := table.Write(out, wide); err != nil {
		return err
	}
	if more := r.Waiting.Pods - len(r.Waiting.Longest); more > 0 {
		fmt.Fprintf(out, "and %d more, which kubectl telemetry waiting shows\n", more)
	}
	_, err := fmt.Fprintln(out)
	return err
}

// value tells those comparisons that are true; all where none is, as while a rule keeps
// firing.
func value(p *v1alpha1.Phase) string {
	var all, true []string
	for i := range p.Comparisons {
		c := &p.Comparisons[i]
		one := c.Metric + " unknown"
		if c.Value != nil {
			one = c.Metric + " " + engine.FormatValue(*c.Value, rules.Unit(c.Unit))
		}
		all = append(all, one)
		if c.Truth == "True" {
			true = append(true, one)
		}
	}
	if len(true) == 0 {
		true = all
	}
	return cmp.Or(strings.Join(true, ", "), "-")
}

func write(out io.Writer, table *cli.Table, wide bool) error {
	if err := table.Write(out, wide); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out)
	return err
}

func showNotes(out io.Writer, head string, paint func(string) string, notes []Note) {
	if len(notes) == 0 {
		return
	}
	fmt.Fprintln(out, paint(head))
	showList(out, notes)
	fmt.Fprintln(out)
}

func showList(out io.Writer, notes []Note) {
	for _, n := range notes {
		fmt.Fprintf(out, "%s: %s\n", n.About, n.Says)
		if n.Mend != "" {
			fmt.Fprintf(out, "    %s\n", n.Mend)
		}
	}
}
