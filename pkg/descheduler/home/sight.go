package home

import (
	"context"
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/hold"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Sight is the cluster at one time, for one plan.
type Sight struct {
	prover  *Prover
	account *inflight.Account
	// base has all nodes in the order of names, and is never changed.
	base []fwk.NodeInfo
	held []*hold.Hold
	// own is what is held for the pod in question.
	own     *hold.Hold
	pending []*v1.Pod
	// arrivals are the places that pending pods are taken to get, once arrive found them.
	arrivals []Move
	arrived  bool
}

// Board is the one by which proofs are made.
func (s *Sight) Board() *engine.Board { return s.account.Board() }

// Node returns a node, and the pods on it or about to be bound there; nil for one that
// the scheduler does not know.
func (s *Sight) Node(name string) (*v1.Node, []*v1.Pod) {
	at, known := s.find(name)
	if !known {
		return nil, nil
	}
	var pods []*v1.Pod
	for _, info := range s.base[at].GetPods() {
		pods = append(pods, info.GetPod())
	}
	return s.base[at].Node(), pods
}

// arriving is what came to a node since the Board, and what is on its way there.
func (s *Sight) arriving(node string) engine.Amounts {
	return s.prover.whatIf.Beside(node).Plus(s.account.At(s.Board().Slot(node)))
}

// Move is a pod that is to leave its node, with the home that was proved for its
// replacement.
type Move struct {
	Victim, Replacement *v1.Pod
	Node                string
	// Use is what the replacement is expected to use.
	Use inflight.Units
}

// Question asks for a home.
type Question struct {
	Victim *v1.Pod
	// Replacement is the pod that will come in its place; see Replacement.
	Replacement *v1.Pod
	// Least is what the victim is measured to use: the replacement is taken to use no less,
	// whatever others like it do.
	Least engine.Amounts
	// Held is the room that is held for the replacement already, which is no room of others;
	// nil where none is.
	Held *hold.Hold
	// Suits says whether evict rules let a node be a home, and how much room it would
	// have left: the more, the earlier a node is tried. need is what the replacement is
	// judged by, and beside what comes to the node as well. why is for people.
	Suits func(node string, need, beside engine.Amounts) (room float64, ok bool, why string)
}

// Answer is a home, or why there is none.
type Answer struct {
	Move
	Found bool
	// Claimed is set where there is no home only because pending pods of no lower priority
	// would take each.
	Claimed bool
	// Why counts the nodes by what speaks against them, in the manner of the scheduler.
	Why string
}

// Prove looks for a node other than its own that takes a pod, beside other moves. The
// victim is taken to be gone, which its replacement may wait for; those of the other moves
// are not. The error is that of a plugin, and not the pod's fault.
func (s *Sight) Prove(ctx context.Context, q Question, beside []Move) (Answer, error) {
	t := s.try(ctx, q, beside)
	admitted, status, _ := t.framework.RunPreFilterPlugins(ctx, t.state, q.Replacement)
	if status.IsRejected() {
		return Answer{Why: strings.Join(status.Reasons(), ", ")}, nil
	}
	if !status.IsSuccess() {
		return Answer{}, fmt.Errorf("asking whether pod %s/%s could be placed elsewhere: %w", q.Victim.Namespace, q.Victim.Name, status.AsError())
	}
	left := t.candidates(ctx, admitted)
	for i, c := range left {
		ok, err := t.takes(ctx, left[i:])
		if err != nil {
			return Answer{}, err
		}
		if ok {
			return Answer{Found: true, Move: Move{Victim: q.Victim, Replacement: q.Replacement, Node: c.info.Node().Name, Use: t.use}}, nil
		}
	}
	return Answer{Claimed: t.claimed > 0, Why: t.why()}, nil
}

// try imagines the cluster that a question is about: pods that wait come first.
func (s *Sight) try(ctx context.Context, q Question, beside []Move) *trial {
	s.own = nil
	s.arrive(ctx)
	s.own = q.Held
	t := &trial{
		sight: s, question: q, beside: beside, arrivals: s.before(q.Replacement),
		framework: s.prover.frameworkOf(q.Replacement), state: framework.NewCycleState(), against: map[string]int{},
	}
	s.imagine(slices.Concat(t.arrivals, beside), q.Victim, q.Least)
	t.use = s.prover.Need(q.Replacement, s.Board()).AtLeast(q.Least)
	return t
}
