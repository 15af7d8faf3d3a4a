// Package report is what the loop that moves pods tells of itself. It is apart from the
// loop, so that who reads it needs nothing of kube-scheduler.
package report

import (
	"time"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Report is what the newest round found, and what is remembered. It is immutable.
type Report struct {
	// At is when the round began.
	At time.Time
	// Stopped says what holds all moves (Stopped, OutsideWindow); empty where nothing does.
	Stopped plan.Reason
	// Waits says why nothing was planned at all, for people; empty where that was done.
	Waits string
	// Rules are those with evict that are in force, in their order.
	Rules []Rule
	// Pairs are the rules with evict and the nodes on which they fire, by node in the order
	// of the plan, and then by rule.
	Pairs []Pair
	// Nodes are those of the plan: the pods that are to leave each, and those that may not.
	Nodes []plan.NodePlan
	// Evictions are the last ones, done or dry, the newest first.
	Evictions []memory.Record
	// Counts are those of the last 24 hours, the newest hour first.
	Counts []memory.Count
	// Moving are the moves under way, the oldest first.
	Moving []memory.Moving
	// Judge is nil where no rule has evict, and before what it reads is there.
	Judge Judge
}

// Judge says of a pod what rules with evict say of it, wherever they fire: its Governed are
// those that govern it, as far as they are in force. It is false for a pod that has ended.
// The pods and owners that it looks at are those of the moment.
type Judge func(now time.Time, pod *v1.Pod) (plan.Pod, bool)

// Rule is a rule with evict.
type Rule struct {
	Key rules.Key
	// DryRun is set where operator or rule want nothing moved.
	DryRun bool
	// Stopped is Breaker or FewHomes, and Why says it with numbers; empty where neither
	// holds the rule.
	Stopped plan.Reason
	Why     string
}

// Pair is a rule with evict and a node on which it fires.
type Pair struct {
	Rule rules.Key
	Node string
	// Reason says why nothing was done; Evicted where something was.
	Reason plan.Reason
	// Sentence says with numbers what was seen, and what was done or why nothing was.
	Sentence string
	// Since is when the reason became this one, and Firing when the rule began to fire.
	Since, Firing time.Time
}
