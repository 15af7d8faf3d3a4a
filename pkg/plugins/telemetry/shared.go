package telemetry

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/utils/lru"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/hold"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Options of a Shared.
type Options struct {
	// SourceTypes are the types of telemetry sources that arguments may name.
	SourceTypes []string
}

// Shared is what the plugins of all profiles of one process share. Make one,
// register its Factory, hand it each Board, and Run it.
type Shared struct {
	opts    Options
	ledger  *inflight.Ledger
	judge   inquiry.Judge
	sources atomic.Pointer[podSources]
	waiting waiting
	holds   hold.Holds
	// bounced are pods that were refused for what is held.
	bounced bounced
	// strays are pods that could not go to the room held for them.
	strays strays
	told   *lru.Cache
	// due receives a value when waiting pods should be looked at.
	due chan struct{}
	// given receives a value when a pod was given a pass.
	given chan struct{}

	mu       sync.Mutex
	admitted *admission
	// orders say by profile what is wrong with the order of its plugins.
	orders map[string]func() string
}

// admission is the first profile that had the plugin, with its arguments.
type admission struct {
	profile string
	args    *args.Args
}

// NewShared returns a Shared without a Board: nothing is blocked before the first.
func NewShared(opts Options) *Shared {
	s := &Shared{
		opts: opts, due: make(chan struct{}, 1), given: make(chan struct{}, 1),
		told: lru.New(mostTold), orders: map[string]func() string{},
	}
	s.ledger = inflight.New(inflight.Options{
		Requests: unitsOf, Owner: s.ownerOf, Pods: s.allPods, Allocatable: s.allocatable, Trust: s.trusts,
	})
	s.holds.OnRelease(s.unhold)
	s.judge = inquiry.Judge{InFlight: s.ledger, Requests: unitsOf, Node: s.nodeOf}
	return s
}

// InFlight is the account of the pods that telemetry cannot see yet.
func (s *Shared) InFlight() *inflight.Ledger { return s.ledger }

// Oracle returns the Oracle of a scheduler that was set up; informers are those that
// it reads.
func (s *Shared) Oracle(informers informers.SharedInformerFactory) *inquiry.Oracle {
	core := informers.Core().V1()
	pods := core.Pods().Lister()
	return &inquiry.Oracle{
		Judge: s.judge, Reader: s.reader(core.Namespaces().Lister()), Pods: pods, Firm: s.firmFor,
		Waiters: func() []inquiry.Waiter { return s.waiters(pods) },
	}
}

// reader reads pods as the arguments say.
func (s *Shared) reader(namespaces corelisters.NamespaceLister) inquiry.Reader {
	a := s.Args()
	return inquiry.Reader{Namespaces: namespaces, Exemptions: a != nil && a.PodExemptions}
}

// Ours reports whether a scheduler is a profile with the plugin.
func (s *Shared) Ours(scheduler string) bool { return slices.Contains(s.Profiles(), scheduler) }

// Publish takes a new Board for all cycles that begin from now on. It has the
// shape of a subscriber of the evaluator.
func (s *Shared) Publish(board *engine.Board, _ []engine.Transition) {
	s.ledger.Publish(board)
	s.wake()
}

// board is the newest Board; nil before the first.
func (s *Shared) board() *engine.Board { return s.ledger.Account().Board() }

// Args returns the arguments that all profiles agree on; nil where no profile
// has the plugin. It is complete once the scheduler is made.
func (s *Shared) Args() *args.Args {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.admitted == nil {
		return nil
	}
	return s.admitted.args
}

// admit refuses arguments that differ from those of another profile: they
// configure the process, which can follow only one.
func (s *Shared) admit(profile string, a *args.Args) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.admitted == nil {
		s.admitted = &admission{profile: profile, args: a}
		return nil
	}
	if field := args.Difference(s.admitted.args, a); field != "" {
		return fmt.Errorf("%s differs from profile %s; arguments must agree in all profiles that have the plugin", field, s.admitted.profile)
	}
	return nil
}

// trusts reports whether pods may claim to use little: who may not ignore rules may
// not do so by an estimate of nothing either.
func (s *Shared) trusts() bool {
	a := s.Args()
	return a == nil || a.PodExemptions
}

// grace is how long a node may be judged by the requests of its pods.
func (s *Shared) grace() time.Duration {
	if a := s.Args(); a != nil {
		return a.NewNodeGrace
	}
	return 0
}

// wait notes that telemetry kept a pod off a node in a cycle. If a Board newer than its
// own came meanwhile, its pass may have missed the pod.
func (s *Shared) wait(pod *v1.Pod, c *cycle, reason engine.Reason) {
	rule, kind := c.board.About(reason)
	s.waiting.enter(pod, c, inquiry.Refusal{Rule: rule, Kind: kind, Reason: c.board.Reason(reason)})
	rejections.WithLabelValues(pod.Spec.SchedulerName).Inc()
	if s.board() != c.board {
		s.wake()
	}
}

func (s *Shared) wake() { signal(s.due) }

// signal fills a channel of one place.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// decodeArgs reads what the framework hands to a plugin: JSON, or nothing.
func decodeArgs(raw runtime.Object, sourceTypes []string) (*args.Args, error) {
	var text []byte
	switch r := raw.(type) {
	case nil:
	case *runtime.Unknown:
		text = r.Raw
	default:
		return nil, fmt.Errorf("its arguments are of type %T, and only text can be read", raw)
	}
	return args.Parse(text, args.Options{SourceTypes: sourceTypes})
}
