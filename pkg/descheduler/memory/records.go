package memory

import (
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Record is an eviction, done or dry, in full.
type Record struct {
	At     time.Time `json:"at"`
	DryRun bool      `json:"dryRun,omitempty"`
	// Rules are those that asked for it, with Sentences of value and threshold; Age is
	// that of the newest sample then.
	Rules     []rules.Key   `json:"rules"`
	Sentences []string      `json:"sentences,omitempty"`
	Age       time.Duration `json:"age"`
	Namespace string        `json:"namespace"`
	Pod       string        `json:"pod"`
	UID       string        `json:"uid"`
	Owner     string        `json:"owner"`
	OwnerKind string        `json:"ownerKind,omitempty"`
	OwnerName string        `json:"ownerName,omitempty"`
	OwnerRead bool          `json:"ownerRead,omitempty"`
	From      string        `json:"from"`
	// Home is where the replacement was to go, and Landed where it went.
	Home   string `json:"home"`
	Landed string `json:"landed,omitempty"`
	// Predicted and Observed are of how much the node is relieved, of Resource.
	Resource  string  `json:"resource,omitempty"`
	Predicted float64 `json:"predicted,omitempty"`
	Observed  float64 `json:"observed,omitempty"`
	// Left and Bound are when the victim was gone and the replacement bound, and Ended
	// when Outcome was known. Step is where the move stands until then.
	Left    time.Time `json:"left,omitzero"`
	Bound   time.Time `json:"bound,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Step    Step      `json:"step,omitempty"`
	Outcome Outcome   `json:"outcome,omitempty"`
	// Why says of a move that was not made what came between, for people.
	Why string `json:"why,omitempty"`
}

// Records returns the last evictions, the newest first.
func (m *Memory) Records() []Record {
	out := slices.Clone(m.records)
	slices.Reverse(out)
	return out
}

// rulesOf returns for which rules a pod is moved; none where the record is no longer among
// the last.
func (m *Memory) rulesOf(uid string) []rules.Key {
	for i := len(m.records) - 1; i >= 0; i-- {
		if r := &m.records[i]; r.UID == uid && !r.DryRun {
			return r.Rules
		}
	}
	return nil
}

// say notes why a move was not made.
func (m *Memory) say(uid, why string) {
	for i := range m.records {
		if r := &m.records[i]; r.UID == uid && !r.DryRun {
			r.Why = why
		}
	}
}

// record adds an eviction; the oldest makes room, and that of the same pod which was not
// made: one that is refused again and again is one line of the list.
func (m *Memory) record(now time.Time, act *Act) {
	m.records = slices.DeleteFunc(m.records, func(r Record) bool { return r.UID == act.UID && r.Outcome == NotMade })
	r := Record{
		At: now, DryRun: act.DryRun, Rules: slices.Clone(act.Rules), Sentences: slices.Clone(act.Sentences),
		Age: now.Sub(door(act.Sampled)), Namespace: act.Namespace, Pod: act.Pod, UID: act.UID, Owner: act.Owner, OwnerKind: act.OwnerKind, OwnerName: act.OwnerName, OwnerRead: act.OwnerRead,
		From: act.Node, Home: act.Home, Resource: act.Resource, Predicted: act.Predicted, Step: Acting,
	}
	if act.DryRun {
		r.Step, r.Outcome, r.Ended = "", DryRun, now
	}
	m.records = append(m.records, r)
	m.records = slices.Delete(m.records, 0, max(0, len(m.records)-maxRecords))
}

// follow writes where a move stands into its record, if that is among the last.
func (m *Memory) follow(now time.Time, v *Moving) {
	for i := len(m.records) - 1; i >= 0; i-- {
		if r := &m.records[i]; r.UID == v.UID && !r.DryRun {
			r.Landed, r.Observed, r.Left, r.Bound = v.Landed, v.Observed, v.Left, v.Bound
			if r.Step, r.Outcome = v.Step, v.Outcome; v.Outcome != "" {
				r.Ended = now
			}
			return
		}
	}
}
