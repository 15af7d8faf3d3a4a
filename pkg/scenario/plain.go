package scenario

import (
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// plainReading is what a source without queries says of some metrics at a time. Like a
// server of queries it hands on the newest sample, however old, until the series ends.
func (f *file) plainReading(at time.Duration, metrics []string) *telemetry.Reading {
	out := &telemetry.Reading{Metrics: metrics, Samples: map[telemetry.Key]telemetry.Sample{}}
	for key, points := range f.plain {
		if !slices.Contains(metrics, key.metric) {
			continue
		}
		if i, found := newest(points, int(at/f.interval)); found {
			out.Samples[telemetry.Key{Metric: key.metric, Node: key.node}] = telemetry.Sample{
				Value: points[i].value, Time: began.Add(time.Duration(i) * f.interval),
			}
		}
	}
	return out
}

// newest returns the newest value up to a place; false where there is none yet, or none
// any more.
func newest(points []point, upTo int) (int, bool) {
	for i := min(upTo, len(points)-1); i >= 0; i-- {
		if !points[i].omitted {
			return i, !points[i].stale()
		}
	}
	return 0, false
}

// exactly hands on samples with the values that the scenario states: the way through a
// measurement and back costs the last digit, and 90% is to be 90%.
type exactly struct {
	engine.Samples
	file *file
}

// Sample implements engine.Samples.
func (e *exactly) Sample(metric, node string) (float64, time.Time, string) {
	v, at, unknown := e.Samples.Sample(metric, node)
	points, stated := e.file.stated[plainKey{metric, node}]
	if unknown == "" && stated {
		v = points[int(at.Sub(began)/e.file.interval)].value
	}
	return v, at, unknown
}
