package telemetry

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	corelisters "k8s.io/client-go/listers/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// A pod that was activated while it was in flight is only backed off, and a pod
// that fails gives its room back. So passes follow a pass that woke pods, ever
// later, until the next Board.
const (
	firstRepeat = 100 * time.Millisecond
	lastRepeat  = 3200 * time.Millisecond
)

// attemptTime is how long an attempt may take from PreFilter to Reserve, extenders
// included. PostFilter tells of most failures; where another plugin's PostFilter ends
// the attempt, a pod that waits for longer has failed.
const attemptTime = 5 * time.Second

// waker activates waiting pods in a goroutine of its own.
type waker struct {
	shared    *Shared
	reader    inquiry.Reader
	pods      corelisters.PodLister
	nodes     corelisters.NodeLister
	activator fwk.PodActivator
	planner   planner
}

// Run wakes waiting pods until ctx ends. activator is the scheduling queue of the
// running scheduler; informers are those that it reads.
func (s *Shared) Run(ctx context.Context, informers informers.SharedInformerFactory, activator fwk.PodActivator) {
	core := informers.Core().V1()
	w := &waker{
		shared:    s,
		reader:    s.reader(core.Namespaces().Lister()),
		pods:      core.Pods().Lister(),
		nodes:     core.Nodes().Lister(),
		activator: activator,
		planner:   planner{logger: klog.FromContext(ctx)},
	}
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { s.usher(ctx, activator) })
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
		woken, fresh := w.pass(ctx)
		if fresh > 0 {
			delay = firstRepeat
		}
		if woken > 0 && delay <= lastRepeat {
			repeat = time.After(delay)
		}
	}
}

// pass activates the pods that fit, and returns their number and how many of them
// the pass before did not.
func (w *waker) pass(ctx context.Context) (woken, fresh int) {
	if bounced := w.shared.bounced.take(); len(bounced) > 0 {
		w.activator.Activate(klog.FromContext(ctx), byName(bounced))
	}
	account := w.shared.ledger.Account()
	board := account.Board()
	if board == nil {
		return 0, 0
	}
	w.planner.advance(board)
	known := w.shared.waiting.list()
	if len(known) == 0 {
		w.planner.forget()
		return 0, 0
	}
	began := time.Now()
	wake, fresh := w.planner.plan(w.sleepers(board, known), w.sites(account))
	passDuration.Observe(time.Since(began).Seconds())
	if len(wake) == 0 {
		return 0, 0
	}
	wokenPods.Add(float64(fresh))
	level := 2
	if fresh == 0 {
		level = 4 // they are called again until they are placed
	}
	klog.FromContext(ctx).V(level).Info("Waking pods that fit by telemetry", "pods", len(wake), "ofThemNew", fresh, "waiting", len(known))
	w.activator.Activate(klog.FromContext(ctx), byName(wake))
	return len(wake), fresh
}

// sleepers looks up the waiting pods, and lets those go that were assigned or
// deleted without passing Reserve.
func (w *waker) sleepers(board *engine.Board, known []waiter) []*sleeper {
	var gone []types.UID
	out := make([]*sleeper, 0, len(known))
	for _, k := range known {
		pod := k.find(w.pods)
		if pod == nil {
			gone = append(gone, k.uid)
			continue
		}
		out = append(out, w.sleeper(board, pod, k))
	}
	w.shared.waiting.leave(gone...)
	return out
}

func (w *waker) sleeper(board *engine.Board, pod *v1.Pod, k waiter) *sleeper {
	governing := w.shared.awaited(board, pod, board.Govern(w.reader.Facts(pod)))
	units, _ := w.shared.judgedBy(pod, board.View(governing))
	need := units.Amounts()
	return &sleeper{
		pod: pod, tried: k.tried, trying: time.Since(k.at) < attemptTime, fleeting: k.fleeting || k.need != need,
		priority: corev1helpers.PodPriority(pod), governing: governing, need: need,
	}
}

// sites returns the nodes by name. Listers of informers cannot fail.
func (w *waker) sites(account *inflight.Account) []site {
	board := account.Board()
	nodes, _ := w.nodes.List(labels.Everything())
	slices.SortFunc(nodes, func(a, b *v1.Node) int { return cmp.Compare(a.Name, b.Name) })
	out, young := make([]site, len(nodes)), map[string]*engine.Amounts{}
	for i, node := range nodes {
		out[i].node, out[i].arrived = node, account.At(board.Slot(node.Name))
		if board.At.Sub(node.CreationTimestamp.Time) < w.shared.grace() {
			young[node.Name] = &out[i].requested
		}
	}
	w.shared.judge.Requested(young, w.pods)
	return out
}

func byName(pods []*v1.Pod) map[string]*v1.Pod {
	out := make(map[string]*v1.Pod, len(pods))
	for _, pod := range pods {
		out[pod.Namespace+"/"+pod.Name] = pod
	}
	return out
}
