package telemetry

import (
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	appslisters "k8s.io/client-go/listers/apps/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	fwk "k8s.io/kube-scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// podSources are where the account of pods in flight looks things up.
type podSources struct {
	pods        corelisters.PodLister
	replicaSets appslisters.ReplicaSetLister
	nodes       corelisters.NodeLister
	namespaces  corelisters.NamespaceLister
}

// Follow keeps account of all pods of the cluster. Call it before the informers start.
func (s *Shared) Follow(factory informers.SharedInformerFactory) error {
	pods := factory.Core().V1().Pods()
	s.sources.Store(&podSources{
		pods: pods.Lister(), replicaSets: factory.Apps().V1().ReplicaSets().Lister(), nodes: factory.Core().V1().Nodes().Lister(),
		namespaces: factory.Core().V1().Namespaces().Lister(),
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
	owner, from := inquiry.ControllerOf(pod), s.sources.Load()
	if owner.Kind == "ReplicaSet" && from != nil {
		if set, err := from.replicaSets.ReplicaSets(pod.Namespace).Get(owner.Name); err == nil && set.UID == owner.UID {
			if top := metav1.GetControllerOfNoCopy(set); top != nil {
				return inflight.Owner(top.UID)
			}
		}
	}
	return inflight.Owner(owner.UID)
}

// judgedBy returns what a pod is judged by. view shows the rules that it waits for: see
// awaited.
func (s *Shared) judgedBy(pod *v1.Pod, view *engine.View) (inflight.Units, []inquiry.Complaint) {
	_, units, complaints := s.judge.Judge(pod, view)
	return units, complaints
}

// nodeOf returns a node by name; nil for one that there is not, and for all before
// Follow.
func (s *Shared) nodeOf(name string) *v1.Node {
	from := s.sources.Load()
	if from == nil {
		return nil
	}
	node, err := from.nodes.Get(name)
	if err != nil {
		return nil
	}
	return node
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
		p.complain(pod, []inquiry.Complaint{inquiry.Rejected(e.Mistake)})
	}
	return e.Units
}

// Owner returns what made a pod, at the top: of a ReplicaSet what made that.
func (s *Shared) Owner(pod *v1.Pod) inflight.Owner { return s.ownerOf(pod) }
