package evaluator

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// Spans and their attributes, as docs/operating.md lists them.
const (
	spanCollect  = "collect"
	spanTick     = "tick"
	spanEvaluate = "evaluate"
	spanPublish  = "publish"

	attrSource      = attribute.Key("telemetry_scheduler.source")
	attrMetrics     = attribute.Key("telemetry_scheduler.metrics")
	attrSamples     = attribute.Key("telemetry_scheduler.samples")
	attrRules       = attribute.Key("telemetry_scheduler.rule_count")
	attrNodes       = attribute.Key("telemetry_scheduler.nodes")
	attrTransitions = attribute.Key("telemetry_scheduler.transitions")
)

// startTick begins the span of a tick, which leads to the readings since the one before: they
// run beside the loop, so that they are no parts of it.
func (e *Evaluator) startTick(ctx context.Context) (context.Context, trace.Span) {
	causes := e.causes
	e.causes = nil
	return e.opts.Tracer.Start(ctx, spanTick, trace.WithLinks(causes...))
}

// mostCauses bounds the links of a tick, of which collectors keep no more, and what gathers
// until the first one.
const mostCauses = 128

// noteCause notes a reading for the next tick.
func (e *Evaluator) noteCause(span trace.SpanContext) {
	if span.IsValid() {
		e.causes = append(e.causes[max(0, len(e.causes)+1-mostCauses):], trace.Link{SpanContext: span})
	}
}

// startReading begins the span of one reading.
func (c *collector) startReading(ctx context.Context, due []telemetry.Metric) (context.Context, trace.Span) {
	return c.tracer.Start(ctx, spanCollect, trace.WithAttributes(attrSource.String(c.Name), attrMetrics.Int(len(due))))
}

// endReading says what it brought.
func endReading(span trace.Span, r *collected) {
	if r.err != nil {
		span.RecordError(r.err)
		span.SetStatus(codes.Error, "the source cannot be read")
	} else {
		span.SetAttributes(attrSamples.Int(len(r.reading.Samples)))
	}
	r.span = span.SpanContext()
	span.End()
}
