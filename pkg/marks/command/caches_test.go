package command

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/leaderelection"
)

// TestWhoCannotReadNodesDoesNotLead: its lease would say that somebody maintains what stands.
func TestWhoCannotReadNodesDoesNotLead(t *testing.T) {
	defer func(before []utilruntime.ErrorHandler) { utilruntime.ErrorHandlers = before }(utilruntime.ErrorHandlers)
	utilruntime.ErrorHandlers = nil // one of them sleeps since the true time
	synctest.Test(t, func(t *testing.T) {
		client, forbidden := marked(versioned(), 1), atomic.Bool{}
		forbidden.Store(true)
		client.PrependReactor("list", "nodes", func(clienttesting.Action) (bool, runtime.Object, error) {
			return forbidden.Load(), nil, apierrors.NewForbidden(corev1.Resource("nodes"), "", nil)
		})
		ctx, stop := context.WithCancel(t.Context())
		o := newOptions()
		o.common.namespace, o.common.release = "ours", "r"
		dog, seen := leaderelection.NewLeaderHealthzAdaptor(o.lease), o.caches(client)
		go func() { _ = o.work(ctx, seen, client, dog, events.NewFakeRecorder(100)) }()
		wants := func(code int, leads bool) {
			t.Helper()
			time.Sleep(5 * time.Minute)
			got := httptest.NewRecorder()
			if endpoints(dog, seen).ServeHTTP(got, httptest.NewRequest(http.MethodGet, "/readyz", nil)); got.Code != code {
				t.Errorf("/readyz says %d, want %d: %s", got.Code, code, got.Body)
			}
			_, err := client.CoordinationV1().Leases("ours").Get(ctx, "r-marks", metav1.GetOptions{})
			if got := err == nil; got != leads {
				t.Errorf("there is a lease: %t, want %t (%v)", got, leads, err)
			}
		}
		wants(http.StatusInternalServerError, false)
		forbidden.Store(false)
		wants(http.StatusOK, true)
		stop()
		synctest.Wait()
	})
}
