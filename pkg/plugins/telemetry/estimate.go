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

// complaint is what is wrong with a pod's estimate, for people.
type complaint struct{ reason, detail string }

// judgedBy returns what a pod is judged by: its estimate, or for each resource of which
// no node could ever give so much, what it requests. A pod that would wait for ever
// because of a guess is of no use to anybody.
func (s *Shared) judgedBy(pod *v1.Pod, view *engine.View) (inflight.Units, []complaint) {
	_, units, complaints := s.judge(pod, view)
	return units, complaints
}

// judge is judgedBy with the estimate.
func (s *Shared) judge(pod *v1.Pod, view *engine.View) (e inflight.Estimate, out inflight.Units, complaints []complaint) {
	e = s.ledger.Estimate(pod)
	out = e.Units
	if e.Mistake != "" {
		complaints = append(complaints, complaint{inflight.ReasonRejected, e.Mistake})
	}
	estimated, line := e.Amounts(), view.Lowest()
	if estimated.CPU > line.CPU || estimated.Memory > line.Memory {
		line = s.lineFor(pod, view)
	}
	if estimated.CPU > line.CPU && e.CPU != inflight.FromRequests {
		out.MilliCPU = unitsOf(pod).MilliCPU
		complaints = append(complaints, tooLarge("cpu", e.CPU, milliCPU(e.MilliCPU), milliCPU(out.MilliCPU)))
	}
	if estimated.Memory > line.Memory && e.Memory != inflight.FromRequests {
		out.Bytes = unitsOf(pod).Bytes
		complaints = append(complaints, tooLarge("memory", e.Memory, bytesOf(e.Bytes), bytesOf(out.Bytes)))
	}
	return e, out, complaints
}

// lineFor returns the highest line of the nodes that a pod lets itself be sent to; of all
// nodes where it lets itself be sent to none.
func (s *Shared) lineFor(pod *v1.Pod, view *engine.View) engine.Amounts {
	var admitting, all engine.Amounts
	to := newDestination(klog.Background(), pod)
	for _, node := range s.allNodes() {
		if o := view.Node(node.Name); o != nil && to.admits(node) {
			admitting = admitting.Most(view.LineAt(o.Slot()))
		}
	}
	if admitting != (engine.Amounts{}) {
		return admitting
	}
	for o := range view.Outlooks() {
		all = all.Most(view.LineAt(o.Slot()))
	}
	return all
}

// allNodes returns the nodes of the cluster; none before Follow.
func (s *Shared) allNodes() []*v1.Node {
	from := s.sources.Load()
	if from == nil {
		return nil
	}
	nodes, _ := from.nodes.List(labels.Everything())
	return nodes
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
		p.complain(pod, []complaint{{inflight.ReasonRejected, e.Mistake}})
	}
	return e.Units
}
