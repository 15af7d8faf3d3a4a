package plan

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Plan has a NodePlan for each node of In, in the order in which they were served:
// those that the last plan did not reach, then the most troubled first, then the longest
// troubled, then by name.
type Plan struct{ Nodes []NodePlan }

// NodePlan says what leaves a node, or why nothing does.
type NodePlan struct {
	Node string
	// Reason says why nothing leaves now; empty where a move is to be made.
	Reason Reason
	// Rules says of each rule why it does not act; empty where it has a part in Moves.
	Rules []RuleAnswer
	// Moves are in the order in which they are to be made. Together they bring the rules
	// that they are for under clear, begin to, where that takes more than In.ProofsPerNode,
	// or are the next of a rule that vacates.
	Moves []Move
	// Exact is set where the search for the least was exhaustive.
	Exact bool
	// Spared has the pods that the rules govern and that may not leave, by name.
	Spared []Spared
}

// RuleAnswer is why a rule does not act; empty where it does.
type RuleAnswer struct {
	Rule   rules.Key
	Reason Reason
	// Short is set where that is NotEnough.
	Short *Short
	// Rest is set where it waits for a time to pass (CoolingDown, NotCured).
	Rest *Rest
}

// Rest says who is left alone, and until when.
type Rest struct {
	// Whose is for people: a node, or an owner like Deployment/web.
	Whose string
	Until time.Time
}

// Move is a pod that leaves for its home.
type Move struct {
	Pod  *Pod
	Home Home
	// For are the rules that need it, all of which govern the pod.
	For []rules.Key
	// Relieves is what the node is relieved of.
	Relieves engine.Amounts
	// Last is set on the move after which the node should be under clear.
	Last bool
	// Cooldown is how long the pod's owner is to rest after it.
	Cooldown time.Duration
	// DryRun is set where it is to be recorded, and not made.
	DryRun bool
	// Held says why it is not made now; empty where it is.
	Held Reason
}

// Home is a node that was proved to take a pod's replacement.
type Home struct {
	Node string
	// Sentence says how it would stand with the pod, for people.
	Sentence string
}

// Spared is a pod that may not leave.
type Spared struct {
	Pod    *Pod
	Reason Reason
}
