package checks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// grant is a role and whom it is bound to, in one namespace or, where that is empty, in
// all.
type grant struct {
	namespace, role, binding string
	rules                    []rbacv1.PolicyRule
	subject                  rbacv1.Subject
	// builtIn says that Kubernetes brings the role.
	builtIn bool
}

func (g grant) object() string {
	if g.namespace == "" {
		return "clusterrole/" + g.role
	}
	return "role/" + g.role + " -n " + g.namespace
}

// reconcile returns the command that adds rights to a role and binds it. Whether the role
// was too small, was gone or was bound to nobody: afterwards the subject has them.
func (c *Cluster) reconcile(g grant, missing []rbacv1.PolicyRule) string {
	items := []any{g.bound()}
	if !g.builtIn {
		items = append([]any{g.holds(missing)}, items...)
	}
	text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
	if err != nil {
		panic(err) // they are plain values
	}
	return c.fed(string(text), "auth reconcile -f -")
}

func (g grant) meta(name string) map[string]any {
	meta := map[string]any{"name": name}
	if g.namespace != "" {
		meta["namespace"] = g.namespace
	}
	return meta
}

func (g grant) kind() string {
	if g.namespace == "" {
		return "ClusterRole"
	}
	return "Role"
}

func (g grant) holds(missing []rbacv1.PolicyRule) map[string]any {
	return map[string]any{"apiVersion": rbacv1.SchemeGroupVersion.String(), "kind": g.kind(), "metadata": g.meta(g.role), "rules": missing}
}

func (g grant) bound() map[string]any {
	return map[string]any{
		"apiVersion": rbacv1.SchemeGroupVersion.String(), "kind": g.kind() + "Binding", "metadata": g.meta(g.binding),
		"roleRef":  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: g.kind(), Name: g.role},
		"subjects": []rbacv1.Subject{g.subject},
	}
}

// subjectOf is a user as a binding names it.
func subjectOf(user string) rbacv1.Subject {
	if rest, isAccount := strings.CutPrefix(user, "system:serviceaccount:"); isAccount {
		namespace, name, _ := strings.Cut(rest, ":")
		return rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}
	}
	return rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}
}

// right is one verb on one resource.
type right struct{ verb, group, resource, name string }

func (r right) String() string {
	out := r.verb + " " + r.resource
	if r.group != "" {
		out += "." + r.group
	}
	if r.name != "" {
		out += " named " + r.name
	}
	return out
}

// rightsOf takes a rule apart.
func rightsOf(rule rbacv1.PolicyRule) []right {
	names := rule.ResourceNames
	if len(names) == 0 {
		names = []string{""}
	}
	var out []right
	for _, group := range rule.APIGroups {
		for _, resource := range rule.Resources {
			for _, name := range names {
				for _, verb := range rule.Verbs {
					out = append(out, right{verb, group, resource, name})
				}
			}
		}
	}
	return out
}

// ruleOf puts rights together again, as few rules as one a resource and name.
func rulesOf(rights []right) []rbacv1.PolicyRule {
	var out []rbacv1.PolicyRule
	for _, r := range rights {
		rule := rbacv1.PolicyRule{APIGroups: []string{r.group}, Resources: []string{r.resource}}
		if r.name != "" {
			rule.ResourceNames = []string{r.name}
		}
		same := slices.IndexFunc(out, func(o rbacv1.PolicyRule) bool {
			return o.APIGroups[0] == r.group && o.Resources[0] == r.resource && slices.Equal(o.ResourceNames, rule.ResourceNames)
		})
		if same < 0 {
			out, same = append(out, rule), len(out)
		}
		out[same].Verbs = append(out[same].Verbs, r.verb)
	}
	return out
}

// said writes rights for people, the first few.
func said(rights []right) string {
	words := make([]string, 0, len(rights))
	for _, r := range rights {
		words = append(words, r.String())
	}
	if more := len(words) - 4; more > 1 {
		return strings.Join(words[:4], ", ") + fmt.Sprintf(" and %d rights more", more)
	}
	return strings.Join(words, ", ")
}

// where names the namespace of a grant.
func (g grant) where() string {
	if g.namespace == metav1.NamespaceAll {
		return "in all namespaces"
	}
	return "in the namespace " + g.namespace
}
