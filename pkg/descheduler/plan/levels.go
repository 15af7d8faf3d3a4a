package plan

// Levels of reasons: what passes by itself, what somebody can change, and what a pod is.
const (
	passes = iota
	changes
	lasts
)

var levels = map[Reason]int{
	Protected: changes, Priority: changes, Ignored: changes, EvictFalse: changes, DoNotDisrupt: changes, LocalStorage: changes,
	PersistentVolume: changes, SingleReplica: changes, Job: changes, ResourceClaim: changes, SchedulingGroup: changes,
	UnknownOwner: changes, OtherScheduler: changes, BudgetConflict: changes,
	Mirror: lasts, Static: lasts, DaemonSet: lasts, Bare: lasts, Critical: lasts, Terminating: lasts, BringsNothing: lasts,
}

func (r Reason) level() int { return levels[r] }
