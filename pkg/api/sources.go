package api

import (
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

func (s *Server) sources(r *request) (any, error) {
	out := v1alpha1.SourceList{Header: r.header("SourceList"), Items: []v1alpha1.Source{}}
	metrics := map[string][]v1alpha1.SourceMetric{}
	for m := range pointers(r.evaluator.Metrics()) {
		metrics[m.Source] = append(metrics[m.Source], v1alpha1.SourceMetric{Name: m.Name, Fault: m.Fault, Join: join(m.Join)})
	}
	for one := range pointers(r.evaluator.Sources()) {
		out.Items = append(out.Items, s.source(one, metrics[one.Name]))
	}
	return out, nil
}

func (s *Server) source(r *evaluator.SourceReport, metrics []v1alpha1.SourceMetric) v1alpha1.Source {
	out := v1alpha1.Source{
		Name: r.Name, Type: s.opts.SourceTypes[r.Name], Builtin: r.Builtin, IntervalSeconds: r.Interval.Seconds(),
		Up: r.Fault == "" && !r.Read.IsZero(), LastReading: utc(r.Read), Fault: r.Fault, FailingSince: utc(r.Failing), Notes: r.Notes, Metrics: metrics,
	}
	if r.Ahead != nil {
		out.ClockAheadSeconds = new(r.Ahead.Seconds())
	}
	return out
}

func join(t *telemetry.JoinTable) *v1alpha1.Join {
	if t == nil {
		return nil
	}
	return &v1alpha1.Join{
		Label: t.Label, By: t.By, Matched: t.Matched,
		Foreign:   v1alpha1.Named{Count: t.ForeignCount, First: t.Foreign},
		Silent:    v1alpha1.Named{Count: t.SilentCount, First: t.Silent},
		Ambiguous: v1alpha1.Named{Count: t.AmbiguousCount, First: t.Ambiguous},
	}
}
