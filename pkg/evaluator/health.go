package evaluator

import (
	"context"
	"time"

	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// sourceHealth is what is known of one source.
type sourceHealth struct {
	// snapshot is what the source last said; nil before its first reading.
	snapshot *telemetry.Snapshot
	// seen is true after the first reading or its failure.
	seen bool
	// fault is why the newest reading failed; empty where it did not.
	fault string
	// told is what people were told last: the fault, or nothing.
	told string
}

// take brings one result in.
func (e *Evaluator) take(ctx context.Context, r collected) {
	h := e.sources[r.source]
	h.seen = true
	measureReading(r)
	h.log(ctx, r)
	h.fault = ""
	if r.err != nil {
		h.fault = r.err.Error()
		h.snapshot = h.snapshot.WithFault(h.fault)
	} else {
		h.snapshot = h.snapshot.With(r.reading, r.ended)
	}
	e.tellHealth(r.source, h)
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
	e.judged, e.told, e.kept = ruleFaults{}, false, time.Time{}
	for name, h := range e.sources {
		h.told = ""
		e.tellHealth(name, h)
	}
	e.keepTexts()
}
