package telemetry

import (
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	appslisters "k8s.io/client-go/listers/apps/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// podSources are where the account of pods in flight looks things up.
type podSources struct {
	pods        corelisters.PodLister
	replicaSets appslisters.ReplicaSetLister
	nodes       corelisters.NodeLister
}

// Follow keeps account of all pods of the cluster. Call it before the informers start.
func (s *Shared) Follow(factory informers.SharedInformerFactory) error {
	pods := factory.Core().V1().Pods()
	s.sources.Store(&podSources{
		pods: pods.Lister(), replicaSets: factory.Apps().V1().ReplicaSets().Lister(), nodes: factory.Core().V1().Nodes().Lister(),
	})
	_, err := pods.Informer().AddEventHandler(s.ledger.Handler(time.Now))
	return err
}

// allPods returns the pods of the cluster. Listers of informers cannot fail.
func (s *Shared) allPods() []*v1.Pod {
	from := s.sources.Load()
	if from == nil {
		return nil
	}
	pods, _ := from.pods.List(labels.Everything())
	return pods
}

// allocatable returns what a node has for pods; nothing where it is not known.
func (s *Shared) allocatable(node string) inflight.Units {
	from := s.sources.Load()
	if from == nil {
		return inflight.Units{}
	}
	n, err := from.nodes.Get(node)
	if err != nil {
		return inflight.Units{}
	}
	has := n.Status.Allocatable
	return inflight.Units{MilliCPU: has.Cpu().MilliValue(), Bytes: has.Memory().Value(), Pods: has.Pods().Value()}
}

// ownerOf returns what made a pod: of a ReplicaSet what made that, so that the pods of
// a rollout learn from those before.
func (s *Shared) ownerOf(pod *v1.Pod) inflight.Owner {
	owner, from := controllerOf(pod), s.sources.Load()
	if owner.Kind == "ReplicaSet" && from != nil {
		if set, err := from.replicaSets.ReplicaSets(pod.Namespace).Get(owner.Name); err == nil && set.UID == owner.UID {
			if top := metav1.GetControllerOfNoCopy(set); top != nil {
				return inflight.Owner(top.UID)
			}
		}
	}
	return inflight.Owner(owner.UID)
}

// judgedBy returns what a pod is judged by: its estimate, or for each resource of which
// no node could ever give so much, what it requests. A pod that would wait for ever
// because of a guess is of no use to anybody. So view shows the rules that it waits for:
// see awaited.
func (s *Shared) judgedBy(pod *v1.Pod, view *engine.View) (inflight.Units, []complaint) {
	_, units, complaints := s.judge(pod, view)
	return units, complaints
}

// judge is judgedBy with the estimate.
func (s *Shared) judge(pod *v1.Pod, view *engine.View) (e inflight.Estimate, out inflight.Units, complaints []complaint) {
	e = s.ledger.Estimate(pod)
	out = e.Units
	if e.Mistake != "" {
		complaints = append(complaints, rejected(e.Mistake))
	}
	excess := s.excess(pod, &e, view)
	if excess.CPU {
		out.MilliCPU = unitsOf(pod).MilliCPU
		complaints = append(complaints, tooLarge("cpu", e.CPU, milliCPU(e.MilliCPU), milliCPU(out.MilliCPU)))
	}
	if excess.Memory {
		out.Bytes = unitsOf(pod).Bytes
		complaints = append(complaints, tooLarge("memory", e.Memory, bytesOf(e.Bytes), bytesOf(out.Bytes)))
	}
	return e, out, complaints
}

// excess says of which resources a pod is guessed to use more than any node that it lets
// itself be sent to could ever give; than any node at all where it lets itself be sent
// to none. The first node that gives enough ends the search, as nearly always.
func (s *Shared) excess(pod *v1.Pod, e *inflight.Estimate, view *engine.View) engine.Excess {
	need := e.Amounts()
	everywhere := view.Excess(need).And(guessed(e))
	if everywhere == (engine.Excess{}) {
		return everywhere
	}
	left, to := everywhere, s.destination(pod)
	for o := range view.Outlooks() {
		here := o.Excess(need)
		everywhere = everywhere.And(here)
		if less := left.And(here); less != left && to(o) {
			left = less
		}
		if left == (engine.Excess{}) {
			return left
		}
	}
	if left == everywhere || s.admittedBy(to, view) {
		return left
	}
	return everywhere
}

// guessed says which amounts are more than what the pod asks for itself.
func guessed(e *inflight.Estimate) engine.Excess {
	return engine.Excess{CPU: e.CPU != inflight.FromRequests, Memory: e.Memory != inflight.FromRequests}
}

// destination returns a function that reports whether a pod lets itself be sent to a
// node; to none before Follow.
func (s *Shared) destination(pod *v1.Pod) func(*engine.Outlook) bool {
	from, to := s.sources.Load(), newDestination(klog.Background(), pod)
	return func(o *engine.Outlook) bool {
		if from == nil {
			return false
		}
		node, err := from.nodes.Get(o.Name())
		return err == nil && to.admits(node)
	}
}

// admittedBy reports whether any node is one that a pod may go to.
func (s *Shared) admittedBy(to func(*engine.Outlook) bool, view *engine.View) bool {
	for o := range view.Outlooks() {
		if to(o) {
			return true
		}
	}
	return false
}

// reserved returns what a pod was judged by in a cycle; its estimate where no rule
// governs it, of which nobody has heard yet what is wrong.
func (p *Plugin) reserved(state fwk.CycleState, pod *v1.Pod) inflight.Units {
	if state != nil {
		if c, err := cycleOf(state); err == nil {
			return c.units
		}
	}
	e := p.shared.ledger.Estimate(pod)
	if e.Mistake != "" {
		p.complain(pod, []complaint{rejected(e.Mistake)})
	}
	return e.Units
}
