package descheduler

import (
	"context"
	"errors"
	"slices"
	"time"

	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// decided is what moves were decided by. Time passes until their calls: the state is
// written, and each call takes its own.
type decided struct {
	at time.Time
	// past is what was remembered, and made are the moves that were made since.
	past plan.Past
	made []*plan.Move
}

// errByNow is the fault of a move that things have overtaken.
var errByNow = errors.New("as seen just before the call")

// outdated says why a move that was decided is no longer wanted: all is judged again, by
// the newest Board and the cluster as it is now. Where the move stands its home is as it was
// proved by that.
func (d *Descheduler) outdated(ctx context.Context, before *decided, m *made) (plan.Reason, error) {
	l := d.look(time.Now(), d.newest.Load())
	if !d.see(l) {
		return plan.HomesUnproved, errByNow
	}
	l.Sources = slices.DeleteFunc(l.Sources, func(s plan.Source) bool { return s.Node != m.act.Node })
	s := newSeeker(ctx, d, l)
	in := d.input(l)
	in.Real = before.past
	if reason := plan.Still(in, before.made, m.move); reason != "" {
		return reason, errByNow
	}
	return s.stillTakes(m)
}

// stillTakes says why the home of a move takes its pod no longer. The room that is held for
// it does not count.
func (s *seeker) stillTakes(m *made) (plan.Reason, error) {
	pods := s.look.Sources[0].Pods
	victim := &pods[slices.IndexFunc(pods, func(p plan.Pod) bool { return p.UID == m.act.UID })]
	q := home.Question{
		Victim: s.pods[victim.UID], Replacement: s.replacementOf(s.pods[victim.UID]), Least: victim.Use, Held: s.d.rooms[m.act.UID],
	}
	search := s.look.Search(victim, s.cluster.Facts(q.Replacement))
	q.Suits = func(node string, need, beside engine.Amounts) (float64, bool, string) {
		if node != m.home.Node {
			return 0, false, "node(s) are not the home that was proved"
		}
		return search.Suits(node, need, beside)
	}
	answer, err := s.ask(q, nil)
	switch {
	case err != nil:
		klog.FromContext(s.ctx).Error(err, "A home cannot be proved again", "pod", klog.KObj(q.Victim), "node", klog.KRef("", m.home.Node))
		return plan.NoHome, err
	case answer.Claimed:
		return plan.PendingFirst, errByNow
	case !answer.Found:
		return plan.NoHome, errors.New("as seen just before the call: " + answer.Why)
	}
	m.home, m.pod = answer.Move, q.Victim
	return "", nil
}
