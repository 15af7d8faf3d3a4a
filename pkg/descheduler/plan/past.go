package plan

import "time"

// Past is what is remembered of evictions, as far as a plan depends on it.
type Past struct {
	Spent  Spent
	Owners map[string]OwnerPast
	Nodes  map[string]NodePast
}

// Spent counts evictions of the last hour, and the moves that are under way.
type Spent struct {
	Total, Running         int32
	Node, Owner, Namespace map[string]int32
	// RunningOn counts the moves under way by node.
	RunningOn map[string]int32
}

// OwnerPast is what became of an owner's pods that were moved.
type OwnerPast struct {
	// Moving is set while a move is under way.
	Moving bool
	// Last is when a pod was evicted last, and Cooldown how long the owner was to rest.
	Last     time.Time
	Cooldown time.Duration
	// Failures is how many moves in a row, up to the last one, did not help.
	Failures int
}

// MaxCooldown bounds what failures make of a cool-down.
const MaxCooldown = 24 * time.Hour

// Backoff doubles a cool-down for each failure, up to MaxCooldown.
func Backoff(cooldown time.Duration, failures int) time.Duration {
	for ; failures > 0 && cooldown < MaxCooldown; failures-- {
		cooldown *= 2
	}
	return min(cooldown, MaxCooldown)
}

// Until is until when a rule with a cool-down must leave the owner alone; zero where no pod
// of it was moved.
func (o OwnerPast) Until(cooldown time.Duration) time.Time {
	if o.Last.IsZero() {
		return time.Time{}
	}
	return o.Last.Add(Backoff(max(cooldown, o.Cooldown), o.Failures))
}

// Rests reports whether a rule with a cool-down must leave the owner alone.
func (o OwnerPast) Rests(now time.Time, cooldown time.Duration) bool {
	return now.Before(o.Until(cooldown))
}

// NodePast is what is remembered of a node.
type NodePast struct {
	// Waits says what a move from the node still waits for (WaitingForGone,
	// WaitingForReplacement, Verifying), or why the node is left alone (CoolingDown,
	// NotCured).
	Waits Reason
	// Until is when it is left alone no longer; zero where a move ends that.
	Until time.Time
	// Unreached is set where the last plan had no proofs left for the node.
	Unreached bool
	// Acted is the time of the newest sample that was acted upon.
	Acted time.Time
}
