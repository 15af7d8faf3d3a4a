package telemetry

import (
	"fmt"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/util/sets"
	fwk "k8s.io/kube-scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

const cycleKey fwk.StateKey = "PreFilter" + Name

// cycle is what PreFilter froze for one scheduling cycle. Filter reads it from
// many goroutines.
type cycle struct {
	board     *engine.Board
	governing engine.Governance
	// account is what came to the nodes since.
	account *inflight.Account
	// view is the Board as the pod sees it.
	view *engine.View
	// need is what the pod is judged by, and units the same exactly.
	need  engine.Amounts
	units inflight.Units
	// anyway is nil for a pod without a pass, as nearly always.
	anyway *anyway
	// leg is where the pod may go, and from the nodes that it is to keep away from.
	leg  leg
	from sets.Set[string]
	// rejected is set at the first rejection of the cycle.
	rejected atomic.Bool
	// fleeting is set at the first rejection that mayPass.
	fleeting atomic.Bool
	statuses statuses
}

// keptOff returns why the pod may not go to a node, as a View shows it.
func (c *cycle) keptOff(view *engine.View, info fwk.NodeInfo) (engine.Reason, bool) {
	node := view.Node(info.Node().Name)
	if node == nil {
		return c.keptOffNew(view, info)
	}
	var requested engine.Amounts
	if node.CountsRequests() { // they lie far from everything else in memory
		requested = requestedOn(info)
	}
	return node.KeepsOff(c.need, c.account.At(node.Slot()), requested)
}

// keptOffNew is keptOff for a node that joined after the Board was made. All that came
// there is in what its pods request.
func (c *cycle) keptOffNew(view *engine.View, info fwk.NodeInfo) (engine.Reason, bool) {
	node := view.Newcomer(evaluator.EngineNode(info.Node()))
	if reason, blocked := node.Blocked(); blocked {
		return reason, true
	}
	return node.WouldBreak(c.need, engine.Amounts{}, requestedOn(info))
}

// mayPass reports whether a node refuses the pod only for what arrived since the Board, or
// for what pods request: that may leave before the next Board, which does not show then
// that there was no room. A node that has just joined opens with the next one.
func (c *cycle) mayPass(info fwk.NodeInfo) bool {
	node := c.view.Node(info.Node().Name)
	if node == nil || !node.CountsRequests() && c.account.At(node.Slot()) == (engine.Amounts{}) {
		return false
	}
	return takes(node, c.need, engine.Amounts{}, engine.Amounts{})
}

// Clone implements fwk.StateData. Runs with nominated pods and dry runs of
// preemption share the cycle and change nothing in it but what the first rejection
// does. In a dry run that is right too: no victim makes room by telemetry, and the
// pod can preempt on that node only after a Board opened it.
func (c *cycle) Clone() fwk.StateData { return c }

func cycleOf(state fwk.CycleState) (*cycle, error) {
	data, err := state.Read(cycleKey)
	if err != nil {
		return nil, fmt.Errorf("reading the cycle state of %s: %w", Name, err)
	}
	return data.(*cycle), nil
}

// statuses hands out rejections from chunks, because thousands of nodes may be
// rejected in one cycle. The framework writes into each status that it gets, so
// that they cannot be shared.
type statuses struct{ chunk atomic.Pointer[chunk] }

const chunkSize = 128

type chunk struct {
	taken   atomic.Int32
	entries [chunkSize]struct {
		status fwk.Status
		reason [1]string
	}
}

func (s *statuses) next(code fwk.Code, reason string) *fwk.Status {
	for {
		c := s.chunk.Load()
		if c != nil {
			if i := c.taken.Add(1) - 1; i < chunkSize {
				e := &c.entries[i]
				e.reason[0] = reason
				e.status = *fwk.NewStatus(code, e.reason[:]...)
				return &e.status
			}
		}
		s.chunk.CompareAndSwap(c, new(chunk))
	}
}
