package ground

import (
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func TestACrowdIsWhatBeganWithOneBoard(t *testing.T) {
	rule := &rules.Rule{Name: "hot"}
	trouble := func(since time.Duration, change ...func(*engine.Trouble)) engine.Trouble {
		out := engine.Trouble{Rule: rule.Key(), Since: noon.Add(-since)}
		for _, c := range change {
			c(&out)
		}
		return out
	}
	assumed := func(t *engine.Trouble) { t.Assumed = true }
	another := func(t *engine.Trouble) { t.Rule.Name = "other" }
	for sentence, tc := range map[string]struct {
		troubles []engine.Trouble
		want     int
	}{
		"nobody":                           {nil, 0},
		"two at once, and one later":       {[]engine.Trouble{trouble(time.Minute), trouble(time.Minute), trouble(30 * time.Second)}, 2},
		"this very moment":                 {[]engine.Trouble{trouble(0), trouble(0), trouble(0)}, 3},
		"those of another rule":            {[]engine.Trouble{trouble(time.Minute), trouble(time.Minute, another)}, 1},
		"those that were found at a start": {[]engine.Trouble{trouble(time.Minute, assumed), trouble(time.Minute, assumed)}, 0},
		"for as long as is suspicious":     {[]engine.Trouble{trouble(2 * time.Minute), trouble(2 * time.Minute)}, 2},
		"for longer":                       {[]engine.Trouble{trouble(2*time.Minute + time.Second), trouble(2*time.Minute + time.Second)}, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			p := &Policy{Rule: rule, Policy: args.Policy{After: time.Minute}}
			if got, _ := crowdOf(p, noon, tc.troubles); got != tc.want {
				t.Errorf("the crowd is %d, want %d", got, tc.want)
			}
		})
	}
}
