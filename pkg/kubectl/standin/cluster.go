package standin

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	appslisters "k8s.io/client-go/listers/apps/v1"
	corelisters "k8s.io/client-go/listers/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// cluster is what pods are judged by: listers of what informers hold.
type cluster struct {
	settings    *settings.Settings
	factory     informers.SharedInformerFactory
	nodeLister  corelisters.NodeLister
	podLister   corelisters.PodLister
	replicaSets appslisters.ReplicaSetLister
	ledger      *inflight.Ledger
}

func newCluster(s *settings.Settings, factory informers.SharedInformerFactory) *cluster {
	core := factory.Core().V1()
	c := &cluster{settings: s, factory: factory, nodeLister: core.Nodes().Lister(), podLister: core.Pods().Lister(), replicaSets: factory.Apps().V1().ReplicaSets().Lister()}
	c.ledger = inflight.New(inflight.Options{
		Requests: inquiry.Requests, Owner: c.owner, Pods: c.pods, Allocatable: c.allocatable, Trust: func() bool { return s.PodExemptions },
	})
	return c
}

// follow keeps account of pods.
func (c *cluster) follow() error {
	_, err := c.factory.Core().V1().Pods().Informer().AddEventHandler(c.ledger.Handler(time.Now))
	return err
}

func (c *cluster) publish(board *engine.Board, _ []engine.Transition) { c.ledger.Publish(board) }

func (c *cluster) oracle() *inquiry.Oracle {
	return &inquiry.Oracle{
		Judge:  inquiry.Judge{InFlight: c.ledger, Requests: inquiry.Requests, Node: c.node},
		Reader: inquiry.Reader{Namespaces: c.factory.Core().V1().Namespaces().Lister(), Exemptions: c.settings.PodExemptions},
		Pods:   c.podLister,
		Firm:   inquiry.OfGroup, // where there are groups, the scheduler most likely knows them

		Waiters: func() []inquiry.Waiter { return nil }, // nobody queues here
	}
}

// Listers of informers cannot fail.

// node returns nil for a node that there is not.
func (c *cluster) node(name string) *corev1.Node {
	n, _ := c.nodeLister.Get(name)
	return n
}

func (c *cluster) pods() []*corev1.Pod {
	pods, _ := c.podLister.List(labels.Everything())
	return pods
}

func (c *cluster) allocatable(name string) inflight.Units {
	n := c.node(name)
	if n == nil {
		return inflight.Units{}
	}
	has := n.Status.Allocatable
	return inflight.Units{MilliCPU: has.Cpu().MilliValue(), Bytes: has.Memory().Value(), Pods: has.Pods().Value()}
}

// owner is what made a pod: of a ReplicaSet what made that.
func (c *cluster) owner(pod *corev1.Pod) inflight.Owner {
	owner := inquiry.ControllerOf(pod)
	if set, err := c.replicaSets.ReplicaSets(pod.Namespace).Get(owner.Name); owner.Kind == "ReplicaSet" && err == nil && set.UID == owner.UID {
		if top := metav1.GetControllerOfNoCopy(set); top != nil {
			return inflight.Owner(top.UID)
		}
	}
	return inflight.Owner(owner.UID)
}

// defaults are those of the API server that telemetry looks at: who limits and does not
// request, requests the limit; and pods that name no scheduler are Kubernetes' own.
func defaults(pod *corev1.Pod) {
	for _, containers := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			requestLimits(&containers[i].Resources)
		}
	}
	if pod.Spec.SchedulerName == "" {
		pod.Spec.SchedulerName = corev1.DefaultSchedulerName
	}
}

func requestLimits(r *corev1.ResourceRequirements) {
	for name, limit := range r.Limits {
		if _, requested := r.Requests[name]; !requested {
			if r.Requests == nil {
				r.Requests = corev1.ResourceList{}
			}
			r.Requests[name] = limit
		}
	}
}
