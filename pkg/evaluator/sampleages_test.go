package evaluator

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/component-base/metrics"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// timed are the Unix times of samples by "metric node".
type timed map[string]int64

func (s timed) Sample(metric, node string) (float64, time.Time, string) {
	if at, found := s[metric+" "+node]; found {
		return 1, time.Unix(at, 0), ""
	}
	return 0, time.Time{}, "nobody knows"
}

func (timed) Window(string, string) time.Duration { return 0 }

func TestTheAgesOfSamplesAreThoseOfTheNodesThatHaveOne(t *testing.T) {
	text := "- {name: a, when: {any: [{metric: memory, above: 90%}, {metric: cpu, above: 90%}]}, actions: {block: {}}}\n"
	for sentence, c := range map[string]struct {
		samples timed
		want    map[string]float64
	}{
		"none": {timed{}, map[string]float64{}},
		"three nodes of four, and two": {
			timed{"memory a": 990, "memory b": 940, "memory d": 970, "cpu a": 999, "cpu b": 998},
			map[string]float64{"memory oldest": 940, "memory median": 970, "cpu oldest": 998, "cpu median": 999}},
		"a sample that is too old to be judged has its age all the same": {
			timed{"memory a": 10}, map[string]float64{"memory oldest": 10, "memory median": 10}},
	} {
		t.Run(sentence, func(t *testing.T) {
			nodes := []engine.Node{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}
			board, _ := engine.New(engine.Options{}, nil).Advance(time.Unix(1000, 0), ruleSet(t, text, rules.Pause{}), nodes, c.samples)
			got := map[string]float64{}
			sendAges(func(_ *metrics.Desc, value float64, labels ...string) { got[labels[0]+" "+labels[1]] = value }, board)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
