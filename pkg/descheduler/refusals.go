package descheduler

import (
	"cmp"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// Times after which a PodDisruptionBudget that refused is asked again: they double with
// each refusal.
const (
	firstBackoff = 10 * time.Second
	lastBackoff  = 10 * time.Minute
)

// permanent is for how long an owner is left alone whose pods have two budgets.
const permanent = 24 * time.Hour

// refusals are what the API server refused a moment ago. They are forgotten with a
// restart, after which it is asked once more.
type refusals struct {
	budgets map[string]refusal
	// owners are those whose pods have two budgets, and until when they are left alone.
	owners map[string]time.Time
}

type refusal struct {
	until time.Time
	after time.Duration
}

func newRefusals() refusals {
	return refusals{budgets: map[string]refusal{}, owners: map[string]time.Time{}}
}

// budgetOf names what refuses a pod: where no budget is known of, the pod itself.
func budgetOf(p *plan.Pod) string { return cmp.Or(p.Budget, p.Key()) }

// why says why a pod is left alone; empty where it is not.
func (r *refusals) why(now time.Time, p *plan.Pod) plan.Reason {
	switch {
	case now.Before(r.owners[p.Owner]):
		return plan.BudgetConflict
	case now.Before(r.budgets[budgetOf(p)].until):
		return plan.BackingOff
	}
	return ""
}

// blocked notes that a pod's budget refused: none of its pods is tried for a while.
func (r *refusals) blocked(now time.Time, p *plan.Pod) plan.Reason {
	before := r.budgets[budgetOf(p)]
	after := min(max(firstBackoff, 2*before.after), lastBackoff)
	r.budgets[budgetOf(p)] = refusal{now.Add(after), after}
	return plan.BackingOff
}

// conflict notes that a pod has two budgets.
func (r *refusals) conflict(now time.Time, p *plan.Pod) plan.Reason {
	r.owners[p.Owner] = now.Add(permanent)
	return plan.BudgetConflict
}

// forgive notes that a pod's budget let it go.
func (r *refusals) forgive(p *plan.Pod) { delete(r.budgets, budgetOf(p)) }

// forget drops what was long ago.
func (r *refusals) forget(now time.Time) {
	for name, one := range r.budgets {
		if now.Sub(one.until) > lastBackoff {
			delete(r.budgets, name)
		}
	}
	for name, until := range r.owners {
		if !now.Before(until) {
			delete(r.owners, name)
		}
	}
}
