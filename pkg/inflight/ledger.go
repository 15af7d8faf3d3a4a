package inflight

import (
	"sync"
	"sync/atomic"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// Options of a Ledger. Every field is required.
type Options struct {
	// Requests returns what a pod requests, with defaults where it does not, as
	// kube-scheduler counts it; Pods is 1.
	Requests func(*v1.Pod) Units
	// Owner returns what made a pod, at the top.
	Owner func(*v1.Pod) Owner
	// Pods returns all pods of the cluster, for a look back when a rule averages over a
	// longer time than any before.
	Pods func() []*v1.Pod
	// Allocatable returns what a node has for pods; zero where that is not known.
	Allocatable func(node string) Units
	// Trust reports whether a pod's annotation may say less than what its siblings use
	// or what it requests. Where it may not, it only raises.
	Trust func() bool
}

// Ledger keeps account of pods in flight. Its methods may be called from any
// goroutine; Take, Publish and Learn by one each.
type Ledger struct {
	opts     Options
	account  atomic.Pointer[Account]
	released chan struct{}

	mu      sync.Mutex
	entries map[types.UID]*entry
	// number is that of the newest entry, taken that of the newest one which an
	// evaluation has Taken.
	number, taken uint64
	// arrived holds the entries after taken, and some that are gone.
	arrived []*entry
	// now is the newest time that the Ledger was told.
	now     time.Time
	horizon time.Duration
	// faults are those that nobody was told of.
	faults map[types.UID]Fault
	// low are the annotations that say much too little and that nobody was told of, and
	// doubted those that somebody was, or will be.
	low     []Fault
	doubted map[Owner]annotation
	// went are the pods that are gone since a look back began; nil where there is none.
	went    map[types.UID]bool
	lessons lessons
	// uses is what the newest reading has of pods that are not warm. Not all have an
	// entry: after a start the first reading may come before the first Take.
	uses map[types.UID]telemetry.PodUse
	// all is the same of all pods, for those who ask what one uses.
	all map[types.UID]telemetry.PodUse
	// measurable is until when the use of single pods is believed to be read.
	measurable time.Time
}

// entry is one pod on one node.
type entry struct {
	pod    *v1.Pod
	node   string
	number uint64
	// units are what was added, and will be taken away; expected is the newest estimate,
	// which changes with the pod and with what its siblings teach.
	units, expected Units
	// refused says which of the pod's estimates do not count beyond what it requests.
	refused refusal
	// owner is the pod's.
	owner Owner
	// judged is the annotated estimate whose faults were told, or are among the Ledger's.
	judged annotation
	// bound is set once the API server shows the pod on the node.
	bound bool
	gone  bool
	// began is when the pod began by our clock, and said the same by its node's.
	began, said time.Time
	// waited is when it was last seen not to have begun; zero if never.
	waited time.Time
	// used was measured at the time measured; zero if never.
	used     engine.Amounts
	measured time.Time
}

// New returns an empty Ledger.
func New(opts Options) *Ledger {
	l := &Ledger{opts: opts, entries: map[types.UID]*entry{}, lessons: lessons{}, faults: map[types.UID]Fault{}, doubted: map[Owner]annotation{}, released: make(chan struct{}, 1)}
	l.account.Store(&Account{})
	return l
}

// Account returns what came to the nodes since the newest Board. It is never nil.
func (l *Ledger) Account() *Account { return l.account.Load() }

// Released receives a value after a pod was gone that a Board had counted, so that
// only another evaluation gives its room back.
func (l *Ledger) Released() <-chan struct{} { return l.released }

// Reserve adds a pod that the scheduler is about to bind, with the amounts by which it
// was judged. Where those are its requests though more was estimated, the estimate was
// set aside, and stays so. Whoever the API server shows on a node stays there: another
// binder was faster.
func (l *Ledger) Reserve(pod *v1.Pod, node string, need Units) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.entries[pod.UID]; e != nil && e.bound {
		return
	}
	l.remove(pod.UID)
	e := &entry{
		pod: pod, node: node, refused: refusalOf(l.estimate(pod).Units, need, l.opts.Requests(pod)), waited: l.now,
		judged: annotationOf(pod),
	}
	e.units = l.credible(e, need)
	e.expected = e.units
	l.add(e)
}

// Unreserve takes a pod back that was not bound. Whoever the API server shows on the
// node stays.
func (l *Ledger) Unreserve(pod *v1.Pod) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.entries[pod.UID]; e != nil && !e.bound {
		l.remove(pod.UID)
	}
}

// Observe takes in a pod as the API server shows it, at a time.
func (l *Ledger) Observe(pod *v1.Pod, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell(now)
	l.observe(pod, now)
}

// tell notes a time. Goroutines may come with theirs out of order.
func (l *Ledger) tell(now time.Time) {
	if now.After(l.now) {
		l.now = now
	}
}

func (l *Ledger) observe(pod *v1.Pod, now time.Time) {
	e := l.entries[pod.UID]
	switch began := beginning(pod); {
	case ended(pod):
		l.remove(pod.UID)
	case pod.Spec.NodeName == "":
	case e != nil && e.node == pod.Spec.NodeName:
		e.pod, e.bound = pod, true
		e.begin(began, now)
		e.expected = l.expect(e)
		l.blame(e)
	case e != nil, began.IsZero() || now.Sub(began) <= l.horizon:
		l.remove(pod.UID)
		next := &entry{pod: pod, node: pod.Spec.NodeName, bound: true}
		if e != nil {
			next.refused, next.waited, next.judged = e.refused, e.waited, e.judged
		}
		next.begin(began, now)
		next.units = l.expect(next)
		next.expected = next.units
		l.add(next)
		l.blame(next)
	}
}

// Unbound returns, by node, the pods that were reserved and that the API server does
// not show there yet.
func (l *Ledger) Unbound() map[string][]*v1.Pod {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[string][]*v1.Pod{}
	for _, e := range l.entries {
		if !e.bound {
			out[e.node] = append(out[e.node], e.pod)
		}
	}
	return out
}

// Forget takes a deleted pod out.
func (l *Ledger) Forget(uid types.UID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(uid)
}

func (l *Ledger) add(e *entry) {
	l.number++
	e.number, e.owner = l.number, l.opts.Owner(e.pod)
	l.measure(e)
	l.entries[e.pod.UID] = e
	l.arrived = append(l.arrived, e)
	l.account.Load().add(e, e.units)
}

func (l *Ledger) remove(uid types.UID) {
	if l.went != nil {
		l.went[uid] = true
	}
	e := l.entries[uid]
	if e == nil {
		return
	}
	delete(l.entries, uid)
	delete(l.faults, uid)
	e.gone = true
	l.account.Load().add(e, Units{}.minus(e.units))
	if e.number <= max(l.taken, l.account.Load().mark) {
		select {
		case l.released <- struct{}{}:
		default:
		}
	}
}
