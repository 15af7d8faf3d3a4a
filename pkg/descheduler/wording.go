package descheduler

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/ground"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// wording makes the sentence about one rule on one node.
type wording struct {
	look    *look
	node    *plan.NodePlan
	trouble *plan.Trouble
	reason  plan.Reason
	made    *made
	// blind is until when limits count as reached, where they do.
	blind time.Time
}

// sentence says what was done, or why nothing was, with numbers.
func (w *wording) sentence() string {
	if w.reason == plan.Evicted {
		return "evicted " + moveText(w.made.move)
	}
	text := "nothing is moved: " + w.helper() + w.reason.Sentence()
	if more := w.numbers(); more != "" {
		text += " (" + more + ")"
	}
	if planned := w.planned(); planned != "" {
		text += "; planned: " + planned
	}
	return text
}

// moveText says which pod goes where.
func moveText(m *plan.Move) string {
	text := fmt.Sprintf("pod %s, for which node %s is proved to be a home", m.Pod.Key(), m.Home.Node)
	if m.Home.Sentence != "" {
		text += " (" + m.Home.Sentence + ")"
	}
	return text
}

// planned are the moves that are shown and not made.
func (w *wording) planned() string {
	var out []string
	for i := range w.node.Moves {
		if m := &w.node.Moves[i]; slices.Contains(m.For, w.trouble.Rule) {
			out = append(out, moveText(m))
		}
	}
	return strings.Join(out, ", then ")
}

// numbers are those behind a reason; empty where it has none.
func (w *wording) numbers() string {
	if fault := w.fault(); fault != "" { // the numbers may be of another time
		return fault
	}
	p := w.look.Policies[w.trouble.Rule]
	switch w.reason {
	case plan.NotLongEnough:
		return fmt.Sprintf("for %s, of %s", duration.HumanDuration(w.look.Now.Sub(w.trouble.Since)), duration.HumanDuration(p.After))
	case plan.NotSure:
		return fmt.Sprintf("%d of %d", w.trouble.Surely, plan.SureAfter)
	case plan.Stale:
		return fmt.Sprintf("taken %s ago", duration.HumanDuration(w.look.Now.Sub(w.trouble.Newest)))
	case plan.Breaker, plan.FewHomes:
		return p.Why
	case plan.Forgotten:
		return "until " + w.blind.Format(time.TimeOnly) + " UTC"
	case plan.OutsideWindow:
		return w.nextWindow()
	case plan.Stopped:
		return w.stopper()
	}
	return cmp.Or(w.limit(p), w.rest(), w.budgets(), join(w.short(), "; ", w.obstacles()))
}

func (w *wording) nextWindow() string {
	if w.look.Change.IsZero() {
		return ""
	}
	return "the next opens at " + w.look.Change.UTC().Format(time.DateTime) + " UTC"
}

func (w *wording) stopper() string {
	p := w.look.Board.RuleSet().Pause
	out := p.Why
	if p.By != "" {
		out = join("by "+p.By, ": ", p.Why)
	}
	if p.Unread {
		out = join(out, "; ", "it cannot be read")
	}
	return out
}

func (w *wording) fault() string {
	if w.made == nil || w.made.fault == nil {
		return ""
	}
	return w.made.fault.Error()
}

// limit names the limit that is reached.
func (w *wording) limit(p ground.Policy) string {
	n, limited := map[plan.Reason]int32{
		plan.LimitNode: p.PerHour.Node, plan.LimitOwner: p.PerHour.Owner, plan.LimitNamespace: p.PerHour.Namespace, plan.LimitTotal: p.PerHour.Total,
		plan.Concurrent: p.Concurrent.Total,
	}[w.reason]
	if !limited {
		return ""
	}
	return fmt.Sprintf("at most %d", n)
}

// rest says who is left alone until when; empty where the reason is another by now.
func (w *wording) rest() string {
	for i := range w.node.Rules {
		if a := &w.node.Rules[i]; a.Rule == w.trouble.Rule && a.Rest != nil && a.Reason == w.reason {
			return fmt.Sprintf("%s until %s UTC", a.Rest.Whose, a.Rest.Until.UTC().Format(time.TimeOnly))
		}
	}
	return ""
}

// budgets names the PodDisruptionBudgets of the first pod that stays for the reason.
func (w *wording) budgets() string {
	for _, s := range w.node.Spared {
		if s.Reason == w.reason {
			return s.Pod.BudgetsBehind(w.reason)
		}
	}
	for i := range w.node.Moves {
		if m := &w.node.Moves[i]; m.Held == w.reason {
			return m.Pod.BudgetsBehind(w.reason)
		}
	}
	return ""
}

// short says how much all pods that may leave use, of what has to leave.
func (w *wording) short() string {
	for i := range w.node.Rules {
		if a := &w.node.Rules[i]; a.Rule == w.trouble.Rule && a.Short != nil && w.reason == plan.NotEnough {
			return a.Short.String()
		}
	}
	return ""
}

// ofNode are the reasons about all pods of a node, which are told with their numbers.
var ofNode = []plan.Reason{plan.NoCandidates, plan.NotEnough, plan.NoHome, plan.HomeTaken, plan.PendingFirst, plan.TooManyProofs}

// helper names a pod that could leave but for the reason; empty where that is not about
// pods.
func (w *wording) helper() string {
	for _, s := range w.node.Spared {
		if s.Reason == w.reason && !slices.Contains(ofNode, w.reason) {
			return fmt.Sprintf("pod %s would help, and stays: ", s.Pod.Key())
		}
	}
	return ""
}

// obstacles says why pods cannot leave, where that is the reason.
func (w *wording) obstacles() string {
	if !slices.Contains(ofNode, w.reason) {
		return ""
	}
	return join(w.homeless(), "; ", w.spared())
}

// homeless says of one pod why it has no home: it is the same for most.
func (w *wording) homeless() string {
	for _, s := range w.node.Spared {
		if why := w.look.whys[s.Pod.UID]; why != "" {
			return fmt.Sprintf("for pod %s: %s", s.Pod.Key(), why)
		}
	}
	return ""
}

// spared counts the node's pods that may not leave, by reason.
func (w *wording) spared() string {
	counts := map[plan.Reason]int{}
	for _, s := range w.node.Spared {
		counts[s.Reason]++
	}
	var out []string
	for _, reason := range slices.SortedFunc(maps.Keys(counts), func(a, b plan.Reason) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	}) {
		out = append(out, fmt.Sprintf("%d %s", counts[reason], reason))
	}
	if len(out) == 0 {
		return ""
	}
	return "pods that stay: " + strings.Join(out, ", ")
}
