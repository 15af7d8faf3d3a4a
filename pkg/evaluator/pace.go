package evaluator

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// Pace decides which metrics of a source are due. A metric whose definition
// changed is a new one, and due at once.
type Pace struct {
	// Step is the time between two looks; it rounds every interval.
	Step  time.Duration
	asked map[string]time.Time // by fingerprint
}

// Due returns the metrics to ask for now, and remembers that they were.
func (p *Pace) Due(now time.Time, wanted []Want) []telemetry.Metric {
	next := make(map[string]time.Time, len(wanted))
	var out []telemetry.Metric
	for i := range wanted {
		w := &wanted[i]
		key := w.Fingerprint()
		last, known := p.asked[key]
		if !known || now.Sub(last) > w.Interval-p.Step/2 {
			last = now
			out = append(out, w.Metric)
		}
		next[key] = last
	}
	p.asked = next
	return out
}
