package checks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/manifests"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

var rights = Check{Name: "rights", About: "whether the scheduler's account may do what the manifests give it", Look: lookAtRights}

// account is that of the scheduler in the manifests, and kubeletReader the one that it
// reads kubelets with.
const (
	account       = "telemetry-scheduler"
	kubeletReader = account + "-kubelet-reader"
)

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
		if len(missing) == 0 {
			continue
		}
		g = c.asItIs(ctx, g)
		out = append(out, Finding{
			Severity: Error, Object: g.object(),
			What: fmt.Sprintf("the account %s/%s may not %s %s", g.subject.Namespace, g.subject.Name, said(missing), g.where()),
			Why:  whyRights(g),
			Mend: c.reconcile(g, rulesOf(missing)),
		})
	}
	return out, nil
}

func whyRights(g grant) string {
	switch {
	case g.subject.Name == kubeletReader:
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

// grants are those of the manifests that this scheduler's configuration asks for.
func (c *Cluster) grants(ctx context.Context) ([]grant, error) {
	d, err := c.Deployment(ctx)
	if err != nil {
		return nil, err
	}
	name := account
	if d != nil && d.Spec.Template.Spec.ServiceAccountName != "" {
		name = d.Spec.Template.Spec.ServiceAccountName
	}
	texts := [][]byte{manifests.Install}
	if uses(c.Settings, args.CustomMetrics) {
		texts = append(texts, manifests.CustomMetrics)
	}
	if c.Settings.Args.Namespaces != nil {
		texts = append(texts, manifests.NamespacedRules)
	}
	var out []grant
	for _, g := range grantsIn(bytes.Join(texts, []byte("\n---\n")), c.Settings.Namespace) {
		if g.subject.Name == kubeletReader && !uses(c.Settings, args.Kubelet) {
			continue
		}
		if g.subject.Name == account {
			g.subject.Name = name
		}
		out = append(out, g)
	}
	return out, nil
}

func uses(s *settings.Settings, kind args.SourceType) bool {
	for _, source := range s.Sources {
		if source.Type == kind {
			return true
		}
	}
	return false
}

// rbacObject is a role or a binding.
type rbacObject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Rules             []rbacv1.PolicyRule `json:"rules"`
	RoleRef           rbacv1.RoleRef      `json:"roleRef"`
	Subjects          []rbacv1.Subject    `json:"subjects"`
}

// frontProxy is the one role that the manifest binds and Kubernetes brings.
var frontProxy = []rbacv1.PolicyRule{{
	APIGroups: []string{""}, Resources: []string{"configmaps"}, ResourceNames: []string{"extension-apiserver-authentication"}, Verbs: []string{"get", "list", "watch"},
}}

// grantsIn reads what manifests bind to accounts, as for a scheduler in a namespace.
func grantsIn(manifest []byte, namespace string) []grant {
	rules := map[string][]rbacv1.PolicyRule{}
	var bindings []rbacObject
	for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(manifest), 4096); ; {
		var o rbacObject
		if err := decoder.Decode(&o); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			panic(err) // the manifests are part of this program, and tested
		}
		switch o.Kind {
		case "ClusterRole", "Role":
			rules[o.Kind+" "+o.Namespace+"/"+o.Name] = o.Rules
		case "ClusterRoleBinding", "RoleBinding":
			bindings = append(bindings, o)
		}
	}
	var out []grant
	for _, b := range bindings {
		g := grant{namespace: b.Namespace, role: b.RoleRef.Name, binding: b.Name, subject: b.Subjects[0]}
		var ours bool
		if g.rules, ours = rules[b.RoleRef.Kind+" "+b.Namespace+"/"+b.RoleRef.Name]; !ours {
			g.rules, g.builtIn = frontProxy, true
		}
		if g.namespace == settings.DefaultNamespace {
			g.namespace = namespace
		}
		g.subject.Namespace = namespace
		out = append(out, g)
	}
	return out
}

// asItIs follows the names that role and binding have in this cluster, where somebody gave
// them others. Where bindings cannot be read the names are those of the manifests.
func (c *Cluster) asItIs(ctx context.Context, g grant) grant {
	for _, b := range c.bindings(ctx, g.namespace) {
		for _, subject := range b.Subjects {
			if subject.Kind == g.subject.Kind && subject.Namespace == g.subject.Namespace && subject.Name == g.subject.Name && strings.HasSuffix(b.RoleRef.Name, g.role) {
				g.role, g.binding = b.RoleRef.Name, b.Name
				return g
			}
		}
	}
	return g
}

func (c *Cluster) bindings(ctx context.Context, namespace string) (out []rbacObject) {
	if namespace != "" {
		found, err := c.Client.RbacV1().RoleBindings(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil
		}
		for _, b := range found.Items {
			out = append(out, rbacObject{ObjectMeta: b.ObjectMeta, RoleRef: b.RoleRef, Subjects: b.Subjects})
		}
		return out
	}
	found, err := c.Client.RbacV1().ClusterRoleBindings().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil
	}
	for _, b := range found.Items {
		out = append(out, rbacObject{ObjectMeta: b.ObjectMeta, RoleRef: b.RoleRef, Subjects: b.Subjects})
	}
	return out
}
