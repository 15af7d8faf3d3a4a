package kubelet

import (
	"fmt"
	"math"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// leastWindow is the shortest time between two counters that says anything: below
// it the rate is one of clocks rather than of the node.
const leastWindow = time.Second

// counter is the CPU time that a node or a pod used since it started, in seconds.
type counter struct {
	value float64
	at    time.Time
}

// meter makes use in cores of a counter that is read again and again. The zero
// value has read nothing.
type meter struct {
	base counter
	// What the newest counters say: a sample, or the reason why there is none.
	sample  telemetry.Sample
	problem string
}

// read takes the next counter in. A counter that is no newer than the one before
// says the same as that one: it is no new evidence. maxWindow is how long a time
// may be averaged over.
func (m *meter) read(next counter, maxWindow time.Duration) (telemetry.Sample, string) {
	window := next.at.Sub(m.base.at)
	switch {
	case !(next.value >= 0) || math.IsInf(next.value, 0):
		*m = meter{problem: fmt.Sprintf("the kubelet says that %g s of CPU time were used", next.value)}
	case m.base.at.IsZero():
		m.begin(next, "CPU use is known from the second reading on")
	case next.value < m.base.value:
		m.begin(next, "the CPU counter began anew; CPU use is known from the next reading on")
	case window < 0:
		m.begin(next, "the clock of the node went back; CPU use is known from the next reading on")
	case window > maxWindow:
		m.begin(next, fmt.Sprintf("the CPU counter was last read %v ago, and use is not averaged over more than %v", window.Round(time.Second), maxWindow))
	case window >= leastWindow:
		m.sample = telemetry.Sample{Value: (next.value - m.base.value) / window.Seconds(), Time: next.at, Window: window}
		m.base, m.problem = next, ""
	}
	return m.sample, m.problem
}

// begin forgets what was read before.
func (m *meter) begin(c counter, problem string) { *m = meter{base: c, problem: problem} }
