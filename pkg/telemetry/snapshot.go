package telemetry

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Snapshot is the newest telemetry of one source. It is immutable: With and
// WithFault return another one. The zero value and nil know nothing.
type Snapshot struct {
	// observed holds metric → node → what the source last said.
	observed map[string]map[string]observation
	// missed holds the nodes that the newest reading could not ask, and why.
	missed map[string]string
	// fault is why the newest reading as a whole failed; empty where it did not.
	fault string
	// faults holds why the newest reading of a metric failed, and joins how its
	// series found their nodes.
	faults map[string]string
	joins  map[string]*JoinTable
}

// observation is a usable sample, or the reason why there is none.
type observation struct {
	Sample
	unknown string
}

// Reasons of a Snapshot that come from no reading.
const (
	nothingRead = "no telemetry was read yet"
	noValue     = "the source has no value for this node"
)

// With returns the Snapshot after a reading that arrived at now. The reading
// replaces all that was known of its metrics, but for the usable samples of what it
// missed, and for those that are newer than its own: the replicas of a back end
// answer in turns, and one of them may lag behind.
func (s *Snapshot) With(r *Reading, now time.Time) *Snapshot {
	next := &Snapshot{
		observed: map[string]map[string]observation{}, missed: maps.Clone(r.Missed),
		faults: map[string]string{}, joins: map[string]*JoinTable{},
	}
	maps.Copy(next.faults, r.Faults)
	maps.Copy(next.joins, r.Joins)
	next.keep(s, r)
	replaced := r.replaced()
	for key, sample := range r.Samples {
		if replaced(key.Metric) {
			next.put(s.size(key.Metric), key, s.newer(key, observation{sample, refuse(key.Metric, sample, now)}))
		}
	}
	for key, problem := range r.Problems {
		if replaced(key.Metric) {
			next.put(s.size(key.Metric), key, observation{unknown: problem})
		}
	}
	return next
}

// WithFault returns the Snapshot after a reading that failed as a whole: all
// samples stand and age, and why is remembered.
func (s *Snapshot) WithFault(reason string) *Snapshot {
	next := &Snapshot{}
	if s != nil {
		*next = *s
	}
	next.fault = reason
	return next
}

// Sample returns the newest value of a metric on a node, in the metric's unit,
// and the time at which it was measured. unknown is empty for a usable value;
// otherwise it says in a few words why there is none. The value may be of any age.
func (s *Snapshot) Sample(metric, node string) (value float64, at time.Time, unknown string) {
	if s == nil {
		return 0, time.Time{}, nothingRead
	}
	o, found := s.observed[metric][node]
	if !found {
		return 0, time.Time{}, s.whyAbsent(metric, node)
	}
	if o.unknown != "" {
		return 0, time.Time{}, o.unknown
	}
	return o.Value, o.Time, ""
}

// Window returns the time that the newest usable value of a metric on a node averages
// over; 0 for the value of an instant, and where there is none.
func (s *Snapshot) Window(metric, node string) time.Duration {
	if s == nil || s.observed[metric][node].unknown != "" {
		return 0
	}
	return s.observed[metric][node].Window
}

// Stale says why the newest reading brought nothing of a metric on a node although
// an older sample of it may stand; empty where the newest reading asked for it.
func (s *Snapshot) Stale(metric, node string) string {
	if s == nil {
		return ""
	}
	return cmp.Or(s.fault, s.faults[metric], s.missed[node])
}

// Faults returns why metrics could not be read, by name. It is not to be changed.
func (s *Snapshot) Faults() map[string]string {
	if s == nil {
		return nil
	}
	return s.faults
}

// Joins returns how the series of metrics found their nodes, by name. It is not to
// be changed.
func (s *Snapshot) Joins() map[string]*JoinTable {
	if s == nil {
		return nil
	}
	return s.joins
}

func (s *Snapshot) whyAbsent(metric, node string) string {
	if why := s.Stale(metric, node); why != "" {
		return why
	}
	if s.observed == nil {
		return nothingRead
	}
	return noValue
}

// keep takes over what a reading is not about, and what it could not ask. What
// stands of a metric as a whole is shared with the old Snapshot.
func (s *Snapshot) keep(old *Snapshot, r *Reading) {
	if old == nil {
		return
	}
	replaced := r.replaced()
	for metric, nodes := range old.observed {
		if replaced(metric) {
			s.keepMissed(metric, nodes)
		} else {
			s.observed[metric] = nodes
		}
	}
	keepTold(s.faults, old.faults, r.IsAbout)
	keepTold(s.joins, old.joins, r.IsAbout)
}

// keepTold keeps what was said about the metrics of older readings.
func keepTold[T any](said, before map[string]T, replaced func(string) bool) {
	for metric, word := range before {
		if !replaced(metric) {
			said[metric] = word
		}
	}
}

// IsAbout reports whether a reading replaces what is known of a metric, or says
// why it could not.
func (r *Reading) IsAbout(metric string) bool {
	return r.Metrics == nil || slices.Contains(r.Metrics, metric)
}

// replaced returns whether the values of a metric are those of this reading. The
// function remembers its answers, because it is asked for each value.
func (r *Reading) replaced() func(metric string) bool {
	known := map[string]bool{}
	return func(metric string) bool {
		answer, found := known[metric]
		if !found {
			_, failed := r.Faults[metric]
			answer = !failed && r.IsAbout(metric)
			known[metric] = answer
		}
		return answer
	}
}

// Only returns a Snapshot that knows nothing of the metrics that are not kept.
func (s *Snapshot) Only(kept func(metric string) bool) *Snapshot {
	if s == nil {
		return nil
	}
	next := *s
	next.observed, next.faults, next.joins = maps.Clone(s.observed), maps.Clone(s.faults), maps.Clone(s.joins)
	dropped := func(metric string) bool { return !kept(metric) }
	maps.DeleteFunc(next.observed, func(metric string, _ map[string]observation) bool { return dropped(metric) })
	maps.DeleteFunc(next.faults, func(metric, _ string) bool { return dropped(metric) })
	maps.DeleteFunc(next.joins, func(metric string, _ *JoinTable) bool { return dropped(metric) })
	return &next
}

// keepMissed keeps the usable samples of the nodes that the reading missed.
func (s *Snapshot) keepMissed(metric string, nodes map[string]observation) {
	for node := range s.missed {
		if o, found := nodes[node]; found && o.unknown == "" {
			s.put(len(nodes), Key{metric, node}, o)
		}
	}
}

// newer returns what was known of a key where it is usable and newer than o.
func (s *Snapshot) newer(key Key, o observation) observation {
	if s == nil || o.unknown != "" {
		return o
	}
	known, found := s.observed[key.Metric][key.Node]
	if found && known.unknown == "" && known.Time.After(o.Time) {
		return known
	}
	return o
}

// put stores o among as many nodes as expected.
func (s *Snapshot) put(expected int, key Key, o observation) {
	nodes := s.observed[key.Metric]
	if nodes == nil {
		nodes = make(map[string]observation, expected)
		s.observed[key.Metric] = nodes
	}
	nodes[key.Node] = o
}

func (s *Snapshot) size(metric string) int {
	if s == nil {
		return 0
	}
	return len(s.observed[metric])
}
