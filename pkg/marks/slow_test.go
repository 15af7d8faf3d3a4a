package marks

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	corelisters "k8s.io/client-go/listers/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// slow is an API server that takes a second to write taints.
type slow struct{ corev1client.NodeInterface }

func (s slow) Patch(ctx context.Context, name string, pt types.PatchType, data []byte, opts metav1.PatchOptions, sub ...string) (*corev1.Node, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(time.Second):
	}
	return s.NodeInterface.Patch(ctx, name, pt, data, opts, sub...)
}

func TestWhatIsSlowToWriteIsNotWrittenByWhatWasReadLongAgo(t *testing.T) {
	everywhere := map[string][]engine.Mark{}
	for i := range 40 {
		everywhere[fmt.Sprint("n", i)] = []engine.Mark{tainted(heat, "NoSchedule")}
	}
	onABench(t, 40, func(b *bench) {
		b.says(everywhere)
		if n := len(b.carried()); n < 5 || n > 15 {
			b.t.Errorf("%d nodes were written in 10 s", n)
		}
		b.says(nil)
		time.Sleep(10 * time.Second)
		b.wants("nobody wants them any more, and few had been set", nothing)
	}, func(o *Options) { o.Client = slow{o.Client} })
}

// stuck is an API server that lets some nodes wait until whoever asks gives up, or that knows
// another version of them than the cache, and takes a second for it.
type stuck struct {
	corev1client.NodeInterface
	fails map[string]error
}

func (s stuck) Patch(ctx context.Context, name string, pt types.PatchType, data []byte, opts metav1.PatchOptions, sub ...string) (*corev1.Node, error) {
	err, takes := s.fails[name], 15*time.Second
	if err == nil {
		return s.NodeInterface.Patch(ctx, name, pt, data, opts, sub...)
	}
	if apierrors.IsConflict(err) {
		takes = time.Second
	}
	select {
	case <-ctx.Done():
	case <-time.After(takes):
	}
	return nil, err
}

func TestNodesThatCannotBeWrittenHoldUpNoOthers(t *testing.T) {
	taint := []engine.Mark{tainted(heat, "NoSchedule")}
	for name, err := range map[string]error{
		"they hang":           context.DeadlineExceeded,
		"the cache is behind": apierrors.NewConflict(corev1.Resource("nodes"), "", nil),
	} {
		t.Run(name, func(t *testing.T) {
			onABench(t, 4, func(b *bench) {
				b.says(map[string][]engine.Mark{"n0": taint, "n1": taint, "n2": taint, "n3": taint})
				time.Sleep(3 * time.Minute)
				b.wants("the others are written", map[string]string{"n3": heat + "=ours-marks:NoSchedule"})
			}, func(o *Options) {
				o.Client = stuck{o.Client, map[string]error{"n0": err, "n1": err, "n2": err}}
			})
		})
	}
}

// behind is a cache that can be kept from hearing anything new.
type behind struct {
	corelisters.NodeLister
	held atomic.Pointer[[]*corev1.Node]
}

func (l *behind) List(of labels.Selector) ([]*corev1.Node, error) {
	if held := l.held.Load(); held != nil {
		return *held, nil
	}
	return l.NodeLister.List(of)
}

func (l *behind) hold() {
	list, _ := l.NodeLister.List(labels.Everything())
	l.held.Store(&list)
}

// versioned gives nodes another version with each write of taints, as an API server does.
type versioned struct {
	corev1client.NodeInterface
	written int
}

func (v *versioned) Patch(ctx context.Context, name string, pt types.PatchType, data []byte, opts metav1.PatchOptions, sub ...string) (*corev1.Node, error) {
	n, err := v.NodeInterface.Patch(ctx, name, pt, data, opts, sub...)
	if err != nil {
		return nil, err
	}
	v.written++
	n.ResourceVersion = fmt.Sprint(v.written)
	return v.Update(ctx, n, metav1.UpdateOptions{})
}

func TestTaintsThatTheCacheDoesNotShowYetCount(t *testing.T) {
	cache := &behind{}
	taint := []engine.Mark{tainted(heat, "NoSchedule")}
	onABench(t, 2, func(b *bench) {
		cache.hold()
		b.says(map[string][]engine.Mark{"n1": taint})
		second := map[string]string{"n1": heat + "=ours-marks:NoSchedule"}
		b.wants("one node may be tainted, and is", second)
		b.says(map[string][]engine.Mark{"n0": taint, "n1": taint})
		b.wants("the cache does not show that it is", second)
		cache.held.Store(nil)
		b.says(map[string][]engine.Mark{"n0": taint})
		b.wants("it goes on once the cache is there again", map[string]string{"n0": heat + "=ours-marks:NoSchedule"})
	}, func(o *Options) {
		cache.NodeLister, o.Nodes, o.Client, o.Limits.Tainted = o.Nodes, cache, &versioned{NodeInterface: o.Client}, 1
	})
}
