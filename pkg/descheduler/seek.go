package descheduler

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/facts"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// seeker finds the pods of a plan, and their homes.
type seeker struct {
	ctx     context.Context
	d       *Descheduler
	look    *look
	cluster *facts.Cluster
	// pods are those of the nodes in trouble, by UID; replacements what comes in their
	// place.
	pods, replacements map[string]*v1.Pod
	// proved are the answers, by UID of the victim and node; whys says by UID why there was
	// no home at the last attempt.
	proved map[[2]string]home.Move
	whys   map[string]string
	// until is when there is no more time for proofs.
	until time.Time
}

// timeOfProofs bounds the proofs of one round: while it lasts, no move is followed.
const timeOfProofs = 3 * time.Second

func newSeeker(ctx context.Context, d *Descheduler, l *look) *seeker {
	s := &seeker{
		ctx: ctx, d: d, look: l, cluster: d.owners.complete(d.opts.Cluster),
		pods: map[string]*v1.Pod{}, replacements: map[string]*v1.Pod{}, proved: map[[2]string]home.Move{}, whys: map[string]string{},
		until: time.Now().Add(timeOfProofs),
	}
	d.homeless.forget(l.Now)
	for i := range l.Sources {
		l.Sources[i].Pods = s.candidates(&l.Sources[i])
	}
	return s
}

// candidates are the pods of a node as plans see them.
func (s *seeker) candidates(source *plan.Source) []plan.Pod {
	pods := s.look.podsOf(source.Node)
	for _, pod := range pods {
		s.pods[string(pod.UID)] = pod
	}
	out := s.cluster.Pods(s.look.Now, s.look.Board, pods, s.look.PodPolicies(source))
	for i := range out {
		if out[i].Refusal == "" {
			out[i].Refusal = s.d.refused.why(s.look.Now, &out[i])
		}
		if v := s.d.homeless.of(s.look.Now, &out[i]); v != nil {
			out[i].Homeless, s.whys[out[i].UID] = v.reason, v.why
		}
	}
	return out
}

// prove has the shape of plan.In.Prove.
func (s *seeker) prove(victim *plan.Pod, assumed []plan.Move) (plan.Home, plan.Reason) {
	if !time.Now().Before(s.until) {
		return plan.Home{}, plan.Unreached
	}
	out, reason := s.find(victim, assumed)
	switch {
	case reason == "":
		s.d.homeless.forgive(victim)
	case len(assumed) == 0: // else it may have one without those
		s.d.homeless.learn(s.look.Now, victim, reason, s.whys[victim.UID])
	}
	return out, reason
}

// find asks for a home of a pod.
func (s *seeker) find(victim *plan.Pod, assumed []plan.Move) (plan.Home, plan.Reason) {
	pod := s.pods[victim.UID]
	q := home.Question{Victim: pod, Replacement: s.replacementOf(pod), Least: victim.Use}
	search := s.look.Search(victim, s.cluster.Facts(q.Replacement))
	q.Suits = search.Suits
	answer, err := s.ask(q, s.moves(assumed))
	switch {
	case err != nil:
		klog.FromContext(s.ctx).Error(err, "No home can be proved for a pod", "pod", klog.KObj(pod))
		s.whys[victim.UID] = err.Error()
		return plan.Home{}, plan.NoHome
	case answer.Found:
		s.proved[[2]string{victim.UID, answer.Node}] = answer.Move
		return plan.Home{Node: answer.Node, Sentence: search.Sentence(answer.Node)}, ""
	}
	if s.whys[victim.UID] = answer.Why; answer.Claimed {
		return plan.Home{}, plan.PendingFirst
	}
	return plan.Home{}, plan.NoHome
}

func (s *seeker) replacementOf(pod *v1.Pod) *v1.Pod {
	out, known := s.replacements[string(pod.UID)]
	if !known {
		out = home.Replacement(pod, s.cluster.Template(pod))
		s.replacements[string(pod.UID)] = out
	}
	return out
}

// moves are those that a plan assumes, as they were proved.
func (s *seeker) moves(assumed []plan.Move) []home.Move {
	out := make([]home.Move, 0, len(assumed))
	for i := range assumed {
		out = append(out, s.proved[[2]string{assumed[i].Pod.UID, assumed[i].Home.Node}])
	}
	return out
}

func join(a, separator, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + separator + b
}
