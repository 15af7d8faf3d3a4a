package descheduler

import (
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/home"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/hold"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
)

// holdRoom holds a move's home from now on, in place of what is held for it already.
func (d *Descheduler) holdRoom(m *made, now time.Time) {
	former := d.rooms[m.act.UID]
	held := &hold.Hold{
		Node: m.home.Node, From: m.act.Node, Owner: inflight.Owner(m.act.Owner), Pod: m.home.Replacement, Use: m.home.Use, Until: now.Add(m.holdFor),
	}
	d.rooms[m.act.UID] = held
	d.opts.Holds.Add(held)
	if former != nil {
		d.opts.Holds.Release(former)
	}
}

// releaseRoom gives back what is held for a move, unless its replacement took it.
func (d *Descheduler) releaseRoom(uid string) {
	if held := d.rooms[uid]; held != nil {
		d.opts.Holds.Release(held)
		delete(d.rooms, uid)
	}
}

// forget drops what is known of a move that ended.
func (d *Descheduler) forget(uid string) {
	d.releaseRoom(uid)
	delete(d.baselines, uid)
	delete(d.traced, uid)
}

// extendRooms lets no room lapse while its victim still terminates: some replacements come
// only after that. The new Hold comes before the old one goes, so that nobody comes
// between.
func (d *Descheduler) extendRooms(now time.Time) {
	for _, v := range d.memory.Moving() {
		held := d.rooms[v.UID]
		waits := v.Step == memory.Acting || v.Step == memory.WaitingForGone
		if held == nil || !waits || held.Until.Sub(now) > d.opts.Eviction.HoldFor/2 || !slices.Contains(d.opts.Holds.On(held.Node), held) {
			continue
		}
		longer := *held
		longer.Until = now.Add(d.opts.Eviction.HoldFor)
		d.rooms[v.UID] = &longer
		d.opts.Holds.Add(&longer)
		d.opts.Holds.Release(held)
	}
}

// rebuild holds the room of moves that another leader began and whose replacements have no
// node yet.
func (d *Descheduler) rebuild(now time.Time) {
	records := d.memory.Records()
	for _, v := range d.memory.Moving() {
		r, pod := recordOf(records, v.UID), d.kinOf(&v)
		if r == nil || pod == nil || !v.Bound.IsZero() {
			continue
		}
		since := v.Asked
		if v.Left.IsZero() {
			since = now // it is extended until the victim is gone
		} else if v.Left.After(since) {
			since = v.Left
		}
		replacement := home.Replacement(pod, nil) // its owner's template may not be known yet
		held := &hold.Hold{
			Node: r.Home, From: v.Node, Owner: inflight.Owner(v.Owner), Pod: replacement,
			Use: d.opts.Prover.Need(replacement, d.newest.Load()).AtLeast(d.baselines[v.UID].Uses), Until: since.Add(d.opts.Eviction.HoldFor),
		}
		if now.Before(held.Until) {
			d.rooms[v.UID] = held
			d.opts.Holds.Add(held)
		}
	}
}

// kinOf returns the victim of a move, or else another pod of its owner: what comes in its
// place is like both.
func (d *Descheduler) kinOf(v *memory.Moving) (kin *v1.Pod) {
	all, _ := d.opts.Pods.List(labels.Everything())
	for _, pod := range all {
		if string(pod.UID) == v.UID {
			return pod
		}
		if kin == nil && string(d.opts.Cluster.Owner(pod)) == v.Owner {
			kin = pod
		}
	}
	return kin
}
