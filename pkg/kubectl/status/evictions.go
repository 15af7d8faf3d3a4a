package status

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
)

// faults are the reasons for moving nothing that somebody has to mend.
var faults = map[string]string{
	"Breaker":        "look at the source of its metrics; it moves pods again once that is trusted",
	"NotRecorded":    "read the leader's log",
	"CallFailed":     "read the leader's log",
	"Throttled":      "see what asks so much of the API server; evictions are tried again once it may be asked",
	"Unanswered":     "see whether the API server and its admission webhooks answer",
	"BudgetConflict": "remove all PodDisruptionBudgets of these pods but one",
	"OwnersUnread":   "let the scheduler list and watch deployments.apps and jobs.batch",
	"HomesUnproved":  "read the leader's log",
}

// judgeEvictions finds what is broken. That nothing can be moved is no fault.
func (r *Report) judgeEvictions() {
	for i := range r.Evictions.Rules {
		if rule := &r.Evictions.Rules[i]; faults[rule.Stopped] != "" {
			r.attend("rule "+rule.Rule, "it moves no pod, because its telemetry is suspected: "+rule.Why, faults[rule.Stopped])
		}
	}
	r.judgeMoving()
	for i := range r.Evictions.Items {
		if d := &r.Evictions.Items[i]; d.Reason != "Breaker" && faults[d.Reason] != "" {
			r.attend("node "+d.Node, "rule "+d.Rule+": "+d.Says, faults[d.Reason])
		}
	}
}

// longGoodbye is after which time a pod that was evicted and still terminates is looked at.
const longGoodbye = time.Hour

// judgeMoving finds the victims that do not end.
func (r *Report) judgeMoving() {
	for i := range r.Evictions.Moving {
		if m := &r.Evictions.Moving[i]; m.Step == "WaitingForGone" && r.At.Sub(m.At) >= longGoodbye {
			r.attend("node "+m.From, "pod "+podOf(m)+" was evicted "+cli.Age(r.At, m.At)+" ago and still terminates; until it is gone its move counts as under way",
				"see why it does not end; kubectl delete pod --force, once nothing of it runs")
		}
	}
}

// showEvictions says what rules that move pods did, and why they did nothing; nothing
// where there are no such rules, and were none.
func (r *Report) showEvictions(out io.Writer, wide bool) error {
	e := r.Evictions
	if e == nil || len(e.Rules) == 0 && len(e.Counts) == 0 {
		return nil
	}
	fmt.Fprintf(out, "Evictions:    %s\n", permission(e))
	if e.Stopped == "Forgotten" {
		fmt.Fprintln(out, "              limits count as reached for an hour: what was moved before could not be read from the stored state")
	}
	if e.Waits != "" {
		fmt.Fprintf(out, "              nothing is planned: %s\n", e.Waits)
	}
	for _, part := range []func(io.Writer, bool) error{r.showMoving, r.showDecisions, r.showCounts} {
		if err := part(out, wide); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(out)
	return err
}

// permission says whether pods may be moved now.
func permission(e *v1alpha1.EvictionList) string {
	text := map[string]string{"DryRun": "dry run, nothing is moved", "Enforce": "enforced"}[e.Mode]
	changes := ""
	if !e.Window.Changes.IsZero() {
		changes = e.Window.Changes.UTC().Format(time.RFC3339)
	}
	switch {
	case e.Window.Open && changes != "":
		text += ", in a window that is open until " + changes
	case !e.Window.Open && changes != "":
		text += ", outside of windows until " + changes
	case !e.Window.Open:
		text += ", outside of windows"
	}
	if e.Pause.Evict {
		return text + "; the stop button is pressed" + until(e.Pause.Until) + credits(e.Pause.By, e.Pause.Why)
	}
	return text + "; the stop button is not pressed"
}

// moves says how a rule moves pods.
func moves(e *v1alpha1.Evict) string {
	verb := map[string]string{"Relieve": "relieve", "Vacate": "vacate"}[e.Goal]
	if e.Mode == "DryRun" {
		return "would " + verb
	}
	return verb + "s"
}

// showMoving lists the moves under way: the operator's limit keeps them few.
func (r *Report) showMoving(out io.Writer, wide bool) error {
	if len(r.Evictions.Moving) == 0 {
		return nil
	}
	fmt.Fprintf(out, "\nMoves under way: %d\n", len(r.Evictions.Moving))
	table := &cli.Table{Columns: []cli.Column{{Name: "pod"}, {Name: "from"}, {Name: "home"}, {Name: "step"}, {Name: "for"}, {Name: "landed", Wide: true}, {Name: "uid", Wide: true}}}
	for i := range r.Evictions.Moving {
		m := &r.Evictions.Moving[i]
		table.Add(podOf(m), m.From, dash(m.Home), m.Step, cli.Age(r.At, m.At), dash(m.Landed), m.UID)
	}
	return table.Write(out, wide)
}

// podOf names a pod, of which only the UID may be remembered.
func podOf(e *v1alpha1.Eviction) string {
	if e.Name == "" {
		return e.UID
	}
	return e.Namespace + "/" + e.Name
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// showDecisions has a sentence for every node on which a rule that moves pods fires.
func (r *Report) showDecisions(out io.Writer, wide bool) error {
	shown := r.Evictions.Items
	if len(shown) == 0 {
		return nil
	}
	if !wide {
		shown = shown[:min(mostShown, len(shown))]
	}
	fmt.Fprintln(out)
	table := &cli.Table{Columns: []cli.Column{{Name: "node"}, {Name: "rule"}, {Name: "reason"}, {Name: "for"}, {Name: "firing", Wide: true}, {Name: "what was seen, and done"}}}
	for i := range shown {
		d := &shown[i]
		table.Add(d.Node, d.Rule, dash(d.Reason), cli.Age(r.At, d.Since), cli.Age(r.At, d.FiringSince), d.Says)
	}
	return more(out, table, wide, len(r.Evictions.Items)-len(shown))
}

// showCounts says how often which reason was.
func (r *Report) showCounts(out io.Writer, wide bool) error {
	shown := r.Evictions.Counts
	if len(shown) == 0 {
		return nil
	}
	if !wide {
		shown = shown[:min(mostShown, len(shown))]
	}
	fmt.Fprintln(out, "\nIn the last 24 hours:")
	table := &cli.Table{Columns: []cli.Column{{Name: "times"}, {Name: "rule"}, {Name: "reason"}, {Name: "meaning"}}}
	for i := range shown {
		c := &shown[i]
		rule := c.Rule
		if rule == "" {
			rule = "others"
		}
		table.Add(strconv.Itoa(c.Count), rule, c.Reason, c.Says)
	}
	return more(out, table, wide, len(r.Evictions.Counts)-len(shown))
}

// more writes a table, and says how many rows are not in it.
func more(out io.Writer, table *cli.Table, wide bool, missing int) error {
	if err := table.Write(out, wide); err != nil || missing == 0 {
		return err
	}
	_, err := fmt.Fprintf(out, "and %d more, which -o wide shows\n", missing)
	return err
}
