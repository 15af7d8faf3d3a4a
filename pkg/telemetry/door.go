package telemetry

import (
	"fmt"
	"math"
	"time"
)

// tolerance is how far in the future a sample may be stamped: clocks differ.
const tolerance = 10 * time.Second

// refuse says why a sample cannot be trusted; empty where it can. A negative
// value is refused only where it is use: a query may well be negative.
func refuse(metric string, s Sample, now time.Time) string {
	switch {
	case math.IsNaN(s.Value):
		return "the source says NaN, which is no number"
	case math.IsInf(s.Value, 0):
		return "the source says infinity"
	case s.Value < 0 && (metric == UsedCPU || metric == UsedMemory):
		return fmt.Sprintf("the source says a negative use (%g)", s.Value)
	case s.Time.IsZero():
		return "the source does not say when the value was measured"
	case s.Time.Sub(now) > tolerance:
		return fmt.Sprintf("the value is stamped %v in the future: the clock of its node or ours is wrong", s.Time.Sub(now).Round(time.Second))
	}
	return ""
}
