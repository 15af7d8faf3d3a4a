package descheduler

import (
	"strings"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestWhatIsHeldShowsItsPlan(t *testing.T) {
	for reason, change := range map[string]func(*town){
		"Paused":   func(w *town) { w.set.Rules[0].Paused = true },
		"Silenced": func(w *town) { w.set.Pause.Silences = []rules.Silence{{Node: "hot"}} },
	} {
		t.Run(reason, func(t *testing.T) {
			inTown(t, func(w *town) {
				w.during(80 * time.Second)
				w.want("reason", w.reasons(), map[string]string{"hot": reason})
				if said := w.Report().Pairs[0].Sentence; !strings.Contains(said, "planned: pod shop/a") {
					t.Errorf("no plan is shown: %s", said)
				}
				w.want("evictions", w.calls.asked, []string{})
			}, change)
		})
	}
}
