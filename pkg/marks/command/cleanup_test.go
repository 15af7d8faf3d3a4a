package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/leaderelection"
)

// marked is a cluster of nodes with a taint of the release r.
func marked(client *fake.Clientset, nodes int) *fake.Clientset {
	for i := range nodes {
		_ = client.Tracker().Add(&corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("n", i)},
			Spec:       corev1.NodeSpec{Taints: []corev1.Taint{{Key: "telemetry-scheduler.io/heat", Value: "r-marks", Effect: corev1.TaintEffectNoSchedule}}},
		})
	}
	return client
}

// slow is an API server that takes a minute to write taints.
type slow struct{ corev1client.NodeInterface }

func (s slow) Patch(ctx context.Context, name string, pt types.PatchType, data []byte, opts metav1.PatchOptions, sub ...string) (*corev1.Node, error) {
	time.Sleep(time.Minute)
	return s.NodeInterface.Patch(ctx, name, pt, data, opts, sub...)
}

// TestNobodyMarksWhileACleanupTakesLong: many nodes outlast the lease.
func TestNobodyMarksWhileACleanupTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := marked(versioned(), 4)
		ctx, stop := context.WithCancel(t.Context())
		o := newOptions()
		o.common.namespace, o.common.release = "ours", "r"
		var leads atomic.Bool
		var out bytes.Buffer
		cleaned := make(chan error, 1)
		go func() {
			cleaned <- o.common.clean(ctx, client.CoordinationV1(), slow{client.CoreV1().Nodes()}, &out)
		}()
		time.Sleep(time.Second)
		go func() {
			_ = o.lead(ctx, client, leaderelection.NewLeaderHealthzAdaptor(o.lease), func(context.Context) { leads.Store(true) })
		}()
		if err := <-cleaned; err != nil || !strings.Contains(out.String(), "4 had one") {
			t.Errorf("it says %q, %v", out.String(), err)
		}
		if time.Sleep(afterwards - time.Second); leads.Load() {
			t.Error("somebody marks nodes meanwhile")
		}
		if time.Sleep(time.Minute); !leads.Load() {
			t.Error("nobody goes on afterwards")
		}
		stop()
		synctest.Wait()
	})
}

// TestACleanupNeedsNoNamespace is for a release whose namespace was deleted, and whose marks stand.
func TestACleanupNeedsNoNamespace(t *testing.T) {
	client := marked(fake.NewClientset(), 2)
	client.PrependReactor("create", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewNotFound(corev1.Resource("namespaces"), "ours")
	})
	us := common{namespace: "ours", release: "r"}
	var out bytes.Buffer
	if err := us.clean(t.Context(), client.CoordinationV1(), client.CoreV1().Nodes(), &out); err != nil || !strings.Contains(out.String(), "2 had one") {
		t.Errorf("it says %q, %v", out.String(), err)
	}
}

// TestAMisspeltNamespaceIsNoneThatWasDeleted: whoever marks nodes in another one would set again what is taken away.
func TestAMisspeltNamespaceIsNoneThatWasDeleted(t *testing.T) {
	for name, c := range map[string]struct {
		lease *coordinationv1.Lease
		says  string
	}{
		"somebody marks nodes in another one": {held("a_1", 15, time.Now()), "there is no namespace ours, and in elsewhere a_1 holds it: name that one with --namespace"},
		"who did is long gone":                {held("a_1", 15, time.Now().Add(-time.Hour)), ""},
		"who did let go":                      {held("", 1, time.Now()), ""},
	} {
		t.Run(name, func(t *testing.T) {
			client := marked(fake.NewClientset(), 1)
			client.PrependReactor("create", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
				return true, nil, apierrors.NewNotFound(corev1.Resource("namespaces"), "ours")
			})
			c.lease.Namespace = "elsewhere"
			_ = client.Tracker().Add(c.lease)
			us := common{namespace: "ours", release: "r"}
			err := us.clean(t.Context(), client.CoordinationV1(), client.CoreV1().Nodes(), io.Discard)
			if got := fmt.Sprint(err); c.says == "" && err != nil || !strings.Contains(got, c.says) {
				t.Errorf("it says %q, want %q", got, c.says)
			}
		})
	}
}
