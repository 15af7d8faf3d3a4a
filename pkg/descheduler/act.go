package descheduler

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
)

// made is a move that was to be made, and what became of it.
type made struct {
	move *plan.Move
	act  memory.Act
	pod  *v1.Pod
	home home.Move
	// holdFor is how long room is held for it.
	holdFor time.Duration
	// reason says why it was not made; empty where it was, and Unanswered where nobody
	// knows.
	reason plan.Reason
	// fault is what the API server said to that.
	fault error
}

// act makes the moves of a plan that nothing holds. All are written down first, so that a
// restart counts them whatever happens next.
func (d *Descheduler) act(ctx context.Context, l *look, s *seeker, p plan.Plan) []made {
	before := &decided{at: l.Now, past: d.memory.Past(l.Now, false)}
	out := d.begin(l, s, p)
	enforced := slices.ContainsFunc(out, func(m made) bool { return !m.act.DryRun && m.reason == "" })
	if !enforced {
		return out
	}
	recorded := d.record(ctx)
	for i := range out {
		m := &out[i]
		switch {
		case m.act.DryRun || m.reason != "":
			continue
		case recorded != nil:
			m.reason, m.fault = plan.NotRecorded, recorded
		default:
			d.make(ctx, before, m)
		}
		if m.reason == "" || m.reason == plan.Unanswered {
			before.made = append(before.made, m.move)
		} else {
			d.callOff(ctx, m)
		}
	}
	return out
}

// begin enters what is to be done into the memory.
func (d *Descheduler) begin(l *look, s *seeker, p plan.Plan) (out []made) {
	for i := range p.Nodes {
		for j := range p.Nodes[i].Moves {
			move := &p.Nodes[i].Moves[j]
			if move.Held != "" {
				continue
			}
			m := made{move: move, holdFor: l.Policies[move.For[0]].HoldFor, pod: s.pods[move.Pod.UID], home: s.proved[[2]string{move.Pod.UID, move.Home.Node}]}
			var before baseline
			m.act, before = l.actOf(move)
			m.act.Young = d.youngOf(m.act.Owner, l.Now)
			if !d.memory.Begin(l.Now, m.act) {
				m.reason = plan.LimitTotal // no more can be counted
			} else {
				d.begun(&m, before)
			}
			out = append(out, m)
		}
	}
	return out
}

// begun notes that a move is in the memory. Its home is kept from now on: others would take
// it while the move is written down.
func (d *Descheduler) begun(m *made, before baseline) {
	d.changed = true
	if m.act.DryRun {
		count(m.act.Rules, memory.DryRun)
		return
	}
	d.baselines[m.act.UID] = before
	d.holdRoom(m, time.Now())
}

// actOf describes a move, and what its node has before it.
func (l *look) actOf(move *plan.Move) (memory.Act, baseline) {
	p := move.Pod
	act := memory.Act{
		Rules: move.For, UID: p.UID, Namespace: p.Namespace, Pod: p.Name, Owner: p.Owner, OwnerKind: p.OwnerKind, OwnerName: p.OwnerName, OwnerRead: p.OwnerRead, Node: p.Node, Home: move.Home.Node,
		Cooldown: move.Cooldown, Last: move.Last, DryRun: move.DryRun,
	}
	for _, t := range l.troublesOf(p.Node) {
		if slices.Contains(move.For, t.Rule) {
			act.Sentences = append(act.Sentences, t.Sentence)
			if t.Newest.After(act.Sampled) {
				act.Sampled = t.Newest
			}
		}
	}
	before := l.baselineOf(move)
	act.Spans = l.spansOf(before.Metric, p.Node)
	act.Resource, act.Predicted = string(before.Resource), before.of(move.Relieves)
	return act, before
}

func (l *look) troublesOf(node string) []plan.Trouble {
	for i := range l.Sources {
		if l.Sources[i].Node == node {
			return l.Sources[i].Troubles
		}
	}
	return nil
}

// writeTimeout bounds how long a move waits to be written down. The store writes every few
// seconds.
const writeTimeout = 10 * time.Second

// record returns nil once the API server has taken what is remembered.
func (d *Descheduler) record(ctx context.Context) error {
	ctx, span := d.opts.Tracer.Start(ctx, spanRecord)
	defer span.End()
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	d.put(time.Now())
	return d.opts.Store.Sync(ctx, evaluator.SectionEvictions)
}

// make makes one move, if it is still wanted.
func (d *Descheduler) make(ctx context.Context, before *decided, m *made) {
	ctx, span := d.startMove(ctx, m)
	defer d.endMove(span, m)
	until, err := d.opts.Calls.Leads(ctx)
	if err != nil {
		m.reason, m.fault = plan.NotLeading, err
		return
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	if m.reason, m.fault = d.gate(ctx, before, m); m.reason != "" {
		return
	}
	d.holdRoom(m, time.Now())
	d.memory.Beside(m.act.UID, d.youngOf(m.act.Owner, before.at))
	m.fault = d.call(ctx, m)
	calls.WithLabelValues(resultOf(m.fault)).Inc()
	d.settle(m)
}

// settle takes in what the API server said.
func (d *Descheduler) settle(m *made) {
	now := time.Now()
	switch resultOf(m.fault) {
	case resultAccepted:
		d.refused.forgive(m.move.Pod)
		d.memory.Tell(now, m.act.UID, memory.News{Event: memory.Accepted})
	case resultGone: // by somebody else
		m.reason = plan.Terminating
	case resultBudget:
		m.reason = d.refused.blocked(now, m.move.Pod)
	case resultBudgets:
		m.reason = d.refused.conflict(now, m.move.Pod)
	case resultThrottled:
		m.reason = d.refused.throttled(now, m.fault)
	case resultRefused:
		m.reason = d.refused.failed(now, m.move.Pod)
	default: // the pod will tell, or the move is called off in time
		m.reason = plan.Unanswered
	}
}

// longestWhy bounds what is remembered of a refusal, in bytes.
const longestWhy = 300

// whyNot says why a move was not made.
func (m *made) whyNot() string {
	why := m.reason.Sentence()
	if m.fault != nil && !errors.Is(m.fault, errByNow) {
		why += ": " + m.fault.Error()
	}
	return strings.ToValidUTF8(why[:min(len(why), longestWhy)], "")
}

// callOff ends a move of which is known that it was not made. What it had spent is given
// back with the next write; if that is lost, too much stays counted.
func (d *Descheduler) callOff(ctx context.Context, m *made) {
	d.changed = true
	d.memory.Tell(time.Now(), m.act.UID, memory.News{Event: memory.Refused, Why: m.whyNot()})
	d.forget(m.act.UID)
	count(m.act.Rules, memory.NotMade)
	klog.FromContext(ctx).V(2).Info("An eviction was decided and not made", "pod", klog.KObj(m.pod), "node", klog.KRef("", m.act.Node), "rules", m.act.Rules, "reason", m.reason, "fault", m.fault)
}
