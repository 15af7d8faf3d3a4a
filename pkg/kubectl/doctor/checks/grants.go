package checks

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/manifests"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// grants are those of the manifests that this scheduler's configuration asks for.
func (c *Cluster) grants(ctx context.Context) ([]grant, error) {
	d, err := c.Deployment(ctx)
	if err != nil {
		return nil, err
	}
	name := c.named(account)
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
		g = c.ofRelease(g)
		if isKubeletReader(g.subject.Name) && !uses(c.Settings, args.Kubelet) {
			continue
		}
		if g.subject.Name == c.named(account) {
			g.subject.Name = name
		}
		out = append(out, g)
	}
	return out, nil
}

// ofRelease gives all that a grant speaks of the names of this release.
func (c *Cluster) ofRelease(g grant) grant {
	g.role, g.binding, g.subject.Name = c.named(g.role), c.named(g.binding), c.named(g.subject.Name)
	g.rules = slices.Clone(g.rules)
	for i := range g.rules {
		g.rules[i].ResourceNames = slices.Clone(g.rules[i].ResourceNames)
		for j, name := range g.rules[i].ResourceNames {
			g.rules[i].ResourceNames[j] = c.named(name)
		}
	}
	return g
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
// them others. Where bindings cannot be read the names are those of the manifests. A binding
// to a role of another kind, or to another role, is left as it is: to bind anything else by
// its name kubectl would delete it.
func (c *Cluster) asItIs(ctx context.Context, g grant) grant {
	all := c.bindings(ctx, g.namespace)
	for _, b := range all {
		if b.RoleRef.Kind == g.kind() && strings.HasSuffix(b.RoleRef.Name, g.role) && slices.ContainsFunc(b.Subjects, g.is) {
			g.role, g.binding = b.RoleRef.Name, b.Name
			return g
		}
	}
	taken := func(b rbacObject) bool {
		return b.Name == g.binding && (b.RoleRef.Kind != g.kind() || b.RoleRef.Name != g.role)
	}
	for slices.ContainsFunc(all, taken) {
		g.binding += "-mended"
	}
	return g
}

// is reports whether a subject is that of the grant.
func (g grant) is(s rbacv1.Subject) bool {
	return s.Kind == g.subject.Kind && s.Namespace == g.subject.Namespace && s.Name == g.subject.Name
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
