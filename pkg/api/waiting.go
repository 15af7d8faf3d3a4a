package api

import (
	"cmp"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
)

// waiting lists the pods that wait because of telemetry.
func (s *Server) waiting(r *request) (any, error) {
	if err := r.rulesExist(); err != nil {
		return nil, err
	}
	waiters := slices.DeleteFunc(s.opts.Oracle.Waiting(), func(w inquiry.Waiter) bool { return !r.wants(paramRule, w.Rule.String()) })
	slices.SortFunc(waiters, func(a, b inquiry.Waiter) int { return slices.Compare(nameOf(&a), nameOf(&b)) })
	out := v1alpha1.WaitingList{Header: r.header("WaitingList"), Rules: waitedFor(waiters)}
	out.Items, out.Page = part(&r.params, pointers(waiters), nameOf, waitingPod)
	return out, nil
}

func nameOf(w *inquiry.Waiter) []string { return []string{w.Namespace, w.Name, w.UID} }

// waitedFor counts pods by rule, the most first.
func waitedFor(waiters []inquiry.Waiter) []v1alpha1.WaitedFor {
	out, index := []v1alpha1.WaitedFor{}, map[string]int{}
	for w := range pointers(waiters) {
		rule := w.Rule.String()
		i, found := index[rule]
		if !found {
			i = len(out)
			index[rule] = i
			out = append(out, v1alpha1.WaitedFor{Rule: rule, Since: utc(w.Since)})
		}
		out[i].Pods++
		if w.Since.Before(out[i].Since) {
			out[i].Since = utc(w.Since)
		}
	}
	slices.SortFunc(out, func(a, b v1alpha1.WaitedFor) int { return cmp.Or(b.Pods-a.Pods, cmp.Compare(a.Rule, b.Rule)) })
	return out
}

func waitingPod(w *inquiry.Waiter) v1alpha1.WaitingPod {
	return v1alpha1.WaitingPod{
		Namespace: w.Namespace, Name: w.Name, UID: w.UID, Scheduler: w.Scheduler, Priority: w.Priority,
		Rule: w.Rule.String(), Verdict: string(w.Kind), Reason: w.Reason,
		Since: utc(w.Since), Refused: utc(w.Refused), Attempts: w.Attempts,
	}
}
