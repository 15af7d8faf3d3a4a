package rules

import (
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Evict moves pods away from the nodes for which the rule fires.
type Evict struct {
	// Goal is Relieve or Vacate.
	Goal Goal
	// After is how long the rule has been firing first.
	After time.Duration
	// DryRun plans, counts and tells, and moves nothing.
	DryRun  bool
	PerHour PerHour
	// Cooldown is how long the owner of a pod rests after it was moved, MinPodAge the
	// least age of a pod, and MinReplicas the least number of its owner's; nil where the
	// operator's counts. A rule may raise them, never lower them.
	Cooldown, MinPodAge *time.Duration
	MinReplicas         *int32
	// Allow are the kinds of pods that are moved beside plain ones, of those that the
	// operator allows; see Allowances.
	Allow []string
	// Homes is nil where the rule does not narrow where pods may go.
	Homes *Homes
}

// Loose is something that a rule says of moving pods and that does not hold, because what
// the operator says is tighter.
type Loose struct {
	// Field is where it stands within evict, as in limits.perHour.node.
	Field         strictyaml.Path
	Message, Mend string
}

// PerHour bounds how many pods are moved in any hour; 0 where the operator's limit
// counts. Rules can only tighten it.
type PerHour struct {
	Node, Owner, Namespace, Total int32
}

// Homes narrow where moved pods may go.
type Homes struct {
	// When must be True for a node; Unknown is not. It has no clear levels.
	When Condition
	// MinNodes is how many such nodes there must be.
	MinNodes int32
}

// allowances are the kinds of pods that a rule may ask leave to evict.
var allowances = []string{
	"localStorage", "persistentVolumes", "jobs", "resourceClaims", "schedulingGroups", "unknownOwners", allowOtherSchedulers,
}

const allowOtherSchedulers = "otherSchedulers"

// Allowances returns the kinds of pods that are moved only where both the operator and
// the rule allow it.
func Allowances() []string { return slices.Clone(allowances) }
