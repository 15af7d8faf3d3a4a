package descheduler

import (
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// relapses has the node hot for a while, then as change says, and then hot again for as
// long as three samples take.
func relapses(w *town, change func(), during time.Duration) {
	w.during(20 * time.Second)
	change()
	w.during(during)
	w.used["hot"] = 95
	w.during(20 * time.Second)
}

func TestWhatKeepsFiringIsNotFiring(t *testing.T) {
	inTown(t, func(w *town) {
		relapses(w, func() { w.used["hot"] = 60 }, 6*time.Minute)
		w.want("evictions after 15 s of five minutes", w.calls.asked, []string{})
		w.want("why", w.reasons(), map[string]string{"hot": "NotLongEnough"})
		w.during(5 * time.Minute)
		w.want("evictions after five minutes", w.calls.asked, []string{"a"})
	}, func(w *town) {
		w.set = rulesWith(w.t, &rules.Evict{Goal: rules.Relieve, After: 5 * time.Minute})
		w.set.Rules[0].KeepFiringFor = 10 * time.Minute
	})
}

func TestWhatWasUnknownWasNotFiring(t *testing.T) {
	inTown(t, func(w *town) {
		relapses(w, func() { delete(w.used, "hot") }, 50*time.Second) // the exporter is down
		w.want("evictions after 15 s of one minute", w.calls.asked, []string{})
		w.during(time.Minute)
		w.want("evictions after a minute", w.calls.asked, []string{"a"})
	})
}

func TestTheBreakerSeesACrowdThatComesAgain(t *testing.T) {
	inTown(t, func(w *town) {
		all := func(used float64) {
			w.used["hot"], w.used["hot-2"], w.used["hot-3"] = used, used, used
		}
		w.during(20 * time.Second)
		all(60)
		w.during(3 * time.Minute)
		all(95)
		w.during(90 * time.Second)
		w.want("evictions 90 s after three of four nodes became hot at once", w.calls.asked, []string{})
		w.want("why", w.reasons()["hot"], "Breaker")
	}, threeAtOnce, func(w *town) { w.set.Rules[0].KeepFiringFor = 10 * time.Minute })
}
