package api

import (
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// inFlight lists pods in flight. The ledger is asked for the pods of this part alone, one
// by one: Reserve needs its lock.
func (s *Server) inFlight(r *request) (any, error) {
	ledger := s.opts.Oracle.InFlight()
	places := ledger.Places()
	if err := r.nodesExistOr(places); err != nil {
		return nil, err
	}
	places = slices.DeleteFunc(places, func(p inflight.Place) bool { return !r.wants(paramNode, p.Node) })
	slices.SortFunc(places, func(a, b inflight.Place) int { return slices.Compare(inOrderOf(&a), inOrderOf(&b)) })
	out := v1alpha1.InFlightList{Header: r.header("InFlightList"), HorizonSeconds: engine.Horizon(r.board.RuleSet()).Seconds()}
	found := func(yield func(*inflight.Pod) bool) {
		for p := range pointers(places) {
			if r.after != nil && slices.Compare(inOrderOf(p), r.after) <= 0 {
				continue
			}
			// Who is gone meanwhile is left out.
			if pod, there := ledger.Pod(p.UID, r.now); there && !yield(&pod) {
				return
			}
		}
	}
	out.Items, out.Page = part(&r.params, found, func(p *inflight.Pod) []string { return inOrderOf(&p.Place) }, r.podInFlight)
	return out, nil
}

// nodesExistOr knows nodes that joined since the board too, where pods are on them.
func (r *request) nodesExistOr(places []inflight.Place) error {
	there := func(name string) bool {
		return r.board.Slot(name) >= 0 || slices.ContainsFunc(places, func(p inflight.Place) bool { return p.Node == name })
	}
	return r.named(paramNode, there, r.board.Names)
}

func inOrderOf(p *inflight.Place) []string {
	return []string{p.Node, p.Namespace, p.Name, string(p.UID)}
}

func (r *request) podInFlight(p *inflight.Pod) v1alpha1.PodInFlight {
	out := v1alpha1.PodInFlight{
		Node: p.Node, Namespace: p.Namespace, Name: p.Name, UID: string(p.UID),
		Bound: p.Flight.Bound, Began: utc(p.Flight.Began), Estimate: estimate(&p.Estimate),
	}
	if p.Estimate.Mistake != "" {
		out.Estimate.Complaints = []string{p.Estimate.Mistake}
	}
	if at := p.Flight.Measured; !at.IsZero() {
		out.Used, out.Measured = &v1alpha1.Amounts{CPU: finite(tidy(p.Flight.Used.CPU, rules.UnitCores)), Memory: finite(tidy(p.Flight.Used.Memory, rules.UnitBytes))}, at.UTC()
	}
	if r.account.Counts(p) {
		out.Arrived = new(amounts(p.Units.Amounts()))
		return out
	}
	for metric, adds := range r.board.Unseen(p.Node, &p.Flight) {
		out.Unseen = r.addUnseen(out.Unseen, metric, adds)
	}
	return out
}

func estimate(e *inflight.Estimate) v1alpha1.Estimate {
	a := e.Amounts()
	return v1alpha1.Estimate{
		CPU:    v1alpha1.EstimatedAmount{Amount: a.CPU, From: string(e.CPU)},
		Memory: v1alpha1.EstimatedAmount{Amount: a.Memory, From: string(e.Memory)},
	}
}
