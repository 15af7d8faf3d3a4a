package args

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // what a time zone is must not depend on the image

	"github.com/robfig/cron/v3"
)

// Window is a time in which pods may be moved: it opens by a schedule, and stays open.
type Window struct {
	// Schedule has the five fields of cron.
	Schedule string
	Duration time.Duration
	// TimeZone is that of the schedule, such as Europe/Brussels.
	TimeZone string

	opens *cron.SpecSchedule
}

// fields are those of a schedule. Words such as @daily are not read: "@every" would
// count from whenever somebody asks.
var fields = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// NewWindow returns a window that opens by a schedule of five fields, in a time zone. The
// error is one of the schedule.
func NewWindow(schedule string, duration time.Duration, zone string) (Window, error) {
	w := Window{Schedule: schedule, Duration: duration, TimeZone: zone}
	if strings.Contains(schedule, "=") {
		return w, fmt.Errorf("a schedule names no time zone")
	}
	opens, err := fields.Parse("TZ=" + zone + " " + schedule)
	w.opens, _ = opens.(*cron.SpecSchedule) // which five fields are
	return w, err
}

// opening returns when the window opens after a time. One that would open in an hour that
// the clocks skip opens at the end of that.
func (w *Window) opening(after time.Time) time.Time {
	next := w.opens.Next(after)
	for at := after.In(w.opens.Location); !next.IsZero(); {
		_, change := at.ZoneBounds()
		if change.IsZero() || !change.Before(next) {
			break
		}
		if w.skipped(change) {
			return change
		}
		at = change
	}
	return next
}

// skipped reports whether the window would have opened in what the clocks skip when they
// change.
func (w *Window) skipped(change time.Time) bool {
	before := change.Add(-1)
	_, was := before.Zone()
	_, is := change.Zone()
	unchanged := *w.opens
	unchanged.Location = time.FixedZone("", was)
	would := unchanged.Next(before)
	return !would.IsZero() && would.Before(change.Add(time.Duration(is-was)*time.Second))
}

// location reads the name of a time zone; the machine's own has none.
func location(name string) (*time.Location, error) {
	if name == "" || strings.EqualFold(name, "local") || strings.ContainsAny(name, " =") {
		return nil, fmt.Errorf("no time zone")
	}
	return time.LoadLocation(name)
}

// longestWindow bounds the duration of one, and horizon is how far Open looks for the end
// of windows that follow each other.
const (
	longestWindow = 7 * 24 * time.Hour
	horizon       = longestWindow + 24*time.Hour
)

// Open reports whether pods may be moved at a time, and when that changes; zero where it
// does not. Without windows they always may. Windows that touch are one; those that go on
// for more than eight days do not change.
func (e *Eviction) Open(now time.Time) (open bool, change time.Time) {
	end := now
	for before := now.Add(-1); !end.Equal(before) && end.Before(now.Add(horizon)); {
		before = end
		for i := range e.Windows {
			end = e.Windows[i].extend(now, end)
		}
	}
	switch {
	case len(e.Windows) == 0 || !end.Before(now.Add(horizon)):
		return true, time.Time{}
	case end.After(now):
		return true, end
	}
	return false, e.next(now)
}

// extend returns when a time ends that lasts from now, once the window is a part of it
// where the two touch.
func (w *Window) extend(now, end time.Time) time.Time {
	for start := w.opening(now.Add(-w.Duration)); !start.IsZero() && !start.After(end) && end.Before(now.Add(horizon)); start = w.opening(start) {
		if until := start.Add(w.Duration); until.After(end) {
			end = until
		}
	}
	return end
}

// next is when a window opens; zero where none does.
func (e *Eviction) next(now time.Time) (next time.Time) {
	for i := range e.Windows {
		if at := e.Windows[i].opening(now); next.IsZero() || !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next
}
