package telemetry

import (
	"iter"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	corelisters "k8s.io/client-go/listers/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Oracle tells what Filter and Score would say of pods. It works beside the scheduling
// cycles, from what listers hold, and may be used from any goroutine.
type Oracle struct {
	shared *Shared
	reader podReader
	pods   corelisters.PodLister
}

// Oracle returns the Oracle of a scheduler that was set up; informers are those that
// it reads.
func (s *Shared) Oracle(informers informers.SharedInformerFactory) *Oracle {
	core, a := informers.Core().V1(), s.Args()
	return &Oracle{
		shared: s, pods: core.Pods().Lister(),
		reader: podReader{namespaces: core.Namespaces().Lister(), exemptions: a != nil && a.PodExemptions},
	}
}

// Pod returns a pod that the scheduler knows.
func (o *Oracle) Pod(namespace, name string) (*v1.Pod, error) {
	return o.pods.Pods(namespace).Get(name)
}

// Account returns what pods are placed by: the newest Board, which is nil before the
// first, and what came to the nodes since.
func (o *Oracle) Account() *inflight.Account { return o.shared.ledger.Account() }

// InFlight returns the pods that telemetry cannot see whole.
func (o *Oracle) InFlight() *inflight.Ledger { return o.shared.ledger }

// Inquiry is one pod as one Board sees it.
type Inquiry struct {
	Board *engine.Board
	Facts engine.PodFacts
	// Estimate is what the pod is expected to use, and Need what it is judged by.
	Estimate inflight.Estimate
	Need     engine.Amounts
	// Complaints say what is wrong with the estimate, as the pod's Events do.
	Complaints []string

	oracle    *Oracle
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
	facts := o.reader.facts(pod)
	q := &Inquiry{Board: board, Facts: facts, oracle: o, account: account, governing: board.Govern(facts), taste: board.Taste(facts)}
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
	estimate, units, complaints := q.oracle.shared.judge(pod, awaited)
	q.Estimate, q.Need = estimate, units.Amounts()
	for _, c := range complaints {
		q.Complaints = append(q.Complaints, c.detail)
	}
}

// Answers yields what every node says, in the order of names.
func (q *Inquiry) Answers() iter.Seq[NodeAnswer] {
	return func(yield func(NodeAnswer) bool) {
		requested := q.requested()
		for node := range q.view.Outlooks() {
			if !yield(q.answer(node, requested[node.Name()])) {
				return
			}
		}
	}
}

func (q *Inquiry) answer(node *engine.Outlook, young *site) NodeAnswer {
	out := NodeAnswer{Arrived: q.account.At(node.Slot())}
	var requested engine.Amounts
	if young != nil {
		requested, out.Requested = young.requested, &young.requested
	}
	out.Answer = node.Answer(q.Need, out.Arrived, requested)
	out.GivesWay = out.Kept && q.lenience.lets(node, q.Need, out.Arrived, requested)
	if !q.taste.Empty() {
		worth := q.Board.Node(node.Name()).Worth(&q.taste, out.Arrived)
		out.Worth = &worth
	}
	return out
}

// Forecast says what the pod makes of the rule that keeps it off a node.
func (q *Inquiry) Forecast(a *NodeAnswer) engine.Forecast {
	rule, _ := q.Board.About(a.Reason)
	out, _ := q.Board.Forecast(rule, q.candidate(a)) // the Board has both
	return out
}

// requested sums up what pods request on the nodes that are judged by it.
func (q *Inquiry) requested() map[string]*site {
	young := map[string]*site{}
	for node := range q.view.Outlooks() {
		if node.CountsRequests() {
			young[node.Name()] = new(site)
		}
	}
	q.oracle.shared.request(young, q.oracle.pods)
	return young
}
