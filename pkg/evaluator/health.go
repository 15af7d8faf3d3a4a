package evaluator

import (
	"context"
	"maps"
	"slices"
	"time"

	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// sourceHealth is what is known of one source.
type sourceHealth struct {
	source *Source
	// hurry tells the source's collector that something new is wanted.
	hurry chan struct{}
	// snapshot is what the source last said; nil before its first reading.
	snapshot *telemetry.Snapshot
	// meant are the fingerprints of the metrics that snapshot holds, by name.
	meant map[string]string
	// tried are the fingerprints of the metrics that were read once, successfully or
	// not, by name.
	tried map[string]string
	// seen is true after the first reading or its failure.
	seen bool
	// fault is why the newest reading failed; empty where it did not.
	fault string
	// failing is when the first of the readings ended that failed without one in between
	// that did not; zero where the newest did not fail.
	failing time.Time
	// notes are what the newest reading remarked.
	notes []string
	// ahead is by how much its clock is ahead, as the newest reading said; nil where none did.
	ahead *time.Duration
	// read is when the newest reading that did not fail ended.
	read time.Time
	// told is what people were told last: the fault, or nothing.
	told string
}

// take brings one result in.
func (e *Evaluator) take(ctx context.Context, r collected) {
	h := e.sources[r.source]
	h.seen = true
	maps.Copy(h.tried, r.asked)
	if len(h.meant) == 0 {
		return // it was asked before the last rule that looks at it went
	}
	measureReading(r)
	e.noteCause(r.span)
	h.log(ctx, r)
	h.fault = ""
	if r.err != nil {
		if h.failing.IsZero() {
			h.failing = r.ended
		}
		h.fault = r.err.Error()
		h.snapshot = h.snapshot.WithFault(h.fault)
	} else {
		before, joined := h.snapshot.Faults(), h.snapshot.Joins()
		h.snapshot = h.snapshot.With(h.stillWanted(r), r.ended)
		logFaults(klog.FromContext(ctx), r.source, before, h.snapshot.Faults())
		logJoins(klog.FromContext(ctx), r.source, joined, h.snapshot.Joins())
		h.remark(klog.FromContext(ctx), r)
		h.read, h.failing = r.ended, time.Time{}
	}
	e.tellHealth(r.source, h)
}

// remark writes down what is odd about a source, such as its clock, when it changes.
func (h *sourceHealth) remark(logger klog.Logger, r collected) {
	if !slices.Equal(h.notes, r.reading.Notes) {
		logger.Info("What is odd about a telemetry source changed", "source", r.source, "notes", r.reading.Notes)
	}
	h.notes, h.ahead = r.reading.Notes, r.reading.Ahead
}

// stillWanted returns what a reading says of the metrics that still mean what they
// meant when it began.
func (h *sourceHealth) stillWanted(r collected) *telemetry.Reading {
	out := *r.reading
	out.Metrics = []string{}
	for name, meant := range r.asked {
		if h.meant[name] == meant && r.reading.IsAbout(name) {
			out.Metrics = append(out.Metrics, name)
		}
	}
	return &out
}

// follow drops what is known of metrics that mean something else in a new set of
// rules, and has the others read.
func (e *Evaluator) follow(ctx context.Context, set *rules.RuleSet) {
	if set == e.known {
		return
	}
	for _, h := range e.sources {
		now := e.fingerprints(h.source)
		logDropped(klog.FromContext(ctx), h.source.Name, h.snapshot.Faults(), now)
		h.snapshot = h.snapshot.Only(func(metric string) bool { return now[metric] != "" && now[metric] == h.meant[metric] })
		h.meant = now
		if len(now) == 0 {
			h.forget()
		}
		maps.DeleteFunc(h.tried, func(metric, meant string) bool { return now[metric] != meant })
		wake(h.hurry)
	}
	e.known = set
}

// forget ends a fault of a source that nobody looks at any more: it is not read, and could
// not be seen to end.
func (h *sourceHealth) forget() {
	h.fault, h.told, h.failing, h.notes, h.ahead = "", "", time.Time{}, nil, nil
	h.snapshot = h.snapshot.WithFault("")
	forgetReading(h.source.Name)
}

// sourceFault is why the newest reading of a source failed as a whole; empty where it
// did not.
func (e *Evaluator) sourceFault(name string) string {
	if h := e.sources[name]; h != nil {
		return h.fault
	}
	return ""
}

// unread reports whether what a metric of its author's own means now was not read yet.
func (e *Evaluator) unread(m rules.Metric) bool {
	h := e.sources[m.Source]
	return !m.BuiltIn && h != nil && h.tried[m.Name] != h.meant[m.Name]
}

// log writes changes down, in every replica: a fault that goes on is no news.
func (h *sourceHealth) log(ctx context.Context, r collected) {
	logger := klog.FromContext(ctx)
	switch {
	case r.err != nil && h.fault == "":
		logger.Error(r.err, "Telemetry cannot be read; what was read before ages", "source", r.source, "took", r.took)
	case r.err != nil:
		logger.V(4).Info("Telemetry still cannot be read", "source", r.source, "err", r.err, "took", r.took)
	case h.fault != "":
		logger.Info("Telemetry can be read again", "source", r.source, "took", r.took)
	}
}

// tellHealth says that a source began to fail, or works again. A fault that
// only changes its words is the same fault.
func (e *Evaluator) tellHealth(name string, h *sourceHealth) {
	if !e.speaking || (h.fault == "") == (h.told == "") {
		return
	}
	h.told = h.fault
	if h.fault == "" {
		e.send(sourceRecovered(e.opts.Self, name))
		return
	}
	e.send(sourceFailed(e.opts.Self, name, h.fault))
}

// changeTerm follows the leadership. A new leader says what stands, and hands
// everything that must survive to the store: the phases with the next tick.
func (e *Evaluator) changeTerm() {
	e.speaking = e.leading.Load()
	e.judged, e.failed, e.strayed, e.told, e.kept = ruleFaults{}, metricFaults{}, metricFaults{}, false, time.Time{}
	e.marks = Marks{}
	for name, h := range e.sources {
		h.told = ""
		e.tellHealth(name, h)
	}
	e.keepTexts()
}
