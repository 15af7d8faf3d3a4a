package inquiry

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Waiter is a pod that has no node, because telemetry kept it off at least one.
type Waiter struct {
	Namespace, Name, UID string
	// Scheduler is the pod's, and Priority too.
	Scheduler string
	Priority  int32
	Refusal
	// Since is when telemetry kept the pod off for the first time since this scheduler
	// leads.
	Since time.Time
	// Refused is when it did for the last time.
	Refused time.Time
	// Attempts are those in which it did.
	Attempts int
}

// Refusal is what kept a pod off a node: of the newest attempt in which telemetry did,
// the first node that was asked stands for all.
type Refusal struct {
	Rule rules.Key
	Kind engine.Kind
	// Reason is what the scheduler says of it.
	Reason string
}
