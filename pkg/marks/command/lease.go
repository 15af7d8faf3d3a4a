package command

import (
	"context"
	"fmt"
	"os"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
	coordinationv1client "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/retry"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/marks"
)

// lead runs f while this process leads, and returns when it does not any more: a process
// that has lost its lease ends, and is started again.
func (o *options) lead(ctx context.Context, client kubernetes.Interface, dog *leaderelection.HealthzAdaptor, f func(context.Context)) error {
	lock := &resourcelock.LeaseLock{
		LeaseMeta: metav1.ObjectMeta{Namespace: o.common.namespace, Name: o.common.leaseName()}, Client: client.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: identity()},
	}
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Name: o.common.leaseName(), Lock: lock, WatchDog: dog, ReleaseOnCancel: true,
		LeaseDuration: o.lease, RenewDeadline: o.lease * 2 / 3, RetryPeriod: o.lease / 8,
		Callbacks: leaderelection.LeaderCallbacks{OnStartedLeading: f, OnStoppedLeading: func() {}},
	})
	if err != nil {
		return fmt.Errorf("electing a leader: %w", err)
	}
	dog.SetLeaderElection(elector) // which NewLeaderElector does not
	elector.Run(ctx)
	if ctx.Err() == nil {
		return fmt.Errorf("the lease %s is lost", o.common.leaseName())
	}
	return nil
}

func (c *common) leaseName() string { return string(c.owner()) }

func identity() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return host + "_" + string(uuid.NewUUID())
}

// afterwards is how long the lease is kept by a cleanup that has ended: nobody may mark until
// those who would have been stopped.
const afterwards = 2 * time.Minute

// seize takes the lease from whoever has it, and returns how long to wait until that one has
// noticed: by then it has tried to renew it, in vain, and stands still.
func (c *common) seize(ctx context.Context, from coordinationv1client.LeasesGetter, now time.Time) (wait time.Duration, err error) {
	leases := from.Leases(c.namespace)
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		found, err := leases.Get(ctx, c.leaseName(), metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			_, err = leases.Create(ctx, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: c.leaseName()}, Spec: ended(now)}, metav1.CreateOptions{})
			if apierrors.IsNotFound(err) {
				return c.nowhere(ctx, from, now)
			}
			return err
		}
		if err != nil {
			return err
		}
		wait = remaining(&found.Spec, now)
		found.Spec = ended(now)
		_, err = leases.Update(ctx, found, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("taking the lease %s, so that nobody marks nodes meanwhile: %w", c.leaseName(), err)
	}
	return wait, nil
}

// nowhere is for a namespace that there is not, so that nobody in it marks nodes. Whoever marks
// them in another one would go on: then the name is a slip.
func (c *common) nowhere(ctx context.Context, from coordinationv1client.LeasesGetter, now time.Time) error {
	klog.FromContext(ctx).Info("There is no such namespace, so that nobody in it marks nodes", "namespace", c.namespace)
	all, err := from.Leases(metav1.NamespaceAll).List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + c.leaseName()})
	if err != nil {
		return fmt.Errorf("there is no namespace %s; whether somebody marks nodes in another one: %w", c.namespace, err)
	}
	for i := range all.Items {
		if l := &all.Items[i]; l.Name == c.leaseName() && remaining(&l.Spec, now) > 0 {
			return fmt.Errorf("there is no namespace %s, and in %s %s holds it: name that one with --namespace", c.namespace, l.Namespace, *l.Spec.HolderIdentity)
		}
	}
	return nil
}

func ended(now time.Time) coordinationv1.LeaseSpec {
	holder, seconds, at := marks.Cleaner, int32(afterwards/time.Second), metav1.NewMicroTime(now)
	return coordinationv1.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: &seconds, AcquireTime: &at, RenewTime: &at}
}

// remaining is how long whoever holds a lease may go on without it. When it was renewed is by
// another clock, so that it counts as of now unless it is long ago.
func remaining(s *coordinationv1.LeaseSpec, now time.Time) time.Duration {
	if s.HolderIdentity == nil || *s.HolderIdentity == "" || *s.HolderIdentity == marks.Cleaner || s.LeaseDurationSeconds == nil {
		return 0
	}
	held := time.Duration(*s.LeaseDurationSeconds) * time.Second
	if s.RenewTime != nil && now.Sub(s.RenewTime.Time) > held+afterwards {
		return 0
	}
	return held
}
