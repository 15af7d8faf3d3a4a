package descheduler

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Spans and their attributes, as docs/operating.md lists them.
const (
	spanEvict  = "evict"
	spanPlan   = "plan"
	spanProve  = "prove"
	spanRecord = "record"
	spanMove   = "move"
	spanGate   = "gate"
	spanAct    = "act"
	spanVerify = "verify"

	attrNamespace = attribute.Key("k8s.namespace.name")
	attrPod       = attribute.Key("k8s.pod.name")
	attrUID       = attribute.Key("k8s.pod.uid")
	attrNode      = attribute.Key("k8s.node.name")
	attrHome      = attribute.Key("telemetry_scheduler.home")
	attrRules     = attribute.Key("telemetry_scheduler.rules")
	attrReason    = attribute.Key("telemetry_scheduler.reason")
	attrOutcome   = attribute.Key("telemetry_scheduler.outcome")
	attrNodes     = attribute.Key("telemetry_scheduler.nodes")
)

// ask asks for a home of a pod.
func (s *seeker) ask(q home.Question, assumed []home.Move) (home.Answer, error) {
	ctx, span := s.d.opts.Tracer.Start(s.ctx, spanProve)
	defer span.End()
	answer, err := s.look.sight.Prove(ctx, q, assumed)
	if span.IsRecording() {
		span.SetAttributes(attrNamespace.String(q.Victim.Namespace), attrPod.String(q.Victim.Name), attrUID.String(string(q.Victim.UID)),
			attrHome.String(answer.Node), attrReason.String(answer.Why))
		fail(span, err)
	}
	return answer, err
}

// startMove begins the span of a move, in which it is judged again and made.
func (d *Descheduler) startMove(ctx context.Context, m *made) (context.Context, trace.Span) {
	ctx, span := d.opts.Tracer.Start(ctx, spanMove)
	if span.IsRecording() {
		span.SetAttributes(attrNamespace.String(m.act.Namespace), attrPod.String(m.act.Pod), attrUID.String(m.act.UID),
			attrNode.String(m.act.Node), attrHome.String(m.act.Home), attrRules.StringSlice(namesOf(m.act.Rules)))
	}
	return ctx, span
}

// endMove says what became of it, and remembers it for what is seen of it later.
func (d *Descheduler) endMove(span trace.Span, m *made) {
	span.SetAttributes(attrReason.String(string(m.reason)))
	fail(span, m.fault)
	if span.SpanContext().IsSampled() && (m.reason == "" || m.reason == plan.Unanswered) {
		d.traced[m.act.UID] = span.SpanContext()
	}
	span.End()
}

// gate judges a move again just before it is made.
func (d *Descheduler) gate(ctx context.Context, before *decided, m *made) (plan.Reason, error) {
	ctx, span := d.opts.Tracer.Start(ctx, spanGate)
	defer span.End()
	if reason, fault := d.outdated(ctx, before, m); reason != "" {
		return reason, fault
	}
	if err := ctx.Err(); err != nil {
		return plan.NotLeading, err
	}
	return "", nil
}

// call asks the API server for an eviction.
func (d *Descheduler) call(ctx context.Context, m *made) error {
	ctx, span := d.opts.Tracer.Start(ctx, spanAct)
	defer span.End()
	err := d.opts.Calls.Evict(ctx, m.pod)
	fail(span, err)
	return err
}

// traceEnd adds to the trace of a move what was seen of it since. One that an earlier leader
// made has a trace of its own.
func (d *Descheduler) traceEnd(ctx context.Context, made trace.SpanContext, r *memory.Record) {
	_, span := d.opts.Tracer.Start(trace.ContextWithSpanContext(ctx, made), spanVerify, trace.WithTimestamp(r.At))
	if span.IsRecording() {
		span.SetAttributes(attrNamespace.String(r.Namespace), attrPod.String(r.Pod), attrUID.String(r.UID), attrNode.String(r.From),
			attrHome.String(r.Home), attrRules.StringSlice(namesOf(r.Rules)), attrOutcome.String(string(r.Outcome)))
	}
	span.End(trace.WithTimestamp(time.Now()))
}

func fail(span trace.Span, err error) {
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
	}
}

func namesOf(keys []rules.Key) []string {
	out := make([]string, len(keys))
	for i := range keys {
		out[i] = keys[i].String()
	}
	return out
}
