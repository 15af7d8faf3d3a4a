package evaluator

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

const (
	// podInterval is how often the leader reads what pods use. While pods have begun that
	// were never measured, which count whole until they are, it is podHurry.
	podInterval = time.Minute
	podHurry    = 20 * time.Second
	// podPatience is for how long after it began a pod hastens the readings: what was not
	// measured by then is none that the source measures.
	podPatience = 2 * time.Minute
	// mostVain is how many readings in a row may bring no pod, before new pods hasten
	// none.
	mostVain = 2
	// podTimeout is how long a reading may take.
	podTimeout = 20 * time.Second
	// lessonInterval is how often what was learned of owners is kept for the next run.
	lessonInterval = 5 * time.Minute
)

// podSource is the source of the built-in metrics, if it can read single pods.
func (e *Evaluator) podSource() telemetry.PodSource {
	if h := e.sources[e.opts.Builtin]; h != nil && e.opts.InFlight != nil {
		s, _ := h.source.Source.(telemetry.PodSource)
		return s
	}
	return nil
}

// readPods has the Ledger learn what pods use, until ctx ends. Only the leader does:
// the answers are large, and nobody else places pods.
func (e *Evaluator) readPods(ctx context.Context) {
	source := e.podSource()
	if source == nil {
		return
	}
	r := &podReader{source: source, ledger: e.opts.InFlight, keep: func(l map[inflight.Owner]inflight.Lesson) {
		e.opts.State.Put(sectionLessons, lessonEntries(l))
	}}
	wait.JitterUntilWithContext(ctx, r.readDue, podHurry, 0.1, true)
}

// podReader reads pods again and again.
type podReader struct {
	source telemetry.PodSource
	ledger *inflight.Ledger
	keep   func(map[inflight.Owner]inflight.Lesson)
	read   time.Time
	kept   time.Time
	failed bool
	// vain counts the newest readings that brought no pod.
	vain int
}

// readDue reads where the last reading is old, or where it would tell of new pods.
func (r *podReader) readDue(ctx context.Context) {
	if now := time.Now(); now.Sub(r.read) >= podInterval || r.hurries(now) {
		r.read = now
		r.readOnce(ctx)
	}
}

func (r *podReader) hurries(now time.Time) bool {
	return r.vain < mostVain && r.ledger.Unmeasured(now.Add(-podPatience), now.Add(-podHurry))
}

func (r *podReader) readOnce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, podTimeout)
	defer cancel()
	reading, err := r.source.Pods(ctx)
	if err == nil && reading == nil {
		err = errors.New("the source returned neither a reading nor an error")
	}
	r.tell(klog.FromContext(ctx), err)
	r.count(reading, err)
	if err != nil {
		return
	}
	now := time.Now()
	r.ledger.Learn(reading, now)
	if now.Sub(r.kept) >= lessonInterval {
		r.kept = now
		r.keep(r.ledger.Lessons())
	}
}

// count counts what a reading brought. That a source measures no pods is no failure: it
// is said once.
func (r *podReader) count(reading *telemetry.PodReading, err error) {
	r.vain++
	switch {
	case errors.Is(err, telemetry.ErrNoPods):
		measuredPods.Set(0)
	case err != nil:
		podErrors.Inc()
	default:
		measuredPods.Set(float64(len(reading.Use)))
		if len(reading.Use) > 0 {
			r.vain = 0
		}
	}
}

// tell writes down when readings begin or cease to fail.
func (r *podReader) tell(logger klog.Logger, err error) {
	switch {
	case err != nil && !r.failed:
		logger.Error(err, "The use of single pods cannot be read; new pods are estimated by their annotation, by what was learned before, or by their requests")
	case err == nil && r.failed:
		logger.Info("The use of single pods can be read again")
	}
	r.failed = err != nil
}
