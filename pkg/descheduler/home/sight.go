package home

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
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
	base    []fwk.NodeInfo
	held    map[string][]*hold.Hold
	pending []*v1.Pod
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

// Move is a pod that leaves its node, with the home that was proved for its replacement.
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

// Prove looks for a node other than its own that takes a pod, after other moves. The error
// is that of a plugin, and not the pod's fault.
func (s *Sight) Prove(ctx context.Context, q Question, after []Move) (Answer, error) {
	s.imagine(after, q.Victim)
	t := &trial{sight: s, question: q, framework: s.prover.frameworkOf(q.Replacement), state: framework.NewCycleState(), against: map[string]int{}}
	use, _ := s.prover.shared.NeedOf(q.Replacement, s.Board())
	admitted, status, _ := t.framework.RunPreFilterPlugins(ctx, t.state, q.Replacement)
	if status.IsRejected() {
		return Answer{Why: strings.Join(status.Reasons(), ", ")}, nil
	}
	if !status.IsSuccess() {
		return Answer{}, fmt.Errorf("asking whether pod %s/%s could be placed elsewhere: %w", q.Victim.Namespace, q.Victim.Name, status.AsError())
	}
	for _, c := range t.candidates(use.Amounts(), admitted) {
		ok, err := t.takes(ctx, c.info)
		if err != nil {
			return Answer{}, err
		}
		if ok {
			return Answer{Found: true, Move: Move{Victim: q.Victim, Replacement: q.Replacement, Node: c.info.Node().Name, Use: use}}, nil
		}
	}
	return Answer{Claimed: t.claimed > 0, Why: t.why()}, nil
}

// trial is one proof.
type trial struct {
	sight     *Sight
	question  Question
	framework framework.Framework
	state     fwk.CycleState
	// against counts nodes by what speaks against them; claimed are those of them that
	// pending pods come first on.
	against map[string]int
	claimed int
}

type candidate struct {
	info fwk.NodeInfo
	room float64
}

// candidates are the nodes that are fit and suit by telemetry, those with most room first.
func (t *trial) candidates(need engine.Amounts, admitted *fwk.PreFilterResult) (out []candidate) {
	for _, info := range t.sight.prover.lister.all {
		name := info.Node().Name
		if name == t.question.Victim.Spec.NodeName {
			continue
		}
		if why := t.objection(info, admitted); why != "" {
			t.against[why]++
			continue
		}
		room, ok, why := t.question.Suits(name, need, t.sight.arriving(name))
		if !ok {
			t.against[why]++
			continue
		}
		out = append(out, candidate{info, room})
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(b.room, a.room) })
	return out
}

func (t *trial) objection(info fwk.NodeInfo, admitted *fwk.PreFilterResult) string {
	if !admitted.AllNodes() && !admitted.NodeNames.Has(info.Node().Name) {
		return "didn't satisfy plugin(s) " + "that look at all nodes at once"
	}
	return Unfit(info.Node())
}

// takes runs the Filter chain on one node, extenders included, and sees that nobody comes
// first there.
func (t *trial) takes(ctx context.Context, info fwk.NodeInfo) (bool, error) {
	pod := t.question.Replacement
	status := t.framework.RunFilterPluginsWithNominatedPods(ctx, t.state, pod, info)
	if status.IsRejected() {
		t.note(status)
		return false, nil
	}
	if !status.IsSuccess() {
		return false, fmt.Errorf("asking whether node %s takes pod %s/%s: %w", info.Node().Name, pod.Namespace, pod.Name, status.AsError())
	}
	if why := t.extended(info); why != "" {
		t.against[why]++
		return false, nil
	}
	if t.sight.isClaimed(ctx, info, pod) {
		t.claimed++
		t.against["pending pods come first there"]++
		return false, nil
	}
	return true, nil
}

func (t *trial) note(status *fwk.Status) {
	for _, reason := range status.Reasons() {
		t.against[reason]++
	}
}

// extended asks the extenders that filter and are interested in the pod. One that fails
// may be passed over only if it says so itself.
func (t *trial) extended(info fwk.NodeInfo) string {
	for _, e := range t.sight.prover.sched.Extenders {
		if !e.IsFilter() || !e.IsInterested(t.question.Replacement) {
			continue
		}
		left, _, _, err := e.Filter(t.question.Replacement, []fwk.NodeInfo{info})
		if err != nil && e.IsIgnorable() {
			continue
		}
		if err != nil || len(left) == 0 {
			return "the extender " + e.Name() + " refused"
		}
	}
	return ""
}

// why lists what speaks against nodes, the commonest first.
func (t *trial) why() string {
	if len(t.against) == 0 {
		return "there is no other node"
	}
	reasons := sets.List(sets.KeySet(t.against))
	slices.SortStableFunc(reasons, func(a, b string) int { return cmp.Compare(t.against[b], t.against[a]) })
	for i, reason := range reasons {
		reasons[i] = fmt.Sprintf("%d %s", t.against[reason], reason)
	}
	return strings.Join(reasons, ", ")
}
