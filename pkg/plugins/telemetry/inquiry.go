package telemetry

import (
	"iter"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	corelisters "k8s.io/client-go/listers/core/v1"

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

// Inquiry is one pod as one Board sees it.
type Inquiry struct {
	Board *engine.Board
	Facts engine.PodFacts
	// Need is what the pod is counted with.
	Need  engine.Amounts
	view  *engine.View
	taste engine.Taste
	pods  corelisters.PodLister
}

// NodeAnswer is what one node says to the pod.
type NodeAnswer struct {
	engine.Answer
	// Requested is what the pods there request; nil where nothing is judged by it.
	Requested *engine.Amounts
	// Worth is nil where all nodes are worth the same to the pod.
	Worth *engine.Worth
}

// Ask looks at a pod with the newest Board; nil before the first. A pod that has its
// node is looked at as if it were to be placed anew.
func (o *Oracle) Ask(pod *v1.Pod) *Inquiry {
	board := o.shared.board.Load()
	if board == nil {
		return nil
	}
	facts := o.reader.facts(pod)
	return &Inquiry{
		Board: board, Facts: facts, Need: needOf(pod), view: board.Glance(board.Govern(facts)), taste: board.Taste(facts), pods: o.pods,
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
	var out NodeAnswer
	var requested engine.Amounts
	if young != nil {
		requested, out.Requested = young.requested, &young.requested
	}
	out.Answer = node.Answer(q.Need, requested)
	if !q.taste.Empty() {
		worth := q.Board.Node(node.Name()).Worth(&q.taste)
		out.Worth = &worth
	}
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
	request(young, q.pods)
	return young
}
