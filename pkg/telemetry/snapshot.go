package telemetry

import (
	"maps"
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
// replaces all that was known, but for the usable samples of the nodes that it
// missed, and for those that are newer than its own: the replicas of a back end
// answer in turns, and one of them may lag behind.
func (s *Snapshot) With(r *Reading, now time.Time) *Snapshot {
	next := &Snapshot{observed: map[string]map[string]observation{}, missed: maps.Clone(r.Missed)}
	next.carryOver(s)
	for key, sample := range r.Samples {
		next.put(s, key, s.newer(key, observation{sample, refuse(key.Metric, sample, now)}))
	}
	for key, problem := range r.Problems {
		next.put(s, key, observation{unknown: problem})
	}
	return next
}

// WithFault returns the Snapshot after a reading that failed as a whole: all
// samples stand and age, and why is remembered.
func (s *Snapshot) WithFault(reason string) *Snapshot {
	next := &Snapshot{fault: reason}
	if s != nil {
		next.observed, next.missed = s.observed, s.missed
	}
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
		return 0, time.Time{}, s.whyAbsent(node)
	}
	if o.unknown != "" {
		return 0, time.Time{}, o.unknown
	}
	return o.Value, o.Time, ""
}

// Stale says why the newest reading brought nothing of a node although an older
// sample of it may stand; empty where the newest reading asked it.
func (s *Snapshot) Stale(node string) string {
	if s == nil {
		return ""
	}
	if s.fault != "" {
		return s.fault
	}
	return s.missed[node]
}

func (s *Snapshot) whyAbsent(node string) string {
	if why := s.Stale(node); why != "" {
		return why
	}
	if s.observed == nil {
		return nothingRead
	}
	return noValue
}

// carryOver keeps the usable samples of the nodes that the new reading missed.
func (s *Snapshot) carryOver(old *Snapshot) {
	if old == nil {
		return
	}
	for node := range s.missed {
		for metric, nodes := range old.observed {
			if o, found := nodes[node]; found && o.unknown == "" {
				s.put(old, Key{metric, node}, o)
			}
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

// put stores o; old tells how many nodes to expect.
func (s *Snapshot) put(old *Snapshot, key Key, o observation) {
	nodes := s.observed[key.Metric]
	if nodes == nil {
		nodes = make(map[string]observation, old.size(key.Metric))
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
