package evaluator

import (
	"slices"
	"time"

	"k8s.io/component-base/metrics"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

var sampleTimeDesc = metrics.NewDesc("telemetry_scheduler_sample_timestamp_seconds",
	"Unix time at which the samples of a metric were measured, by metric: of its nodes the oldest and the median. Nodes that never had a sample are left out.",
	[]string{"metric", "of"}, nil, metrics.ALPHA, "")

// sendAges sends when the newest samples of each metric were measured. Who reads them
// takes the age at the time of reading: it goes on growing where nothing is evaluated.
func sendAges(send func(*metrics.Desc, float64, ...string), board *engine.Board) {
	for metric, times := range board.SampleTimes() {
		if len(times) == 0 {
			continue
		}
		slices.SortFunc(times, time.Time.Compare)
		send(sampleTimeDesc, seconds(times[0]), metric, "oldest")
		send(sampleTimeDesc, seconds(times[len(times)/2]), metric, "median")
	}
}

// seconds is a time as Prometheus counts it.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
