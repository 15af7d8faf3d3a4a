package checks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var rights = Check{Name: "rights", About: "whether the scheduler's account may do what the manifests give it", Look: lookAtRights}

// account is that of the scheduler in install.yaml. All that is made there has names that
// begin so.
const account = "telemetry-scheduler"

// named is what a name of the manifests is in this release, whose lease has its name.
func (c *Cluster) named(name string) string {
	if rest, ours := strings.CutPrefix(name, account); ours {
		return c.Settings.Lease + rest
	}
	return name
}

// isKubeletReader reports whether an account is that with which kubelets are read.
func isKubeletReader(name string) bool { return strings.HasSuffix(name, "-kubelet-reader") }

func lookAtRights(ctx context.Context, c *Cluster) ([]Finding, error) {
	grants, err := c.grants(ctx)
	if err != nil {
		return nil, err
	}
	var out []Finding
	for _, g := range grants {
		missing, err := denied(ctx, g.rules, c.asks(g))
		if err != nil {
			return out, err
		}
		if missing = slices.DeleteFunc(missing, c.withheld); len(missing) == 0 {
			continue
		}
		f, err := c.unable(ctx, g, missing)
		if err != nil {
			return out, err
		}
		out = append(out, f)
	}
	return out, nil
}

// unable says what an account may not do. Nothing is given to one that there is not:
// whoever makes it later would have it.
func (c *Cluster) unable(ctx context.Context, g grant, missing []right) (Finding, error) {
	f := Finding{
		Severity: Error, Object: g.object(), Why: whyRights(g),
		What: fmt.Sprintf("the account %s/%s may not %s %s", g.subject.Namespace, g.subject.Name, said(missing), g.where()),
	}
	switch there, err := c.hasAccount(ctx, g.subject.Name); {
	case err != nil:
		return f, err
	case !there:
		f.What += ", and there is no such account"
		f.Advice = "make it with the manifests, or name the namespace in which the scheduler stands with --scheduler-namespace"
		f.Look = c.command("get serviceaccounts -n %s", c.Settings.Namespace)
	default:
		g = c.asItIs(ctx, g)
		f.Object, f.Mend = g.object(), c.reconcile(g, rulesOf(missing))
	}
	return f, nil
}

// hasAccount reports whether the scheduler's namespace has an account.
func (c *Cluster) hasAccount(ctx context.Context, name string) (bool, error) {
	_, err := c.Client.CoreV1().ServiceAccounts(c.Settings.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

func whyRights(g grant) string {
	switch {
	case isKubeletReader(g.subject.Name):
		return "kubelets refuse the scheduler their metrics, and nodes are unknown"
	case g.builtIn:
		return "nobody can prove to the scheduler who he is: its metrics and its API answer 401"
	case g.namespace != "":
		return "without them the scheduler reads no rules, keeps no state over a restart, or cannot lead"
	}
	return "the scheduler cannot place pods, or judges nodes without what it may not read"
}

// asks returns the question whether the account of a grant has a right.
func (c *Cluster) asks(g grant) func(context.Context, authorizationv1.ResourceAttributes) (bool, error) {
	namespace := g.subject.Namespace
	return func(ctx context.Context, r authorizationv1.ResourceAttributes) (bool, error) {
		r.Namespace = g.namespace
		asked, err := c.Client.AuthorizationV1().SubjectAccessReviews().Create(ctx, &authorizationv1.SubjectAccessReview{
			Spec: authorizationv1.SubjectAccessReviewSpec{
				ResourceAttributes: &r, User: "system:serviceaccount:" + namespace + ":" + g.subject.Name,
				Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"},
			},
		}, metav1.CreateOptions{})
		if err != nil {
			return false, err
		}
		return asked.Status.Allowed, nil
	}
}

// askedAtOnce is how many questions are asked side by side.
const askedAtOnce = 8

// denied asks for all rights of rules, and returns those that are not given, in their
// order.
func denied(ctx context.Context, rules []rbacv1.PolicyRule, may func(context.Context, authorizationv1.ResourceAttributes) (bool, error)) ([]right, error) {
	var all []right
	for _, rule := range rules {
		all = append(all, rightsOf(rule)...)
	}
	given, failed := make([]bool, len(all)), make([]error, len(all))
	var wait sync.WaitGroup
	gate := make(chan struct{}, askedAtOnce)
	for i, r := range all {
		gate <- struct{}{}
		wait.Go(func() {
			defer func() { <-gate }()
			resource, sub, _ := strings.Cut(r.resource, "/")
			given[i], failed[i] = may(ctx, authorizationv1.ResourceAttributes{Verb: r.verb, Group: r.group, Resource: resource, Subresource: sub, Name: r.name})
		})
	}
	wait.Wait()
	var out []right
	for i, r := range all {
		if !given[i] {
			out = append(out, r)
		}
	}
	return out, errors.Join(failed...)
}
