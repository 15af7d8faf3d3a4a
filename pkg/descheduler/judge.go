package descheduler

import (
	"time"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/ground"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// look is what one round goes by.
type look struct {
	*ground.Ground
	// sight is nil where nobody asked for pods.
	sight Sight
	// waits says why nothing was planned at all.
	waits plan.Reason
	// made is what became of moves that were to be made; see act.
	made []made
	told []Pair
	plan plan.Plan
	// whys says by UID why a pod has no home.
	whys map[string]string
}

// look sees which rules may move pods and which nodes are in trouble. Pods are not looked at
// for that.
func (d *Descheduler) look(now time.Time, board *engine.Board) *look {
	l := &look{Ground: ground.Of(now, board, d.opts.Eviction)}
	if l.Stopped == "" && now.Before(d.memory.Blind(d.opts.Eviction.DryRun)) {
		l.Stopped = plan.Forgotten
	}
	for i := range l.Sources {
		l.Sources[i].Refusal = d.refusalOf(l.Sources[i].Node)
	}
	return l
}

// see looks at the cluster, of which the scheduler's cache is copied. The Board by which
// homes are proved counts then. It returns false where no home can be proved.
func (d *Descheduler) see(l *look) bool {
	sight := d.opts.Prover.Look()
	if sight == nil {
		return false
	}
	if board := sight.Board(); board != l.Board {
		*l = *d.look(l.Now, board)
	}
	l.sight = sight
	return true
}

// nothing is a plan of nothing, because something is missing to make one.
func (l *look) nothing() (out plan.Plan) {
	for i := range l.Sources {
		n := plan.NodePlan{Node: l.Sources[i].Node, Reason: l.waits}
		for j := range l.Sources[i].Troubles {
			n.Rules = append(n.Rules, plan.RuleAnswer{Rule: l.Sources[i].Troubles[j].Rule, Reason: l.waits})
		}
		out.Nodes = append(out.Nodes, n)
	}
	return out
}

var refusalsOfNodes = map[string]plan.Reason{
	home.Deleted: plan.Draining, home.Leaving: plan.Draining, home.Cordoned: plan.Cordoned, home.NotReady: plan.NotReady,
}

// refusalOf says why nobody's pods are moved off a node. One that is not known is being
// removed.
func (d *Descheduler) refusalOf(name string) plan.Reason {
	node, err := d.opts.Nodes.Get(name)
	if err != nil {
		return plan.Draining
	}
	return refusalsOfNodes[home.Unfit(node)]
}

// podsOf returns the pods of a node.
func (l *look) podsOf(node string) []*v1.Pod {
	_, pods := l.sight.Node(node)
	return pods
}
