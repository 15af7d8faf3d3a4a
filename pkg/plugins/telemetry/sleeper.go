package telemetry

import (
	"cmp"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// sleeper is a waiting pod as one plan sees it.
type sleeper struct {
	pod *v1.Pod
	// tried is the Version of the Board of its newest attempt.
	tried uint64
	// trying is set while that attempt may be under way still.
	trying bool
	// fleeting is set where what refused it then may have gone without a Board that
	// shows it: what had arrived at a node, or a greater need of the pod.
	fleeting bool
	priority int32
	// governing are the rules that it waits for.
	governing engine.Governance
	need      engine.Amounts
	// view is the newest Board as the pod sees it, once the plan knows it.
	view *engine.View
	// openings are those of its class, once the plan knows them.
	openings *openings
}

func (s *sleeper) class() class { return class{s.governing.Key(), s.need} }

// class identifies pods to which telemetry gives the same answer on every node.
type class struct {
	governing string
	need      engine.Amounts
}

// byImportance orders by priority, then age.
func byImportance(a, b *sleeper) int {
	return cmp.Or(
		cmp.Compare(b.priority, a.priority),
		a.pod.CreationTimestamp.Time.Compare(b.pod.CreationTimestamp.Time),
		cmp.Compare(a.pod.Namespace, b.pod.Namespace),
		cmp.Compare(a.pod.Name, b.pod.Name),
	)
}
