package descheduler

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// keyBaselines is the entry of what nodes had before moves, beside those of the memory.
const keyBaselines = "baselines"

// keptAge bounds the age of what is stored although nothing happened: refusals say when
// they were seen last.
const keptAge = time.Minute

// restore takes over what an earlier leader remembered.
func (d *Descheduler) restore(ctx context.Context, now time.Time, stored map[string]json.RawMessage, lost error) {
	logger := klog.FromContext(ctx)
	remembered, err := memory.Restore(now, stored, lost)
	if err != nil {
		logger.Error(err, "Some of what the descheduler remembers cannot be read; where those are limits they count as reached for an hour")
	}
	d.memory, d.changed = remembered, true // so that it is seen later that something was lost
	if text, found := stored[keyBaselines]; found {
		if err := json.Unmarshal(text, &d.baselines); err != nil {
			logger.Error(err, "What nodes had before the moves under way cannot be read; nobody will know whether those helped")
		}
	}
	if d.baselines == nil { // of "null"
		d.baselines = map[string]baseline{}
	}
	if moves := len(remembered.Moving()); moves > 0 {
		logger.Info("Moves of pods are under way that an earlier leader began", "moves", moves)
	}
}

// Found stores that nothing was moved yet: whoever finds something stored, and nothing of
// this, knows that it was lost.
func Found(store Store) { New(Options{Store: store}).put(time.Now()) }

// entries is what must survive, the most important first.
func (d *Descheduler) entries() []state.Entry {
	var out []state.Entry
	for _, e := range d.memory.Entries() {
		out = append(out, state.Entry(e))
	}
	text, _ := json.Marshal(d.baselines) // finite numbers and strings always marshal
	return slices.Insert(out, min(2, len(out)), state.Entry{Key: keyBaselines, Value: text})
}

// keep hands what is remembered to the store if something happened, and else from time to
// time while there is something.
func (d *Descheduler) keep(now time.Time) {
	if d.changed || !d.kept.IsZero() && now.Sub(d.kept) >= keptAge {
		d.put(now)
	}
}

func (d *Descheduler) put(now time.Time) {
	d.kept, d.changed = now, false
	d.opts.Store.Put(evaluator.SectionEvictions, d.entries())
}
