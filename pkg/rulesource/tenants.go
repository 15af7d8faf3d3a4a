package rulesource

import (
	"cmp"
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

const (
	// tenantsDebounce is how often at most other namespaces make us look: their
	// edits must not make everybody's nodes be judged anew all the time.
	tenantsDebounce = time.Second
	// tenantsPatience bounds how long the first look waits for the ConfigMaps of other
	// namespaces. Somebody may have forgotten the right to them.
	tenantsPatience = 5 * time.Second
)

// Tenants are the namespaces that may have rules of their own.
type Tenants struct {
	// Selector selects them by their labels.
	Selector labels.Selector
	// Namespaces is the scheduler's own informer, which somebody else runs.
	Namespaces coreinformers.NamespaceInformer
	Limits     Limits
}

// tenants is what is known of other namespaces.
type tenants struct {
	*Tenants
	maps    informer // the ConfigMaps of all namespaces but ours
	notify  func()
	pending atomic.Bool
	hoard   hoard
	// labelValue marks our ConfigMaps.
	labelValue string
	client     kubernetes.Interface
	// fetched are ConfigMaps whose texts the cache does not hold. They belong to the
	// goroutine that refreshes.
	fetched map[types.UID]*corev1.ConfigMap
}

func (s *Source) newTenants(opts *Tenants) *tenants {
	t := &tenants{
		Tenants: opts, notify: func() { wake(s.dirty) }, hoard: hoard{held: map[string]map[types.UID]int{}},
		labelValue: s.opts.LabelValue, client: s.opts.Client, fetched: map[types.UID]*corev1.ConfigMap{},
	}
	elsewhere := fields.OneTermNotEqualSelector("metadata.namespace", s.opts.Namespace).String()
	t.maps = s.watch(metav1.NamespaceAll, rules.LabelRules, elsewhere, t.soon)
	// Before the informer has started neither call can fail.
	_ = t.maps.SetTransform(t.sketch)
	_, _ = t.maps.AddEventHandler(t.hoard.releasing())
	// It fails only for an informer that has ended.
	_, _ = opts.Namespaces.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { t.soon() },
		UpdateFunc: func(before, after any) {
			if !maps.Equal(before.(*corev1.Namespace).Labels, after.(*corev1.Namespace).Labels) {
				t.soon()
			}
		},
		DeleteFunc: func(any) { t.soon() },
	})
	return t
}

// soon has us look within tenantsDebounce.
func (t *tenants) soon() {
	if !t.pending.CompareAndSwap(false, true) {
		return
	}
	time.AfterFunc(tenantsDebounce, func() {
		t.pending.Store(false)
		t.notify()
	})
}

// run watches until ctx ends, and has us look once everything was read: that there
// is nothing is news too. What is kept of ConfigMaps depends on their namespaces, so
// that these come first.
func (t *tenants) run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	if !cache.WaitForCacheSync(ctx.Done(), t.Namespaces.Informer().HasSynced) {
		return
	}
	running.Go(func() { t.maps.RunWithContext(ctx) })
	if cache.WaitForCacheSync(ctx.Done(), t.maps.HasSynced) {
		t.notify()
	}
}

// await waits for what other namespaces have, not longer than tenantsPatience. It
// returns false at the end of ctx.
func (t *tenants) await(ctx context.Context) bool {
	if t == nil {
		return true
	}
	patience, cancel := context.WithTimeout(ctx, tenantsPatience)
	defer cancel()
	cache.WaitForCacheSync(patience.Done(), t.maps.HasSynced, t.Namespaces.Informer().HasSynced)
	return ctx.Err() == nil
}

// known reports whether it was read which ConfigMaps and namespaces there are.
func (t *tenants) known() bool {
	return t.maps.HasSynced() && t.Namespaces.Informer().HasSynced()
}

// may reports whether a namespace may have rules. One that is not there may not.
func (t *tenants) may(namespace string) bool {
	ns, err := t.Namespaces.Lister().Get(namespace)
	return err == nil && t.Selector.Matches(labels.Set(ns.Labels))
}

// compareAge orders ConfigMaps of other namespaces: the older namespace first, and of
// one namespace the older ConfigMap.
func (t *tenants) compareAge(a, b *corev1.ConfigMap) int {
	return cmp.Or(
		t.created(a.Namespace).Compare(t.created(b.Namespace)), cmp.Compare(a.Namespace, b.Namespace),
		a.CreationTimestamp.Time.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name),
	)
}

// created returns when a namespace was made; the zero time where that is not known.
func (t *tenants) created(namespace string) time.Time {
	ns, err := t.Namespaces.Lister().Get(namespace)
	if err != nil {
		return time.Time{}
	}
	return ns.CreationTimestamp.Time
}
