package prometheus

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// filler makes the values of one metric.
type filler struct {
	query   string // for people
	answer  model.Vector
	combine telemetry.Combine
	window  time.Duration
	span    time.Duration // the longest range of the query
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
		examples := []string{show(f.answer[series[0]].Metric), show(f.answer[series[1]].Metric)}
		slices.Sort(examples) // a server gives them in any order, and the words should stand
		return 0, fmt.Sprintf("it gives %d series for one node, such as %s; aggregate them, or say how to combine them",
			len(series), strings.Join(examples, " and "))
	case math.IsNaN(number):
		return 0, "it gives NaN, which is no number"
	case math.IsInf(number, 0):
		return 0, "it gives infinity"
	}
	return number, ""
}

// stamped gives a number its time. Where the samples under a range are those of
// before, or have ended, the number says nothing new though it may have changed: the
// range slides over them. What was said before stands then, and ages.
func (f *filler) stamped(node string, number float64, s stamp) value {
	before, known := f.memory.of(node)
	switch {
	case known && (math.IsNaN(s.at) || before.stands(s.ranged, f.at.offset)):
		f.next[node] = before
		return before.value
	case math.IsNaN(s.at):
		return f.problem("nobody can say how old its value of this node is: what it reads has ended, or an ageQuery has no series of it")
	case math.Abs(s.at-float64(f.at.server.Unix())) > farAway.Seconds():
		return f.problem("the age of its value is given as %g, which is no Unix time in seconds", s.at)
	}
	out := value{sample: telemetry.Sample{Value: number, Time: f.at.ours(s.at), Window: f.window}, found: true}
	if !known && f.mayHaveSlid(s) {
		out = f.problem("the newest sample in its range was over %v old when this node was first read, so that the value may have slid; a newer one is waited for", f.trust())
	}
	f.next[node] = kept{out, s.ranged, f.at.offset}
	return out
}

// maxTrust is two of the usual intervals between scrapes.
const maxTrust = time.Minute

// trust is how old the newest sample in a range may be where nothing is known of
// before. A range is usually four intervals between scrapes, and half of it two.
func (f *filler) trust() time.Duration { return min(maxTrust, f.span/2) }

func (f *filler) mayHaveSlid(s stamp) bool {
	return float64(f.at.server.UnixMilli())/1000-s.ranged > f.trust().Seconds()
}
