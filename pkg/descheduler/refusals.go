package descheduler

import (
	"cmp"
	"maps"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// Times after which what was refused is asked again: they double with each refusal.
const (
	firstBackoff = 10 * time.Second
	lastBackoff  = 10 * time.Minute
)

// permanent is for how long an owner is left alone whose pods have two budgets.
const permanent = 24 * time.Hour

// refusals are what the API server refused a moment ago. They are forgotten with a
// restart, after which it is asked once more.
type refusals struct {
	// budgets are PodDisruptionBudgets that refused, and pods those of which an eviction
	// was refused otherwise, by UID.
	budgets, pods map[string]refusal
	// owners are those whose pods have two budgets, and until when they are left alone.
	owners map[string]time.Time
	// slow is until when the API server asked for no more calls.
	slow time.Time
}

type refusal struct {
	until time.Time
	after time.Duration
}

// again is the refusal that comes after this one.
func (r refusal) again(now time.Time) refusal {
	after := min(max(firstBackoff, 2*r.after), lastBackoff)
	return refusal{now.Add(after), after}
}

func newRefusals() refusals {
	return refusals{budgets: map[string]refusal{}, pods: map[string]refusal{}, owners: map[string]time.Time{}}
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
	case now.Before(r.pods[p.UID].until):
		return plan.CallFailed
	}
	return ""
}

// paused says why nothing is asked of the API server at all; empty where that may be.
func (r *refusals) paused(now time.Time) plan.Reason {
	if now.Before(r.slow) {
		return plan.Throttled
	}
	return ""
}

// blocked notes that a pod's budget refused: none of its pods is tried for a while.
func (r *refusals) blocked(now time.Time, p *plan.Pod) plan.Reason {
	r.budgets[budgetOf(p)] = r.budgets[budgetOf(p)].again(now)
	return plan.BackingOff
}

// failed notes that a pod's eviction was refused otherwise: others may be tried.
func (r *refusals) failed(now time.Time, p *plan.Pod) plan.Reason {
	r.pods[p.UID] = r.pods[p.UID].again(now)
	return plan.CallFailed
}

// conflict notes that a pod has two budgets.
func (r *refusals) conflict(now time.Time, p *plan.Pod) plan.Reason {
	r.owners[p.Owner] = now.Add(permanent)
	return plan.BudgetConflict
}

// throttled notes that the API server has too many calls to answer, and for how long it
// wants none, if it says so.
func (r *refusals) throttled(now time.Time, err error) plan.Reason {
	seconds, _ := apierrors.SuggestsClientDelay(err)
	after := min(max(firstBackoff, time.Duration(seconds)*time.Second), lastBackoff)
	r.slow = now.Add(after)
	return plan.Throttled
}

// forgive notes that a pod may go.
func (r *refusals) forgive(p *plan.Pod) {
	delete(r.budgets, budgetOf(p))
	delete(r.pods, p.UID)
}

// forget drops what was long ago.
func (r *refusals) forget(now time.Time) {
	long := func(_ string, one refusal) bool { return now.Sub(one.until) > lastBackoff }
	maps.DeleteFunc(r.budgets, long)
	maps.DeleteFunc(r.pods, long)
	maps.DeleteFunc(r.owners, func(_ string, until time.Time) bool { return !now.Before(until) })
}
