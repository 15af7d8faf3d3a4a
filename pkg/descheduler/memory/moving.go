package memory

import (
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// Step is where a move stands.
type Step string

// Steps. A node is idle while none of its moves is at one of the first four.
const (
	Acting                Step = "Acting"
	WaitingForGone        Step = "WaitingForGone"
	WaitingForReplacement Step = "WaitingForReplacement"
	Verifying             Step = "Verifying"
	Helped                Step = "Helped"
	DidNotHelp            Step = "DidNotHelp"
	CalledOff             Step = "CalledOff"
)

func (s Step) waits() plan.Reason {
	return map[Step]plan.Reason{
		Acting: plan.Unanswered, WaitingForGone: plan.WaitingForGone,
		WaitingForReplacement: plan.WaitingForReplacement, Verifying: plan.Verifying,
	}[s]
}

// Event is what happens to a move.
type Event string

// Events. Refused says that the pod was not evicted for certain: nobody asked, or the
// answer was no. Unwanted says that nobody makes another pod in its place: its owner was
// scaled down, or is gone. Overdue comes when what a step waits for did not happen in time.
const (
	Accepted Event = "Accepted"
	Refused  Event = "Refused"
	Gone     Event = "Gone"
	Bound    Event = "Bound"
	Unwanted Event = "Unwanted"
	Sampled  Event = "Sampled"
	Overdue  Event = "Overdue"
)

// Moving is a move under way; its times say what has happened.
type Moving struct {
	UID   string `json:"uid"`
	Owner string `json:"owner"`
	Node  string `json:"node"`
	// Young are pods of the owner that are not the replacement, by UID.
	Young []string  `json:"young,omitempty"`
	Step  Step      `json:"step"`
	Asked time.Time `json:"asked"`
	Left  time.Time `json:"left,omitzero"`
	// Landed is where the replacement was bound, at Bound; empty where none was wanted then.
	Landed string    `json:"landed,omitempty"`
	Bound  time.Time `json:"bound,omitzero"`
	// Sampled is the time of the first sample from after that.
	Sampled   time.Time `json:"sampled,omitzero"`
	Predicted float64   `json:"predicted,omitempty"`
	Observed  float64   `json:"observed,omitempty"`
	Last      bool      `json:"last,omitempty"`
	// Spans is how long samples that show the move may take to come.
	Spans time.Duration `json:"spans,omitempty"`
	// Former is the owner's rest before the move.
	Former  rest    `json:"former,omitzero"`
	Outcome Outcome `json:"-"`
}

func newMoving(now time.Time, act *Act, former rest) *Moving {
	return &Moving{
		UID: act.UID, Owner: act.Owner, Node: act.Node, Young: slices.Clone(act.Young), Step: Acting, Asked: now,
		Predicted: act.Predicted, Last: act.Last, Spans: act.Spans, Former: former,
	}
}

// News is something that happened to a move: Node is where its replacement was bound;
// Stamp is when a sample was taken, and Relieved of how much less the node has by it
// than before the move.
type News struct {
	Event    Event
	Node     string
	Stamp    time.Time
	Relieved float64
	// Why says what refused it, for people.
	Why string
}

// step takes in what happened.
//
//	                      | Accepted       | Refused   | Gone    | Bound   | Unwanted | Sampled | Overdue
//	Acting                | WaitingForGone | CalledOff | arrived | noted   | -        | -       | CalledOff
//	WaitingForGone        | -              | -         | arrived | noted   | -        | -       | -
//	WaitingForReplacement | -              | -         | -       | arrived | arrived  | -       | DidNotHelp
//	Verifying             | -              | -         | -       | -       | -        | judged  | DidNotHelp
//	Helped, DidNotHelp, CalledOff: nothing happens any more.
//
// arrived: WaitingForReplacement until the victim is gone and the replacement bound, if any;
// then DidNotHelp where it landed on the node again, else Verifying. judged: at the
// second sample from after that, Helped or DidNotHelp.
func (v *Moving) step(now time.Time, n News) {
	switch {
	case v.Step == Acting && n.Event == Accepted:
		v.Step = WaitingForGone
	case v.Step == Acting && (n.Event == Refused || n.Event == Overdue):
		v.end(CalledOff, NotMade)
	case (v.Step == Acting || v.Step == WaitingForGone) && n.Event == Gone:
		v.Left = now
		v.arrive()
	case v.unbound() && n.Event == Bound, v.Step == WaitingForReplacement && n.Event == Unwanted:
		v.Bound, v.Landed = now, n.Node
		v.arrive()
	case v.Step == WaitingForReplacement && n.Event == Overdue:
		v.end(DidNotHelp, StayedPending)
	case v.Step == Verifying && n.Event == Overdue:
		v.end(DidNotHelp, Unseen)
	case v.Step == Verifying && n.Event == Sampled:
		v.judge(n)
	}
}

func (v *Moving) unbound() bool {
	return v.Bound.IsZero() && slices.Contains([]Step{Acting, WaitingForGone, WaitingForReplacement}, v.Step)
}

func (v *Moving) end(at Step, outcome Outcome) { v.Step, v.Outcome = at, outcome }

// arrive goes on once the victim is gone.
func (v *Moving) arrive() {
	switch {
	case v.Left.IsZero():
	case v.Bound.IsZero():
		v.Step = WaitingForReplacement
	case v.Landed == v.Node:
		v.end(DidNotHelp, LandedBack)
	default:
		v.Step = Verifying
	}
}

// settled is since when samples show what the move did.
func (v *Moving) settled() time.Time {
	if v.Bound.After(v.Left) {
		return v.Bound
	}
	return v.Left
}

// enoughRelief is the part of what was predicted that counts as help.
const enoughRelief = 0.5

func (v *Moving) judge(n News) {
	stamp := door(n.Stamp)
	if !finite(n.Relieved) || !stamp.After(v.settled()) || !v.Sampled.IsZero() && !stamp.After(v.Sampled) {
		return
	}
	v.Observed = n.Relieved
	switch {
	case v.Sampled.IsZero():
		v.Sampled = stamp
	case v.Predicted > 0 && v.Observed < enoughRelief*v.Predicted:
		v.end(DidNotHelp, NotRelieved)
	default:
		v.end(Helped, Relieved)
	}
}
