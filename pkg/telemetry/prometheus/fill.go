package prometheus

import (
	"fmt"
	"math"
	"time"

	"github.com/prometheus/common/model"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// filler makes the values of one metric.
type filler struct {
	subject string // node or pod
	query   string // for people
	answer  model.Vector
	combine telemetry.Combine
	window  time.Duration
	stamps  stamper
	at      moment
	memory  *memory
	// next is what will be remembered, by name of the node.
	next map[string]kept
	// ambiguous are nodes of which nobody can tell which series is theirs.
	ambiguous []string
}

// farAway is how far a time may lie from the server's own before it is no time in
// seconds, but milliseconds or an age.
const farAway = 365 * 24 * time.Hour

func (f *filler) value(place int, node string, series []int32, doubt string) value {
	switch {
	case doubt != "":
		f.ambiguous = append(f.ambiguous, node)
		return f.problem("%s", doubt)
	case len(series) == 0:
		return value{}
	}
	number, problem := f.number(node, series)
	if problem != "" {
		return f.problem("%s", problem)
	}
	return f.stamped(node, number, f.stamps.stamp(place))
}

func (f *filler) problem(format string, args ...any) value {
	return value{problem: fmt.Sprintf("the query %q: "+format, append([]any{f.query}, args...)...)}
}

// number makes one number of the series of a node.
func (f *filler) number(node string, series []int32) (number float64, problem string) {
	values := make([]float64, len(series))
	for i, at := range series {
		if f.answer[at].Histogram != nil {
			return 0, "it gives a histogram and not a value; write what is to be made of it, such as histogram_quantile(0.9, …)"
		}
		values[i] = float64(f.answer[at].Value)
	}
	number, ok := f.combine.Of(values)
	switch {
	case !ok:
		f.ambiguous = append(f.ambiguous, node)
		return 0, fmt.Sprintf("it gives %d series for one %s, such as %s and %s; aggregate them, or say how to combine them",
			len(series), f.subject, show(f.answer[series[0]].Metric), show(f.answer[series[1]].Metric))
	case math.IsNaN(number):
		return 0, "it gives NaN, which is no number"
	case math.IsInf(number, 0):
		return 0, "it gives infinity"
	}
	return number, ""
}

// stamped gives a number its time. Where the samples under a range are those of
// before, or have ended, the number says nothing new though it may have changed: the
// range slides over them. The sample of before stands then, and ages.
func (f *filler) stamped(node string, number float64, s stamp) value {
	before, known := f.memory.of(node)
	slides := known && s.ranged <= before.ranged
	switch {
	case known && (math.IsNaN(s.at) || slides):
		f.next[node] = before
		return value{sample: before.sample, found: true}
	case math.IsNaN(s.at):
		return f.problem("nobody can say how old its value of this %s is: what it reads has ended, or an ageQuery has no series of it", f.subject)
	case math.Abs(s.at-float64(f.at.server.Unix())) > farAway.Seconds():
		return f.problem("the age of its value is given as %g, which is no Unix time in seconds", s.at)
	}
	sample := telemetry.Sample{Value: number, Time: f.at.ours(s.at), Window: f.window}
	f.next[node] = kept{sample, s.ranged}
	return value{sample: sample, found: true}
}
