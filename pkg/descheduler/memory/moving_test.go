package memory

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func after(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

// walked are the steps, each reached by telling its events in order.
var walked = map[Step][]News{
	Acting:                {},
	WaitingForGone:        {{Event: Accepted}},
	WaitingForReplacement: {{Event: Accepted}, {Event: Gone}},
	Verifying:             {{Event: Accepted}, {Event: Gone}, {Event: Bound, Node: "cool"}},
	Helped:                {{Event: Accepted}, {Event: Gone}, {Event: Bound, Node: "cool"}, sample(100, 8), sample(110, 8)},
	DidNotHelp:            {{Event: Accepted}, {Event: Gone}, {Event: Bound, Node: "hot"}},
	CalledOff:             {{Event: Refused}},
}

func sample(at int, relieved float64) News {
	return News{Event: Sampled, Stamp: after(at), Relieved: relieved}
}

func walk(news ...News) *Moving {
	v := newMoving(start, &Act{UID: "u", Owner: "web", Node: "hot", Predicted: 8}, rest{})
	for i, n := range news {
		v.step(after(i+1), n)
	}
	return v
}

// landing is where a replacement was bound, of the event that says so.
var landing = map[Event]string{Bound: "cool"}

// TestEveryPairOfStepAndEvent is the table above step. What is not in it changes nothing.
func TestEveryPairOfStepAndEvent(t *testing.T) {
	table := map[Step]map[Event]Step{
		Acting:                {Accepted: WaitingForGone, Refused: CalledOff, Gone: WaitingForReplacement, Overdue: CalledOff},
		WaitingForGone:        {Gone: WaitingForReplacement},
		WaitingForReplacement: {Bound: Verifying, Unwanted: Verifying, Overdue: DidNotHelp},
		Verifying:             {Overdue: DidNotHelp},
	}
	for step, by := range walked {
		for _, event := range []Event{Accepted, Refused, Gone, Bound, Unwanted, Sampled, Overdue} {
			v := walk(by...)
			if v.Step != step {
				t.Fatalf("walking to %s ends at %s", step, v.Step)
			}
			want, found := table[step][event]
			if !found {
				want = step
			}
			if v.step(after(50), News{Event: event, Node: landing[event], Stamp: after(60)}); v.Step != want {
				t.Errorf("%s + %s = %s, want %s", step, event, v.Step, want)
			}
		}
	}
}

func TestHowMovesEnd(t *testing.T) {
	gone, bound := News{Event: Gone}, News{Event: Bound, Node: "cool"}
	for sentence, c := range map[string]struct {
		news []News
		want Step
		end  Outcome
	}{
		"the replacement is bound before the victim is gone": {[]News{{Event: Accepted}, bound, gone}, Verifying, ""},
		"it landed back before the victim was gone":          {[]News{{Event: Accepted}, {Event: Bound, Node: "hot"}, gone}, DidNotHelp, LandedBack},
		"it landed back":                                             {[]News{{Event: Accepted}, gone, {Event: Bound, Node: "hot"}}, DidNotHelp, LandedBack},
		"a second replacement changes nothing":                       {[]News{{Event: Accepted}, bound, {Event: Bound, Node: "hot"}, gone}, Verifying, ""},
		"it stayed pending":                                          {[]News{{Event: Accepted}, gone, {Event: Overdue}}, DidNotHelp, StayedPending},
		"no replacement is wanted any more":                          {[]News{{Event: Accepted}, gone, {Event: Unwanted}, sample(10, 8), sample(20, 8)}, Helped, Relieved},
		"no sample came":                                             {[]News{{Event: Accepted}, gone, bound, {Event: Overdue}}, DidNotHelp, Unseen},
		"one sample is not enough":                                   {[]News{{Event: Accepted}, gone, bound, sample(10, 8)}, Verifying, ""},
		"the same sample twice is not enough":                        {[]News{{Event: Accepted}, gone, bound, sample(10, 8), sample(10, 8)}, Verifying, ""},
		"samples from before the replacement was bound do not count": {[]News{{Event: Accepted}, gone, bound, sample(2, 8), sample(3, 8), sample(10, 8)}, Verifying, ""},
		"no number is no sample":                                     {[]News{{Event: Accepted}, gone, bound, sample(10, math.NaN()), sample(20, 8)}, Verifying, ""},
		"two samples, relieved as predicted":                         {[]News{{Event: Accepted}, gone, bound, sample(10, 0), sample(20, 8)}, Helped, Relieved},
		"two samples, relieved by half of what was predicted":        {[]News{{Event: Accepted}, gone, bound, sample(10, 0), sample(20, 4)}, Helped, Relieved},
		"two samples, hardly relieved":                               {[]News{{Event: Accepted}, gone, bound, sample(10, 8), sample(20, 3.9)}, DidNotHelp, NotRelieved},
		"the call was refused":                                       {[]News{{Event: Refused}}, CalledOff, NotMade},
	} {
		t.Run(sentence, func(t *testing.T) {
			v := walk(c.news...)
			if diff := cmp.Diff([]any{c.want, c.end}, []any{v.Step, v.Outcome}); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestWhereNothingIsPredictedTwoSamplesAreEnough(t *testing.T) {
	v := newMoving(start, &Act{Node: "hot"}, rest{})
	for i, n := range []News{{Event: Accepted}, {Event: Gone}, {Event: Bound, Node: "cool"}, sample(10, -3), sample(20, -3)} {
		v.step(after(i+1), n)
	}
	if v.Step != Helped {
		t.Errorf("a pod that vacates and has landed elsewhere is at %s", v.Step)
	}
}
