package telemetry

import (
	"cmp"
	"context"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	corelisters "k8s.io/client-go/listers/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// A pod that was activated while it was in flight is only backed off, and a pod
// that fails gives its room back. So passes follow a pass that woke pods, ever
// later, until the next Board.
const (
	firstRepeat = 100 * time.Millisecond
	lastRepeat  = 3200 * time.Millisecond
)

// waker activates waiting pods in a goroutine of its own.
type waker struct {
	shared    *Shared
	reader    podReader
	pods      corelisters.PodLister
	nodes     corelisters.NodeLister
	activator fwk.PodActivator
	planner   planner
}

// Run wakes waiting pods until ctx ends. activator is the scheduling queue of the
// running scheduler; informers are those that it reads.
func (s *Shared) Run(ctx context.Context, informers informers.SharedInformerFactory, activator fwk.PodActivator) {
	core := informers.Core().V1()
	a := s.Args()
	w := &waker{
		shared:    s,
		reader:    podReader{namespaces: core.Namespaces().Lister(), exemptions: a != nil && a.PodExemptions},
		pods:      core.Pods().Lister(),
		nodes:     core.Nodes().Lister(),
		activator: activator,
		planner:   planner{logger: klog.FromContext(ctx)},
	}
	w.run(ctx)
}

func (w *waker) run(ctx context.Context) {
	var repeat <-chan time.Time
	delay := firstRepeat
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.shared.due:
			delay = firstRepeat
		case <-repeat:
			delay *= 2
		}
		repeat = nil
		if w.pass(ctx) && delay <= lastRepeat {
			repeat = time.After(delay)
		}
	}
}

// pass activates the pods that fit and reports whether there were any.
func (w *waker) pass(ctx context.Context) bool {
	board := w.shared.board.Load()
	if board == nil {
		return false
	}
	w.planner.advance(board)
	known := w.shared.waiting.list()
	if len(known) == 0 {
		return false
	}
	began := time.Now()
	wake, fresh := w.planner.plan(w.sleepers(board, known), w.sortedNodes())
	passDuration.Observe(time.Since(began).Seconds())
	if len(wake) == 0 {
		return false
	}
	wokenPods.Add(float64(fresh))
	klog.FromContext(ctx).V(4).Info("Waking pods that fit by telemetry", "pods", len(wake), "ofThemNew", fresh, "waiting", len(known))
	w.activator.Activate(klog.FromContext(ctx), byName(wake))
	return true
}

// sleepers looks up the waiting pods, and lets those go that were assigned or
// deleted without passing Reserve.
func (w *waker) sleepers(board *engine.Board, known []waiter) []*sleeper {
	var gone []types.UID
	out := make([]*sleeper, 0, len(known))
	for _, k := range known {
		pod, err := w.pods.Pods(k.key.Namespace).Get(k.key.Name)
		if err != nil || pod.UID != k.uid || pod.Spec.NodeName != "" || pod.DeletionTimestamp != nil {
			gone = append(gone, k.uid)
			continue
		}
		out = append(out, &sleeper{
			pod: pod, tried: k.tried, priority: corev1helpers.PodPriority(pod),
			governing: board.Govern(w.reader.facts(pod)), need: needOf(pod),
		})
	}
	w.shared.waiting.leave(gone...)
	return out
}

func (w *waker) sortedNodes() []*v1.Node {
	// The lister of an informer cannot fail.
	nodes, _ := w.nodes.List(labels.Everything())
	slices.SortFunc(nodes, func(a, b *v1.Node) int { return cmp.Compare(a.Name, b.Name) })
	return nodes
}

func byName(pods []*v1.Pod) map[string]*v1.Pod {
	out := make(map[string]*v1.Pod, len(pods))
	for _, pod := range pods {
		out[pod.Namespace+"/"+pod.Name] = pod
	}
	return out
}
