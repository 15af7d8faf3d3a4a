package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/bench/turn"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// burst creates the pods and keeps the books.
type burst struct {
	*stage
	began time.Time
	place map[string]int // of nodes, by name

	mu   sync.Mutex
	pods []booking
}

func newBurst(s *stage) *burst {
	b := &burst{stage: s, place: map[string]int{}}
	for i := range nodeCount {
		b.place[s.nodes.Name(i)] = i
	}
	for _, use := range s.load.pods {
		b.pods = append(b.pods, booking{use: use, created: never, bound: never, node: -1})
	}
	return b
}

// run creates the pods, and returns the books at the end of the observation.
func (b *burst) run(ctx context.Context) ([]booking, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := b.watch(ctx); err != nil {
		return nil, err
	}
	b.began = time.Now()
	if err := b.create(ctx); err != nil {
		return nil, err
	}
	turn.Say("%s: %d pods were created in %s", b.title(), len(b.pods), seconds(time.Since(b.began)))
	if err := b.observe(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pods, nil
}

// observe waits for the end of the observation, or until nothing can change any more.
func (b *burst) observe(ctx context.Context) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for time.Since(b.began) < b.observed() && !(b.short && b.settled()) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}

// settled reports whether all pods are bound: none of them leaves.
func (b *burst) settled() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !slices.ContainsFunc(b.pods, func(p booking) bool { return p.node < 0 })
}

func (b *burst) title() string { return b.contender.title }

// watch books each pod when the API server first shows it on a node.
func (b *burst) watch(ctx context.Context) error {
	factory := informers.NewSharedInformerFactoryWithOptions(b.bed.Client, 0, informers.WithNamespace(metav1.NamespaceDefault))
	informer := factory.Core().V1().Pods().Informer()
	see := func(o any) {
		if pod, ok := o.(*corev1.Pod); ok && pod.Spec.NodeName != "" {
			b.book(pod)
		}
	}
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: see, UpdateFunc: func(_, o any) { see(o) }}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return ctx.Err()
	}
	return nil
}

func (b *burst) book(pod *corev1.Pod) {
	var i int
	if _, err := fmt.Sscanf(pod.Name, "burst-%d", &i); err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := &b.pods[i]; p.node < 0 {
		p.node, p.bound = b.place[pod.Spec.NodeName], time.Since(b.began)
	}
}

// create makes all pods, evenly in the time of the scenario.
func (b *burst) create(ctx context.Context) error {
	return turn.Each(len(b.pods), func(i int) error {
		time.Sleep(time.Until(b.began.Add(b.within * time.Duration(i) / time.Duration(len(b.pods)))))
		return b.createOne(ctx, i)
	})
}

// createOne makes a pod whose annotation says what it will use, and that requests a
// third of it.
func (b *burst) createOne(ctx context.Context, i int) error {
	use := b.load.pods[i]
	b.mu.Lock()
	b.pods[i].created = time.Since(b.began)
	b.mu.Unlock()
	_, err := b.bed.AddPod(ctx, testbed.Pod{
		Name: fmt.Sprintf("burst-%d", i), Scheduler: b.profile,
		CPU: "50m", Memory: fmt.Sprint(use / 3), UsesCPU: "50m", UsesMemory: fmt.Sprint(use),
		Annotations: map[string]string{rules.AnnotationEstimate: fmt.Sprintf("memory=%d", use)},
	})
	return err
}

// stranded says why a pod still waits; "" if none does.
func (b *burst) stranded(ctx context.Context) (string, error) {
	list, err := b.bed.Client.CoreV1().Pods(metav1.NamespaceDefault).List(ctx, metav1.ListOptions{FieldSelector: "spec.nodeName="})
	if err != nil || len(list.Items) == 0 {
		return "", err
	}
	for _, c := range list.Items[0].Status.Conditions {
		if c.Type == corev1.PodScheduled {
			return c.Message, nil
		}
	}
	return "it was not tried", nil
}
