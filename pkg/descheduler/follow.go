package descheduler

import (
	"context"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// overdue is after which time a call that nobody answered, a replacement that is pending,
// or samples that do not come end a move.
func (d *Descheduler) overdue() time.Duration { return max(10*time.Minute, 2*d.opts.Eviction.HoldFor) }

// follow tells the memory what became of the moves under way.
func (d *Descheduler) follow(ctx context.Context, now time.Time, board *engine.Board) {
	d.refused.forget(now)
	d.calm(now, board)
	before := d.memory.Moving()
	if len(before) > 0 {
		d.witness(ctx, now, board, before)
		d.memory.Overdue(now, d.overdue())
		d.extendRooms(now)
		d.conclude(ctx, before)
	}
	for _, lapsed := range d.opts.Holds.Expire(now) {
		klog.FromContext(ctx).V(2).Info("Room that was held for a pod lapsed", "node", klog.KRef("", lapsed.Node), "pod", klog.KObj(lapsed.Pod))
	}
}

// witness tells what is seen of pods and samples.
func (d *Descheduler) witness(ctx context.Context, now time.Time, board *engine.Board, moving []memory.Moving) {
	seen := d.sightings(moving)
	records := d.memory.Records()
	for i := range moving {
		v := &moving[i]
		news := newsOf(v, seen[v.UID])
		if v.Step == memory.WaitingForReplacement && seen[v.UID].heir == nil && d.isUnwanted(recordOf(records, v.UID)) {
			news = append(news, memory.News{Event: memory.Unwanted})
		}
		if len(news) == 0 && d.wasNeverAsked(now, v) {
			news = []memory.News{{Event: memory.Refused, Why: "the scheduler ended before it asked for it"}}
		}
		for _, n := range news {
			if step := d.memory.Tell(now, v.UID, n); step != v.Step {
				d.changed = true
			}
			if n.Event == memory.Bound || n.Event == memory.Unwanted {
				d.releaseRoom(v.UID)
			}
		}
		if v.Step == memory.Acting && len(news) > 0 && news[0].Event != memory.Refused {
			d.announceLate(ctx, v.UID)
		}
		if v.Step != memory.Verifying {
			continue
		}
		if n, known := d.baselines[v.UID].sampled(board, v.Node, settled(v)); known {
			d.memory.Tell(now, v.UID, n)
			d.changed = true
		}
	}
}

// wasNeverAsked reports whether a move that an earlier leader wrote down, and of which
// nothing is seen, was not made: its call would have ended with its lease, which this one
// has.
func (d *Descheduler) wasNeverAsked(now time.Time, v *memory.Moving) bool {
	return v.Step == memory.Acting && !v.Asked.After(d.took) && now.Sub(d.took) >= unelected
}

// settled is since when samples can show what a move did.
func settled(v *memory.Moving) time.Time {
	if v.Bound.After(v.Left) {
		return v.Bound
	}
	return v.Left
}

// sighting is what is seen of a victim and of its owner's pods that came after it.
type sighting struct {
	victim *v1.Pod
	heir   *v1.Pod
}

// skew is how far the API server's clock, by which pods are made, may be behind ours.
const skew = 30 * time.Second

// sightings looks for the pods that the moves are about. Listers of informers cannot fail.
func (d *Descheduler) sightings(moving []memory.Moving) map[string]*sighting {
	out, byOwner, first := map[string]*sighting{}, map[string][]*memory.Moving{}, time.Time{}
	for i := range moving {
		v := &moving[i]
		out[v.UID] = &sighting{}
		byOwner[v.Owner] = append(byOwner[v.Owner], v)
		if first.IsZero() || v.Asked.Before(first) {
			first = v.Asked
		}
	}
	all, _ := d.opts.Pods.List(labels.Everything())
	for _, pod := range all {
		if s, is := out[string(pod.UID)]; is {
			s.victim = pod
			continue
		}
		if pod.CreationTimestamp.Time.Before(first.Add(-skew)) {
			continue
		}
		for _, v := range byOwner[string(d.opts.Cluster.Owner(pod))] {
			if !slices.Contains(v.Young, string(pod.UID)) {
				out[v.UID].take(pod, v.Asked.Add(-skew))
			}
		}
	}
	return out
}

// mostYoung bounds the pods that are stored with a move.
const mostYoung = 100

// youngOf returns the pods of an owner that were made a moment ago, as where it is scaled up:
// by the time of their creation they could come in the place of a pod that leaves now, or a
// little later.
func (d *Descheduler) youngOf(owner string, now time.Time) (out []string) {
	all, _ := d.opts.Pods.List(labels.Everything())
	for _, pod := range all {
		if len(out) < mostYoung && pod.CreationTimestamp.After(now.Add(-2*skew)) && string(d.opts.Cluster.Owner(pod)) == owner {
			out = append(out, string(pod.UID))
		}
	}
	slices.Sort(out)
	return out
}

// take keeps the first pod that came after a time and got a node.
func (s *sighting) take(pod *v1.Pod, after time.Time) {
	made := pod.CreationTimestamp.Time
	if pod.Spec.NodeName == "" || hasEnded(pod) || made.Before(after) || s.heir != nil && !made.Before(s.heir.CreationTimestamp.Time) {
		return
	}
	s.heir = pod
}

func hasEnded(pod *v1.Pod) bool {
	return pod.Status.Phase == v1.PodSucceeded || pod.Status.Phase == v1.PodFailed
}

// newsOf is what pods tell of a move.
func newsOf(v *memory.Moving, s *sighting) (out []memory.News) {
	if s.victim != nil && s.victim.DeletionTimestamp != nil {
		out = append(out, memory.News{Event: memory.Accepted})
	}
	if s.victim == nil || hasEnded(s.victim) {
		out = append(out, memory.News{Event: memory.Gone})
	}
	if s.heir != nil && (v.Step != memory.Acting || len(out) > 0) {
		out = append(out, memory.News{Event: memory.Bound, Node: s.heir.Spec.NodeName})
	}
	return out
}

// calm tells of the nodes on which no rule with evict fires.
func (d *Descheduler) calm(now time.Time, board *engine.Board) {
	troubled := map[string]bool{}
	for t := range board.Troubles() {
		troubled[t.Node] = true
	}
	for _, node := range board.Names() {
		if !troubled[node] {
			d.memory.Calm(now, node)
		}
	}
}

// conclude tells of the moves that ended, and forgets what only they needed.
func (d *Descheduler) conclude(ctx context.Context, before []memory.Moving) {
	under := map[string]bool{}
	for _, v := range d.memory.Moving() {
		under[v.UID] = true
	}
	records := d.memory.Records()
	for i := range before {
		if under[before[i].UID] {
			continue
		}
		d.changed = true
		made := d.traced[before[i].UID]
		d.forget(before[i].UID)
		if r := recordOf(records, before[i].UID); r != nil {
			count(r.Rules, r.Outcome)
			d.announceEnd(ctx, r)
			d.traceEnd(ctx, made, r)
		}
	}
}

// recordOf returns the newest record of a move that was made; nil where it is no longer
// among the last.
func recordOf(records []memory.Record, uid string) *memory.Record {
	for i := range records {
		if records[i].UID == uid && !records[i].DryRun {
			return &records[i]
		}
	}
	return nil
}
