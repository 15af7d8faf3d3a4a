package memory

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// Outcome is how a move went; empty while that is not known.
type Outcome string

// Outcomes. A dry run has one too, so that a list of evictions tells them apart.
const (
	LandedBack    Outcome = "LandedBack"
	StayedPending Outcome = "StayedPending"
	NotRelieved   Outcome = "NotRelieved"
	Unseen        Outcome = "Unseen"
	Relieved      Outcome = "Relieved"
	NotMade       Outcome = "NotMade"
	DryRun        Outcome = "DryRun"
)

// Outcomes are all of them.
var Outcomes = []Outcome{LandedBack, StayedPending, NotRelieved, Unseen, Relieved, NotMade, DryRun}

// failure says what an outcome makes of a row of failures: it goes on, or ends.
func (o Outcome) failure() (goes, ends bool) {
	switch o {
	case LandedBack, StayedPending, NotRelieved:
		return true, false
	case Relieved:
		return false, true
	}
	return false, false // nobody knows
}

// Owner is what became of the moves of an owner's pods.
type Owner struct {
	// Last is when one was evicted last, and Cooldown how long the owner was to rest.
	Last     time.Time     `json:"last"`
	Cooldown time.Duration `json:"cooldown"`
	// Outcomes are the newest, from the oldest on.
	Outcomes []OwnerOutcome `json:"outcomes,omitempty"`
}

// OwnerOutcome is how a move of an owner's pod from a node went.
type OwnerOutcome struct {
	At      time.Time `json:"at"`
	Node    string    `json:"node"`
	Outcome Outcome   `json:"outcome"`
}

// maxOutcomes is more than doublings have an effect.
const maxOutcomes = 8

// owner returns what is known of an owner, with room for one more: that which rested
// for longest is forgotten.
func (s *side) owner(name string) *Owner {
	o, known := s.Owners[name]
	if !known {
		if len(s.Owners) >= maxOwners {
			delete(s.Owners, oldest(s.Owners, (*Owner).last))
		}
		o = &Owner{}
		s.Owners[name] = o
	}
	return o
}

// last is when something happened to the owner last.
func (o *Owner) last() time.Time {
	if n := len(o.Outcomes); n > 0 && o.Outcomes[n-1].At.After(o.Last) {
		return o.Outcomes[n-1].At
	}
	return o.Last
}

// rest is since when, and for how long, an owner rests.
type rest struct {
	Last     time.Time     `json:"last,omitzero"`
	Cooldown time.Duration `json:"cooldown,omitempty"`
}

// begin lets the owner rest from now on, and returns its former rest.
func (o *Owner) begin(now time.Time, cooldown time.Duration) rest {
	former := rest{o.Last, o.Cooldown}
	o.Last, o.Cooldown = now, cooldown
	return former
}

// undo gives the owner its former rest back, as no pod left.
func (o *Owner) undo(former rest) { o.Last, o.Cooldown = former.Last, former.Cooldown }

func (o *Owner) learn(now time.Time, node string, outcome Outcome) {
	o.Outcomes = append(o.Outcomes, OwnerOutcome{now, node, outcome})
	o.Outcomes = o.Outcomes[max(0, len(o.Outcomes)-maxOutcomes):]
}

// failures counts the moves in a row, up to the newest, that did not help.
func (o *Owner) failures() (n int) {
	for i := len(o.Outcomes) - 1; i >= 0; i-- {
		goes, ends := o.Outcomes[i].Outcome.failure()
		if ends {
			break
		}
		if goes {
			n++
		}
	}
	return n
}

func (o *Owner) past() plan.OwnerPast {
	return plan.OwnerPast{Last: o.Last, Cooldown: o.Cooldown, Failures: o.failures()}
}
