package command

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/leaderelection"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/marks"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func held(holder string, seconds int32, renewed time.Time) *coordinationv1.Lease {
	at := metav1.NewMicroTime(renewed)
	return &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ours", Name: "r-marks"},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: &seconds, RenewTime: &at},
	}
}

func TestTheLeaseIsTakenFromWhoeverHasIt(t *testing.T) {
	for name, c := range map[string]struct {
		lease *coordinationv1.Lease
		wait  time.Duration
	}{
		"nobody ever marked":                    {nil, 0},
		"somebody marks":                        {held("a", 15, now.Add(-time.Second)), 15 * time.Second},
		"somebody whose clock is ahead does":    {held("a", 15, now.Add(time.Minute)), 15 * time.Second},
		"somebody whose clock is behind may":    {held("a", 15, now.Add(-time.Minute)), 15 * time.Second},
		"whoever did died long ago":             {held("a", 15, now.Add(-time.Hour)), 0},
		"whoever did let go":                    {held("", 1, now), 0},
		"a cleanup that did not end has it yet": {held(marks.Cleaner, 120, now), 0},
	} {
		t.Run(name, func(t *testing.T) {
			client := fake.NewClientset()
			if c.lease != nil {
				client = fake.NewClientset(c.lease)
			}
			leases, us := client.CoordinationV1().Leases("ours"), common{namespace: "ours", release: "r"}
			wait, err := us.seize(t.Context(), client.CoordinationV1(), now)
			if err != nil || wait != c.wait {
				t.Errorf("it waits %s, %v; want %s", wait, err, c.wait)
			}
			got, err := leases.Get(t.Context(), "r-marks", metav1.GetOptions{})
			if err != nil || *got.Spec.HolderIdentity != marks.Cleaner || *got.Spec.LeaseDurationSeconds != 120 || !got.Spec.RenewTime.Equal(&metav1.MicroTime{Time: now}) {
				t.Errorf("the lease is %+v, %v", got, err)
			}
		})
	}
}

// versioned is a cluster that refuses leases that are out of date.
func versioned() *fake.Clientset {
	client, version := fake.NewClientset(), 1
	client.PrependReactor("*", "leases", func(a clienttesting.Action) (bool, runtime.Object, error) {
		written, is := a.(clienttesting.UpdateAction) // or a creation, which looks alike
		if !is {
			return false, nil, nil
		}
		lease := written.GetObject().(*coordinationv1.Lease)
		if a.GetVerb() == "update" && lease.ResourceVersion != strconv.Itoa(version) {
			return true, nil, apierrors.NewConflict(a.GetResource().GroupResource(), lease.Name, errors.New("it has changed"))
		}
		version++
		lease.ResourceVersion = strconv.Itoa(version)
		return false, nil, nil
	})
	return client
}

// TestWhoMarksStandsStillOnceTheLeaseIsTaken runs the real election against a cleanup: when
// the time to wait is over nobody leads, and nobody will for as long as the release takes to go.
func TestWhoMarksStandsStillOnceTheLeaseIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := versioned()
		ctx, stop := context.WithCancel(t.Context())
		o := newOptions()
		o.common.namespace, o.common.release = "ours", "r"
		var mu sync.Mutex
		leaders := map[string]bool{}
		lead := func(name string, does bool) {
			mu.Lock()
			defer mu.Unlock()
			leaders[name] = does
		}
		leads := func(name string) bool {
			mu.Lock()
			defer mu.Unlock()
			return leaders[name]
		}
		begin := func(name string) {
			go func() {
				_ = o.lead(ctx, client, leaderelection.NewLeaderHealthzAdaptor(o.lease), func(ctx context.Context) {
					lead(name, true)
					<-ctx.Done()
					lead(name, false)
				})
			}()
		}
		begin("first")
		time.Sleep(time.Minute)
		if !leads("first") {
			t.Fatal("nobody leads")
		}
		wait, err := o.common.seize(ctx, client.CoordinationV1(), time.Now())
		if err != nil || wait != o.lease {
			t.Fatalf("it waits %s, %v", wait, err)
		}
		time.Sleep(wait)
		begin("again")
		time.Sleep(afterwards - wait - time.Second)
		if leads("first") || leads("again") {
			t.Errorf("somebody leads: %v", leaders)
		}
		time.Sleep(2 * time.Minute)
		if !leads("again") {
			t.Error("whoever is still there does not go on")
		}
		stop()
		synctest.Wait()
	})
}

// TestALeaderThatHangsIsNeitherReadyNorAlive: a kubelet is to start it again. One that stands by is well.
func TestALeaderThatHangsIsNeitherReadyNorAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, answer, hangs := fake.NewClientset(), make(chan struct{}), atomic.Bool{}
		client.PrependReactor("update", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
			if hangs.Load() {
				<-answer
			}
			return false, nil, nil
		})
		ctx, stop := context.WithCancel(t.Context())
		o := newOptions()
		o.common.namespace, o.common.release = "ours", "r"
		dog, filled := leaderelection.NewLeaderHealthzAdaptor(o.lease), new(caches)
		filled.filled.Store(true)
		wants := func(code int) {
			t.Helper()
			for _, path := range []string{"/livez", "/readyz"} {
				got := httptest.NewRecorder()
				if endpoints(dog, filled).ServeHTTP(got, httptest.NewRequest(http.MethodGet, path, nil)); got.Code != code {
					t.Errorf("%s says %d, want %d", path, got.Code, code)
				}
			}
		}
		wants(http.StatusOK)
		go func() { _ = o.lead(ctx, client, dog, func(context.Context) {}) }()
		time.Sleep(time.Minute)
		wants(http.StatusOK)
		hangs.Store(true)
		time.Sleep(3 * o.lease)
		wants(http.StatusInternalServerError)
		close(answer)
		stop()
		synctest.Wait()
	})
}

func TestFlagsThatCannotBeAreRefused(t *testing.T) {
	for flag, says := range map[string]string{
		"--stale-after=10s": "--stale-after must be at least 1m0s", "--nodes-per-second=0": "--nodes-per-second must be above 0",
		"--max-tainted=101": "--max-tainted must be from 0 to 100", "--min-interval=-1s": "--min-interval must not be negative",
		"--leader-elect-lease-duration=1ms": "must be at least 1s", "--release=A": "lower-case letters", "--release=" + strings.Repeat("a", 58): "at most 57",
	} {
		t.Run(flag, func(t *testing.T) {
			cmd := New()
			var out bytes.Buffer
			cmd.SetOut(&out)
			cmd.SetErr(&out)
			cmd.SetArgs([]string{flag, "--kubeconfig=/nowhere"})
			if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("it says %v, want %q", err, says)
			}
		})
	}
}
