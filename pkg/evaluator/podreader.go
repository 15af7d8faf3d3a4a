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

// PodPace says when the use of single pods is read: where the last reading is old, or
// where another would tell of new pods. Its zero value begins at once.
type PodPace struct {
	read time.Time
	// vain counts the newest readings that brought no pod.
	vain int
}

// Due reports whether pods are to be read now, and counts on its being done.
func (p *PodPace) Due(now time.Time, ledger *inflight.Ledger) bool {
	since := now.Sub(p.read)
	due := since >= podInterval || since >= podHurry && p.vain < mostVain && ledger.Unmeasured(now.Add(-podPatience), now.Add(-podHurry))
	if due {
		p.read = now
	}
	return due
}

// Brought notes how many pods a reading brought; none where it failed.
func (p *PodPace) Brought(pods int) {
	p.vain++
	if pods > 0 {
		p.vain = 0
	}
}

// podReader reads pods again and again.
type podReader struct {
	source telemetry.PodSource
	ledger *inflight.Ledger
	keep   func(map[inflight.Owner]inflight.Lesson)
	pace   PodPace
	kept   time.Time
	failed bool
}

// readDue reads if it is time.
func (r *podReader) readDue(ctx context.Context) {
	if r.pace.Due(time.Now(), r.ledger) {
		r.readOnce(ctx)
	}
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
	if err != nil {
		reading = &telemetry.PodReading{}
	}
	r.pace.Brought(len(reading.Use))
	switch {
	case errors.Is(err, telemetry.ErrNoPods):
		measuredPods.Set(0)
	case err != nil:
		podErrors.Inc()
	default:
		measuredPods.Set(float64(len(reading.Use)))
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
