package inquiry

import (
	"fmt"
	"iter"

	v1 "k8s.io/api/core/v1"
	corelisters "k8s.io/client-go/listers/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Oracle tells what Filter and Score would say of pods. It works beside the scheduling
// cycles, from what listers hold, and may be used from any goroutine. Every field is
// required.
type Oracle struct {
	Judge
	Reader
	Pods corelisters.PodLister
	// Firm says why rules with ScheduleAnyway do not give way to a pod; "" where they do.
	Firm func(*v1.Pod) string
	// Waiters lists the pods that wait because of telemetry, in no order. The list is the
	// caller's.
	Waiters func() []Waiter
}

// Pod returns a pod that the scheduler knows.
func (o *Oracle) Pod(namespace, name string) (*v1.Pod, error) {
	return o.Pods.Pods(namespace).Get(name)
}

// Account returns what pods are placed by: the newest Board, which is nil before the
// first, and what came to the nodes since.
func (o *Oracle) Account() *inflight.Account { return o.Judge.InFlight.Account() }

// Waiting returns the pods that wait because of telemetry, in no order.
func (o *Oracle) Waiting() []Waiter { return o.Waiters() }

// InFlight returns the pods that telemetry cannot see whole.
func (o *Oracle) InFlight() *inflight.Ledger { return o.Judge.InFlight }

// Inquiry is one pod as one Board sees it.
type Inquiry struct {
	Board *engine.Board
	Facts engine.PodFacts
	// Estimate is what the pod is expected to use, Need what it is judged by, and Units the
	// same exactly, as a Ledger Reserves it.
	Estimate inflight.Estimate
	Need     engine.Amounts
	Units    inflight.Units
	// Complaints say what is wrong with the estimate, as the pod's Events do.
	Complaints []string

	oracle    *Oracle
	pod       *v1.Pod
	account   *inflight.Account
	governing engine.Governance
	lenience  lenience
	view      *engine.View
	taste     engine.Taste
}

// NodeAnswer is what one node says to the pod.
type NodeAnswer struct {
	engine.Answer
	// Arrived is what came to the node since the Board was made.
	Arrived engine.Amounts
	// Requested is what the pods there request; nil where nothing is judged by it.
	Requested *engine.Amounts
	// Unfit is set where the pod does not let itself be sent there; see Destination.
	Unfit bool
	// Silenced is set where a governing rule is silenced.
	Silenced bool
	// Unknown are the governing rules that know nothing of a node that takes the pod, and
	// let it in for that.
	Unknown []rules.Key
	// GivesWay is set where the pod is kept off by nothing but rules that give way.
	GivesWay bool
	// Worth is nil where all nodes are worth the same to the pod.
	Worth *engine.Worth
}

// Ask looks at a pod with the newest Board; nil before the first. A pod that has its
// node is looked at as if it were to be placed anew.
func (o *Oracle) Ask(pod *v1.Pod) *Inquiry {
	account := o.Account()
	board := account.Board()
	if board == nil {
		return nil
	}
	facts := o.Facts(pod)
	q := &Inquiry{Board: board, Facts: facts, oracle: o, pod: pod, account: account, governing: board.Govern(facts), taste: board.Taste(facts)}
	q.view = board.Glance(q.governing)
	q.lenience = o.lenienceFor(pod, q)
	q.judge(pod)
	return q
}

// judge finds what the pod is judged by.
func (q *Inquiry) judge(pod *v1.Pod) {
	awaited := q.view
	if q.lenience.firm != nil {
		awaited = q.lenience.firm
	}
	estimate, units, complaints := q.oracle.Judge.Judge(pod, awaited)
	q.Estimate, q.Need, q.Units = estimate, units.Amounts(), units
	for _, c := range complaints {
		q.Complaints = append(q.Complaints, c.Detail)
	}
	if estimate.TooLow != "" {
		q.Complaints = append(q.Complaints, estimate.TooLow)
	}
}

// Answers yields what every node says, in the order of names.
func (q *Inquiry) Answers() iter.Seq[NodeAnswer] {
	return func(yield func(NodeAnswer) bool) {
		requested, unfit := q.requested(), q.unfit()
		for node := range q.view.Outlooks() {
			answer := q.answer(node, requested[node.Name()])
			answer.Unfit = unfit[node.Name()]
			if !yield(answer) {
				return
			}
		}
	}
}

func (q *Inquiry) answer(node *engine.Outlook, young *engine.Amounts) NodeAnswer {
	out := NodeAnswer{Arrived: q.account.At(node.Slot())}
	var requested engine.Amounts
	if young != nil {
		requested, out.Requested = *young, young
	}
	out.Answer = node.Answer(q.Need, out.Arrived, requested)
	out.Silenced = q.Board.IsSilenced(q.governing, node.Slot())
	if !out.Kept {
		out.Unknown = q.Board.Blind(q.governing, node.Slot())
	}
	out.GivesWay = out.Kept && q.lenience.lets(node, q.Need, out.Arrived, requested)
	if !q.taste.Empty() {
		worth := q.Board.Node(node.Name()).Worth(&q.taste, out.Arrived)
		out.Worth = &worth
	}
	return out
}

// Why is how a rule keeps the pod off a node.
type Why struct {
	// Verdict is what the rule says of the node, and Forecast what the pod makes of it.
	Verdict  engine.Verdict
	Forecast engine.Forecast
	// Sentence has the numbers of the one that keeps the pod off.
	Sentence string
}

// Why says how the rule that an answer names keeps the pod off.
func (q *Inquiry) Why(a *NodeAnswer) (out Why) {
	rule, kind := q.Board.About(a.Reason)
	out.Verdict, _ = q.Board.Explain(rule, a.Node) // the Board has both
	out.Forecast, _ = q.Board.Forecast(rule, q.candidate(a))
	out.Sentence = out.Verdict.Sentence
	if kind == engine.WouldBreak {
		out.Sentence = fmt.Sprintf("node %s would break rule %s with this pod: %s", a.Node, rule, out.Forecast.Sentence)
	}
	return out
}

// Silenced returns the governing rules that are silenced on the node of an answer.
func (q *Inquiry) Silenced(a *NodeAnswer) []engine.SilencedRule {
	if !a.Silenced {
		return nil
	}
	return q.Board.Silenced(q.governing, q.candidate(a))
}

// requested sums up what pods request on the nodes that are judged by it.
func (q *Inquiry) requested() map[string]*engine.Amounts {
	young := map[string]*engine.Amounts{}
	for node := range q.view.Outlooks() {
		if node.CountsRequests() {
			young[node.Name()] = new(engine.Amounts)
		}
	}
	q.oracle.Requested(young, q.oracle.Pods)
	return young
}
