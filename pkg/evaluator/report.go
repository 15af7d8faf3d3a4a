package evaluator

import "time"

// SourceReport is what is known of one source, for people.
type SourceReport struct {
	Name string
	// Builtin is set for the source that feeds the built-in metrics.
	Builtin bool
	// Interval is the time between two readings.
	Interval time.Duration
	// Read is when the newest reading that did not fail ended; zero before the first.
	Read time.Time
	// Fault is why the newest reading failed; empty where it did not, or was none.
	Fault string
	// Failing is since when readings fail: when the first of them ended; zero where the
	// newest did not fail.
	Failing time.Time
	// Notes are what is odd about the source although it can be read.
	Notes []string
	// Ahead is by how much its clock is ahead of that of this replica, negative where it is
	// behind; nil where the source does not say what time it is.
	Ahead *time.Duration
}

// Sources returns what was known of every source when the newest Board was made, in
// the order of the options; nothing before the first. The caller must not change it.
func (e *Evaluator) Sources() []SourceReport {
	if list := e.reports.Load(); list != nil {
		return *list
	}
	return nil
}

func (e *Evaluator) publishSources() {
	list := make([]SourceReport, len(e.opts.Sources))
	for i := range e.opts.Sources {
		h := e.sources[e.opts.Sources[i].Name]
		list[i] = SourceReport{
			Name: h.source.Name, Builtin: h.source.Name == e.opts.Builtin, Interval: h.source.Interval,
			Read: h.read, Fault: h.fault, Failing: h.failing, Notes: h.notes, Ahead: h.ahead,
		}
	}
	e.reports.Store(&list)
}
