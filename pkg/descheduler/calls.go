package descheduler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// Calls are what the loop asks of the API server.
type Calls interface {
	// Leads returns until when this replica leads for sure, by our clock; an error where it
	// does not, or where that cannot be read.
	Leads(ctx context.Context) (time.Time, error)
	// Evict asks the Eviction API to evict the pod of this UID, once.
	Evict(ctx context.Context, pod *v1.Pod) error
}

// APICalls are Calls by a client of their own.
type APICalls struct {
	Client kubernetes.Interface
	// Namespace and Name are those of the lease, and Identity is this replica's; Identity
	// is empty where nobody is elected.
	Namespace, Name, Identity string
}

// unelected is how long a call may take where nobody is elected, and how long calls of an
// earlier leader are waited for.
const unelected = 15 * time.Second

// Leads implements Calls. It reads the lease itself: the election gives it away before it
// tells anybody here.
func (c *APICalls) Leads(ctx context.Context) (time.Time, error) {
	if c.Identity == "" {
		return time.Now().Add(unelected), nil
	}
	lease, err := c.Client.CoordinationV1().Leases(c.Namespace).Get(ctx, c.Name, metav1.GetOptions{})
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the lease of the scheduler: %w", err)
	}
	spec := &lease.Spec
	if spec.HolderIdentity == nil || *spec.HolderIdentity != c.Identity {
		return time.Time{}, errors.New("the lease of the scheduler is another replica's, or nobody's")
	}
	if spec.RenewTime == nil || spec.LeaseDurationSeconds == nil {
		return time.Time{}, errors.New("the lease of the scheduler does not say until when it is held")
	}
	until := spec.RenewTime.Add(time.Duration(*spec.LeaseDurationSeconds) * time.Second)
	if !time.Now().Before(until) {
		return time.Time{}, fmt.Errorf("the lease of the scheduler ran out at %s UTC", until.UTC().Format(time.TimeOnly))
	}
	return until, nil
}

// Evict implements Calls. It is never tried again by the client: a refusal may ask for
// that after seconds, when this replica may no longer lead.
func (c *APICalls) Evict(ctx context.Context, pod *v1.Pod) error {
	eviction := &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name},
		DeleteOptions: &metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(pod.UID))},
	}
	return c.Client.PolicyV1().RESTClient().Post().AbsPath("/api/v1").Namespace(pod.Namespace).Resource("pods").Name(pod.Name).
		SubResource("eviction").MaxRetries(0).Body(eviction).Do(ctx).Error()
}

// Results of a call, as the metric names them.
const (
	resultAccepted  = "accepted"
	resultGone      = "gone"
	resultBudget    = "budget"
	resultBudgets   = "twoBudgets"
	resultThrottled = "throttled"
	resultRefused   = "refused"
	resultUnknown   = "unknown"
)

// twoBudgets is what the API server answers with 500 about a pod with several
// PodDisruptionBudgets.
const twoBudgets = "more than one PodDisruptionBudget"

// resultOf tells what became of a call. What is unknown may have been done; nothing was
// done where the API server says why not. 429 is a PodDisruptionBudget's only where it says
// so: the API server has it for callers of too many calls, too.
func resultOf(err error) string {
	var status apierrors.APIStatus
	switch {
	case err == nil:
		return resultAccepted
	case !errors.As(err, &status):
		return resultUnknown
	case strings.Contains(status.Status().Message, twoBudgets):
		return resultBudgets
	case isUnclear(err, status.Status()):
		return resultUnknown
	case apierrors.IsNotFound(err):
		return resultGone
	case apierrors.IsTooManyRequests(err) && apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause):
		return resultBudget
	case apierrors.IsTooManyRequests(err):
		return resultThrottled
	}
	return resultRefused
}

// isUnclear reports whether a status leaves open what was done: a timeout, a failure
// without a reason, such as one of etcd, and what a proxy makes up.
func isUnclear(err error, s metav1.Status) bool {
	madeUp := s.Reason == metav1.StatusReasonUnknown || apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse)
	return apierrors.IsTimeout(err) || apierrors.IsServerTimeout(err) || s.Code >= http.StatusInternalServerError && madeUp
}
