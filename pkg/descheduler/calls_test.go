package descheduler

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	v1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
)

func TestLeads(t *testing.T) {
	lease := func(holder string, renewed time.Duration) *coordinationv1.Lease {
		return &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: "ours", Name: "scheduler"}, Spec: coordinationv1.LeaseSpec{
			HolderIdentity: &holder, LeaseDurationSeconds: new(int32(15)), RenewTime: new(metav1.NewMicroTime(time.Now().Add(renewed))),
		}}
	}
	for sentence, tc := range map[string]struct {
		identity string
		lease    func() *coordinationv1.Lease
		left     time.Duration
		fault    string
	}{
		"it is ours":                 {"me", func() *coordinationv1.Lease { return lease("me", -5*time.Second) }, 10 * time.Second, ""},
		"it is another's":            {"me", func() *coordinationv1.Lease { return lease("other", 0) }, 0, "another replica's"},
		"it was given back":          {"me", func() *coordinationv1.Lease { return lease("", 0) }, 0, "or nobody's"},
		"it ran out":                 {"me", func() *coordinationv1.Lease { return lease("me", -15*time.Second) }, 0, "ran out"},
		"it says not until when":     {"me", func() *coordinationv1.Lease { l := lease("me", 0); l.Spec.RenewTime = nil; return l }, 0, "until when"},
		"it is not there":            {"me", func() *coordinationv1.Lease { l := lease("me", 0); l.Name = "other"; return l }, 0, "reading the lease"},
		"nobody is elected":          {"", func() *coordinationv1.Lease { return lease("other", 0) }, unelected, ""},
		"it was renewed this moment": {"me", func() *coordinationv1.Lease { return lease("me", 0) }, 15 * time.Second, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &APICalls{Client: fake.NewClientset(tc.lease()), Namespace: "ours", Name: "scheduler", Identity: tc.identity}
				until, err := c.Leads(t.Context())
				if (err != nil) != (tc.fault != "") || err != nil && !strings.Contains(err.Error(), tc.fault) {
					t.Fatalf("the error is %v, want %q", err, tc.fault)
				}
				if left := time.Until(until); err == nil && left != tc.left {
					t.Errorf("it leads for %s more, want %s", left, tc.left)
				}
			})
		})
	}
}

// server answers evictions with a status.
func server(t *testing.T, answer metav1.Status, calls *[]*http.Request, bodies *[]policyv1.Eviction) *APICalls {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e policyv1.Eviction
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			t.Error(err)
		}
		*calls, *bodies = append(*calls, r), append(*bodies, e)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "1")
		if answer.Kind = "Status"; answer.Message == noStatus { // as of who is no API server
			w.Header().Set("Content-Type", "text/plain")
			answer.Kind = ""
		}
		answer.APIVersion, answer.Status = "v1", statusOf(answer.Code)
		w.WriteHeader(int(answer.Code))
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(s.Close)
	client, err := kubernetes.NewForConfig(&rest.Config{Host: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	return &APICalls{Client: client}
}

// noStatus is said by who does not speak as the API server does.
const noStatus = "no status"

// refusedBy is what the API server says of a budget, and where it looks like that.
func refusedBy(cause metav1.CauseType) metav1.Status {
	return metav1.Status{
		Code: 429, Reason: metav1.StatusReasonTooManyRequests, Message: "Cannot evict pod as it would violate the pod's disruption budget.",
		Details: &metav1.StatusDetails{Causes: []metav1.StatusCause{{Type: cause}}},
	}
}

func TestAnEvictionIsAskedOnceAndForThisPod(t *testing.T) {
	for sentence, tc := range map[string]struct {
		answer metav1.Status
		want   string
	}{
		"yes":                         {metav1.Status{Code: 201}, resultAccepted},
		"the budget refuses":          {refusedBy(policyv1.DisruptionBudgetCause), resultBudget},
		"too many calls":              {metav1.Status{Code: 429, Message: noStatus}, resultThrottled},
		"too many calls, as a status": {metav1.Status{Code: 429, Reason: metav1.StatusReasonTooManyRequests, Message: "too many requests"}, resultThrottled},
		"two budgets":                 {metav1.Status{Code: 500, Message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."}, resultBudgets},
		"the pod is gone":             {metav1.Status{Code: 404, Reason: metav1.StatusReasonNotFound}, resultGone},
		"a pod of another UID":        {metav1.Status{Code: 409, Reason: metav1.StatusReasonConflict, Message: "the UID in the precondition does not match"}, resultRefused},
		"not allowed":                 {metav1.Status{Code: 403, Reason: metav1.StatusReasonForbidden}, resultRefused},
		"a webhook cannot be reached": {metav1.Status{Code: 500, Reason: metav1.StatusReasonInternalError, Message: "failed calling webhook"}, resultRefused},
		"the server is not ready":     {metav1.Status{Code: 503, Reason: metav1.StatusReasonServiceUnavailable}, resultRefused},
		"the server timed out":        {metav1.Status{Code: 500, Reason: metav1.StatusReasonServerTimeout}, resultUnknown},
		"the call timed out":          {metav1.Status{Code: 504, Reason: metav1.StatusReasonTimeout}, resultUnknown},
		"etcd fails":                  {metav1.Status{Code: 500, Message: "etcdserver: request timed out"}, resultUnknown},
		"a proxy gives up on it":      {metav1.Status{Code: 504, Message: noStatus}, resultUnknown},
		"a proxy has nobody to ask":   {metav1.Status{Code: 502, Message: noStatus}, resultUnknown},
		"a proxy does not allow it":   {metav1.Status{Code: 403, Message: noStatus}, resultRefused},
	} {
		t.Run(sentence, func(t *testing.T) {
			var calls []*http.Request
			var bodies []policyv1.Eviction
			c := server(t, tc.answer, &calls, &bodies)
			err := c.Evict(t.Context(), &v1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "a", UID: "uid"}})
			if got := resultOf(err); got != tc.want {
				t.Errorf("the result is %s (%v), want %s", got, err, tc.want)
			}
			if len(calls) != 1 || calls[0].URL.Path != "/api/v1/namespaces/shop/pods/a/eviction" || calls[0].Method != http.MethodPost {
				t.Fatalf("calls: %v", calls)
			}
			e := bodies[0]
			if e.APIVersion != "policy/v1" || e.Kind != "Eviction" || *e.DeleteOptions.Preconditions.UID != "uid" || e.DeleteOptions.DryRun != nil {
				t.Errorf("asked was %+v", e)
			}
		})
	}
}

func TestOfACallThatWasCutOffNothingIsKnown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var calls []*http.Request
	var bodies []policyv1.Eviction
	err := server(t, metav1.Status{Code: 201}, &calls, &bodies).Evict(ctx, &v1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "a"}})
	if got := resultOf(err); got != resultUnknown {
		t.Errorf("the result is %s (%v)", got, err)
	}
}

func statusOf(code int32) string {
	if code >= 400 {
		return metav1.StatusFailure
	}
	return metav1.StatusSuccess
}
