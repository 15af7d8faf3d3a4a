package status

import (
	"context"
	"fmt"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coordinationclient "k8s.io/client-go/kubernetes/typed/coordination/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/door"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// cluster is what is read of the cluster itself, whether the scheduler answers or not.
type cluster struct {
	core   corev1client.CoreV1Interface
	leases coordinationclient.CoordinationV1Interface
	// namespace is the scheduler's, and release the name of its lease.
	namespace, release string
}

// lease reads who leads.
func (c *cluster) lease(ctx context.Context, r *Report) error {
	lease, err := c.leases.Leases(c.namespace).Get(ctx, c.release, metav1.GetOptions{})
	about := "lease " + c.namespace + "/" + c.release
	switch {
	case apierrors.IsForbidden(err):
		r.remark(about, "you may not read it", "")
		return nil
	case apierrors.IsNotFound(err):
		r.remark(about, "there is none"+c.otherLeases(ctx), "")
		return nil
	case err != nil:
		return fmt.Errorf("reading the %s: %w", about, err)
	}
	r.Leader = leaderOf(&lease.Spec)
	r.judgeLease(about)
	return nil
}

// otherLeases names the leases that there are in the namespace, as far as that may be
// known: one of them may be meant.
func (c *cluster) otherLeases(ctx context.Context) string {
	found, err := c.leases.Leases(c.namespace).List(ctx, metav1.ListOptions{})
	if err != nil || len(found.Items) == 0 {
		return ""
	}
	names := make([]string, len(found.Items))
	for i := range found.Items {
		names[i] = found.Items[i].Name
	}
	more := ""
	if len(names) > mostLeases {
		names, more = names[:mostLeases], ", …"
	}
	return "; in this namespace there are " + strings.Join(names, ", ") + more + ", which --release names"
}

// mostLeases is how many leases are named.
const mostLeases = 5

func leaderOf(spec *coordinationv1.LeaseSpec) *Leader {
	out := new(Leader)
	if spec.HolderIdentity != nil {
		out.Identity = *spec.HolderIdentity
	}
	if spec.AcquireTime != nil {
		out.Since = spec.AcquireTime.UTC()
	}
	if spec.RenewTime != nil {
		out.Renewed = spec.RenewTime.UTC()
	}
	if spec.LeaseDurationSeconds != nil {
		out.LeaseSeconds = *spec.LeaseDurationSeconds
	}
	return out
}

// judgeLease finds a lease that nobody holds. Where the scheduler answers it leads,
// whatever the clock of this machine says.
func (r *Report) judgeLease(about string) {
	l := r.Leader
	ends := l.Renewed.Add(time.Duration(l.LeaseSeconds) * time.Second)
	switch {
	case r.Answers:
	case l.Identity == "":
		r.attend(about, "nobody leads: it was given back "+cli.Age(r.At, l.Renewed)+" ago", "")
	case !l.Renewed.IsZero() && r.At.After(ends):
		r.attend(about, fmt.Sprintf("nobody leads: %s renewed it %s ago, and it is good for %ds", l.Identity, cli.Age(r.At, l.Renewed), l.LeaseSeconds), "")
	}
}

// state reads what survives the leader, and of it the phases where the scheduler itself
// tells none.
func (c *cluster) state(ctx context.Context, r *Report) error {
	name := door.StateOf(c.release)
	stored, err := c.core.ConfigMaps(c.namespace).List(ctx, metav1.ListOptions{LabelSelector: state.Selector(name)})
	switch {
	case apierrors.IsForbidden(err):
		return c.anchor(ctx, r, name)
	case err != nil:
		return fmt.Errorf("listing the ConfigMaps of namespace %s: %w", c.namespace, err)
	}
	seen := state.Inspect(name, stored.Items)
	r.State = &State{ConfigMaps: &seen.ConfigMaps, Bytes: &seen.Bytes, Written: seen.Written}
	r.judgeState(c.namespace, name, &seen)
	if !r.Answers {
		r.Firing = phasesIn(&seen)
	}
	return nil
}

// anchor reads the ConfigMap that says who may write, which is all that the shipped role of
// viewers allows.
func (c *cluster) anchor(ctx context.Context, r *Report, name string) error {
	found, err := c.core.ConfigMaps(c.namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsForbidden(err):
		r.remark("state", "you may not read the ConfigMaps of namespace "+c.namespace, "")
		return nil
	case apierrors.IsNotFound(err):
		r.remark("state", "there is none that you may read", "")
		seen := state.Inspect(name, nil)
		r.judgeState(c.namespace, name, &seen)
		return nil
	case err != nil:
		return fmt.Errorf("reading the ConfigMap %s/%s: %w", c.namespace, name, err)
	}
	seen := state.Inspect(name, []corev1.ConfigMap{*found})
	r.State = &State{}
	r.judgeState(c.namespace, name, &seen)
	return nil
}

func (r *Report) judgeState(namespace, name string, seen *state.Overview) {
	if seen.ConfigMaps == 0 && r.Leader == nil {
		return // nobody has ever led
	}
	if seen.Epoch == 0 {
		r.attend("state", fmt.Sprintf("the ConfigMap %s/%s, which says who may write, is missing or damaged", namespace, name), "a leader makes it anew within a minute")
	}
	for _, p := range seen.Problems {
		r.attend("state", fmt.Sprintf("the ConfigMap %s/%s cannot be read: %v", namespace, p.ConfigMap, p.Err), "a leader writes it anew")
	}
}

// phasesIn are those that stand in the state, without what only an evaluation knows.
func phasesIn(seen *state.Overview) (out []v1alpha1.Phase) {
	stored := evaluator.PhasesOf(seen.Content)
	if stored == nil {
		return nil
	}
	for _, rule := range stored.Rules {
		for node, pair := range rule.Nodes {
			if pair.Phase == engine.Firing || pair.Phase == engine.Keeping {
				out = append(out, v1alpha1.Phase{Rule: rule.Rule.String(), Node: node, Phase: pair.Phase.String(), Since: instant(pair.Since), LastSample: instant(pair.KnownAt)})
			}
		}
	}
	newestFirst(out)
	return out
}

func instant(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds).UTC()
}

// lint judges the rules that stand in the scheduler's namespace, as the scheduler would.
func (c *cluster) lint(ctx context.Context, r *Report, s *settings.Settings) error {
	found, err := lint.InCluster(ctx, c.core, c.namespace, s)
	switch {
	case apierrors.IsForbidden(err):
		r.remark("rules", "you may not read the ConfigMaps of namespace "+c.namespace, "")
		return nil
	case err != nil:
		return fmt.Errorf("reading the rules of namespace %s: %w", c.namespace, err)
	}
	for _, f := range found {
		if f.Severity == lint.Error {
			r.attend(place(f.File, f.Line, f.Column), f.Message, f.Mend)
		} else {
			r.remark(place(f.File, f.Line, f.Column), f.Message, f.Mend)
		}
	}
	return nil
}
