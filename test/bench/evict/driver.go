package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/drift"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/turn"
)

// driver makes pods use what the load says, and books where they are.
type driver struct {
	*stage
	place map[string]int // of nodes, by name
	apps  map[string]int // by name
	began time.Time

	mu sync.Mutex
	// slots has the slot of each pod that fills one, and pods the pod of each slot; "" where
	// none does.
	slots map[types.UID]int
	pods  []types.NamespacedName
	// spare are pods that came before the one left in whose place they are.
	spare  []*corev1.Pod
	bound  map[types.UID]bool
	events []drift.Event
	// fresh are slots with a new pod, which is told at once what it uses.
	fresh chan int
}

func newDriver(s *stage) *driver {
	d := &driver{
		stage: s, place: map[string]int{}, apps: map[string]int{}, slots: map[types.UID]int{}, pods: make([]types.NamespacedName, s.Slots()),
		bound: map[types.UID]bool{}, fresh: make(chan int, 10*s.Slots()),
	}
	for n := range s.Load.Nodes {
		d.place[s.nodes.Name(n)] = n
	}
	for app := range s.Apps {
		d.apps[appName(app)] = app
	}
	return d
}

// watch follows all pods that fill slots. Those that it sees first are where the load put
// them.
func (d *driver) watch(ctx context.Context) error {
	factory := informers.NewSharedInformerFactoryWithOptions(d.bed.Client, 0, informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.LabelSelector = labelOf }))
	informer := factory.Core().V1().Pods().Informer()
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { d.see(o.(*corev1.Pod)) },
		UpdateFunc: func(_, o any) { d.see(o.(*corev1.Pod)) },
		DeleteFunc: d.lose,
	}
	registered, err := informer.AddEventHandler(handler)
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), registered.HasSynced) {
		return ctx.Err()
	}
	return nil
}

// begin starts the clock.
func (d *driver) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.began, d.events = time.Now(), nil
}

func (d *driver) see(pod *corev1.Pod) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if pod.DeletionTimestamp != nil {
		d.free(pod)
		return
	}
	slot, fills := d.slots[pod.UID]
	if !fills {
		if slot, fills = d.fill(pod); !fills {
			return
		}
	}
	if pod.Spec.NodeName != "" && !d.bound[pod.UID] {
		d.bound[pod.UID] = true
		d.book(slot, d.place[pod.Spec.NodeName])
	}
}

// lose frees the slot of a pod that is gone.
func (d *driver) lose(o any) {
	if last, is := o.(cache.DeletedFinalStateUnknown); is {
		o = last.Obj
	}
	if pod, is := o.(*corev1.Pod); is {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.free(pod)
	}
}

// free takes a pod that leaves out of its slot, and lets one that waits have that.
func (d *driver) free(pod *corev1.Pod) {
	d.spare = slices.DeleteFunc(d.spare, func(p *corev1.Pod) bool { return p.UID == pod.UID })
	slot, fills := d.slots[pod.UID]
	if !fills {
		return
	}
	delete(d.slots, pod.UID)
	d.pods[slot] = types.NamespacedName{}
	d.book(slot, drift.Nowhere)
	app := pod.Labels[labelApp]
	if i := slices.IndexFunc(d.spare, func(p *corev1.Pod) bool { return p.Labels[labelApp] == app }); i >= 0 {
		next := d.spare[i]
		d.spare = slices.Delete(d.spare, i, i+1)
		d.fill(next)
	}
}

// fill gives a pod a slot of its app: its own where the name says so, which is that of those
// that the load placed, else the first that is free.
func (d *driver) fill(pod *corev1.Pod) (int, bool) {
	first := d.apps[pod.Labels[labelApp]] * d.Replicas
	for slot := first; slot < first+d.Replicas; slot++ {
		own := pod.Name == fmt.Sprintf("%s-%d", pod.Labels[labelApp], slot-first)
		if d.pods[slot].Name == "" && (own || !d.began.IsZero()) {
			d.pods[slot], d.slots[pod.UID] = types.NamespacedName{Namespace: pod.Namespace, Name: pod.Name}, slot
			if !d.began.IsZero() {
				d.fresh <- slot
			}
			return slot, true
		}
	}
	if !slices.ContainsFunc(d.spare, func(p *corev1.Pod) bool { return p.UID == pod.UID }) {
		d.spare = append(d.spare, pod)
	}
	return 0, false
}

func (d *driver) book(slot, node int) {
	d.events = append(d.events, drift.Event{At: time.Since(d.began), Slot: slot, Node: node})
	if !d.began.IsZero() {
		turn.Say("%s: %3.0f s: slot %d is on %d", d.title, time.Since(d.began).Seconds(), slot, node)
	}
}

func (d *driver) booked() []drift.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.events)
}

// run tells pods what they use until the turn ends: all of them at each step of the load,
// and new ones at once.
func (d *driver) run(ctx context.Context) error {
	step, end := time.NewTicker(d.Step), time.After(time.Until(d.began.Add(d.length)))
	defer step.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end:
			return nil
		case slot := <-d.fresh:
			err = d.tell(ctx, slot)
		case <-step.C:
			err = turn.Each(d.Slots(), func(slot int) error { return d.tell(ctx, slot) })
		}
		if err != nil {
			return err
		}
	}
}

// tell writes on the pod of a slot what it uses now. A pod that has just gone needs nothing.
func (d *driver) tell(ctx context.Context, slot int) error {
	d.mu.Lock()
	pod := d.pods[slot]
	d.mu.Unlock()
	if pod.Name == "" {
		return nil
	}
	err := d.bed.Use(ctx, pod, bytesOf(d.Uses(slot, time.Since(d.began))))
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
