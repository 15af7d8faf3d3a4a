package checks

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

// Every other check is about a scheduler that somebody installed. Without this one a slip
// in a name would have them say that everything is missing, and how to make it there.
var place = Check{Name: "place", About: "whether there is a scheduler in the namespace that is looked at", Look: lookAtPlace, First: true}

func lookAtPlace(ctx context.Context, c *Cluster) ([]Finding, error) {
	where := c.Settings.Namespace
	_, err := c.Client.CoreV1().Namespaces().Get(ctx, where, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return c.nothingThere(ctx, "there is no namespace "+where), nil
	case err != nil:
		return nil, err
	}
	if there, err := c.somethingThere(ctx); there || err != nil {
		return nil, err
	}
	return c.nothingThere(ctx, fmt.Sprintf("the namespace %s has no lease %s, and neither Deployment nor account of a scheduler", where, c.Settings.Lease)), nil
}

// somethingThere reports whether the namespace has anything of a scheduler.
func (c *Cluster) somethingThere(ctx context.Context) (bool, error) {
	if held, err := c.lease(ctx); held != nil || err != nil {
		return held != nil, err
	}
	if d, err := c.Deployment(ctx); d != nil || err != nil {
		return d != nil, err
	}
	return c.hasAccount(ctx, c.named(account))
}

// nothingThere says where there may be a scheduler instead.
func (c *Cluster) nothingThere(ctx context.Context, what string) []Finding {
	f := Finding{
		Severity: Error, Object: "namespace/" + c.Settings.Namespace, What: what,
		Why: "there is nothing here that could be looked at: no other check was made",
	}
	others := c.elsewhere(ctx)
	switch {
	case len(others) > 0:
		f.What += "; there is a lease of that name in " + few(others)
		f.Advice = "name the namespace in which the scheduler stands with --scheduler-namespace"
		f.Look = c.plugin("doctor --scheduler-namespace=%s", others[0])
	case c.Settings.Namespace == settings.DefaultNamespace:
		f.Advice = "install it, or name the namespace in which it stands with --scheduler-namespace"
		f.Mend = c.command("apply -f manifests/install.yaml")
	default:
		f.Advice = "name the namespace in which the scheduler stands with --scheduler-namespace, and its lease with --release"
		f.Look = c.command("get leases -A")
	}
	if len(others) > 0 {
		return []Finding{f} // what nodes carry may be maintained from there
	}
	return append([]Finding{f}, c.leftBehind(ctx)...)
}

// elsewhere are the namespaces that have a lease of the scheduler's name, as far as it may
// be read.
func (c *Cluster) elsewhere(ctx context.Context) (out []string) {
	leases, err := c.Leases(ctx)
	if err != nil {
		return nil
	}
	for i := range leases {
		if leases[i].Name == c.Settings.Lease {
			out = append(out, leases[i].Namespace)
		}
	}
	slices.Sort(out)
	return out
}
