package plan

import (
	"maps"
	"slices"
)

// Reason says why a rule does nothing, a pod is spared, or a move waits. The empty one
// says that nothing is in the way.
type Reason string

// What a rule lacks to act on a node: nothing is planned.
const (
	Gone          Reason = "Gone"
	Recovering    Reason = "Recovering"
	Unknown       Reason = "Unknown"
	Assumed       Reason = "Assumed"
	Stale         Reason = "Stale"
	InTheBand     Reason = "InTheBand"
	NotSure       Reason = "NotSure"
	NotLongEnough Reason = "NotLongEnough"
	NotNewer      Reason = "NotNewer"
	Incurable     Reason = "Incurable"
	Cured         Reason = "Cured"
)

// What is missing to plan at all.
const (
	OwnersUnread  Reason = "OwnersUnread"
	HomesUnproved Reason = "HomesUnproved"
)

// What is the matter with a node: nothing is planned there.
const (
	Cordoned              Reason = "Cordoned"
	NotReady              Reason = "NotReady"
	Draining              Reason = "Draining"
	Unanswered            Reason = "Unanswered"
	WaitingForGone        Reason = "WaitingForGone"
	WaitingForReplacement Reason = "WaitingForReplacement"
	Verifying             Reason = "Verifying"
	CoolingDown           Reason = "CoolingDown"
	NotCured              Reason = "NotCured"
)

// What holds a plan, or a move of it, that is shown.
const (
	Stopped        Reason = "Stopped"
	Throttled      Reason = "Throttled"
	OutsideWindow  Reason = "OutsideWindow"
	Forgotten      Reason = "Forgotten"
	Breaker        Reason = "Breaker"
	Paused         Reason = "Paused"
	Silenced       Reason = "Silenced"
	FewHomes       Reason = "FewHomes"
	LimitNode      Reason = "LimitNode"
	LimitOwner     Reason = "LimitOwner"
	LimitNamespace Reason = "LimitNamespace"
	LimitTotal     Reason = "LimitTotal"
	Concurrent     Reason = "Concurrent"
	Later          Reason = "Later"
	DryRun         Reason = "DryRun"
)

// Evicted says that something was done, where reasons are counted.
const Evicted Reason = "Evicted"

// What keeps a move that was decided from being made.
const (
	NotRecorded Reason = "NotRecorded"
	NotLeading  Reason = "NotLeading"
	CallFailed  Reason = "CallFailed"
)

// Why no set of pods is found.
const (
	NoCandidates   Reason = "NoCandidates"
	NotEnough      Reason = "NotEnough"
	NoHome         Reason = "NoHome"
	HomeTaken      Reason = "HomeTaken"
	PendingFirst   Reason = "PendingFirst"
	TooManyProofs  Reason = "TooManyProofs"
	Unreached      Reason = "Unreached"
	OwnerMoving    Reason = "OwnerMoving"
	Unmeasured     Reason = "Unmeasured"
	BringsNothing  Reason = "BringsNothing"
	BudgetBlocked  Reason = "BudgetBlocked"
	BudgetConflict Reason = "BudgetConflict"
	BackingOff     Reason = "BackingOff"
)

// What a pod is: it never leaves.
const (
	Mirror       Reason = "Mirror"
	Static       Reason = "Static"
	DaemonSet    Reason = "DaemonSet"
	Bare         Reason = "Bare"
	Critical     Reason = "Critical"
	Terminating  Reason = "Terminating"
	Protected    Reason = "Protected"
	Priority     Reason = "Priority"
	Ignored      Reason = "Ignored"
	EvictFalse   Reason = "EvictFalse"
	DoNotDisrupt Reason = "DoNotDisrupt"
)

// What a pod is that leaves only where operator and rule allow it, and what it waits for.
const (
	LocalStorage     Reason = "LocalStorage"
	PersistentVolume Reason = "PersistentVolume"
	SingleReplica    Reason = "SingleReplica"
	Job              Reason = "Job"
	ResourceClaim    Reason = "ResourceClaim"
	SchedulingGroup  Reason = "SchedulingGroup"
	UnknownOwner     Reason = "UnknownOwner"
	OtherScheduler   Reason = "OtherScheduler"
	Young            Reason = "Young"
	Rollout          Reason = "Rollout"
	Unready          Reason = "Unready"
	ScalingDown      Reason = "ScalingDown"
	Resizing         Reason = "Resizing"
)

// Reasons returns all that this version gives, by name.
func Reasons() []Reason { return slices.Sorted(maps.Keys(sentences))[1:] }

// Sentence says the reason to people; the name itself where a newer version gave it.
func (r Reason) Sentence() string {
	if s, known := sentences[r]; known {
		return s
	}
	return string(r)
}
