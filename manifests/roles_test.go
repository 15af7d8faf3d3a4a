package manifests

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/component-helpers/auth/rbac/validation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// TestNoBuiltInRoleOpensTheAPI holds the reason for the path: under /apis every account
// may get everything.
func TestNoBuiltInRoleOpensTheAPI(t *testing.T) {
	for _, role := range bootstrappolicy.ClusterRoles() {
		for _, rule := range role.Rules {
			for _, url := range rule.NonResourceURLs {
				prefix, all := strings.CutSuffix(url, "*")
				if role.Name != "cluster-admin" && (url == v1alpha1.Prefix || all && strings.HasPrefix(v1alpha1.Prefix+"/", prefix)) {
					t.Errorf("the role %s opens %s", role.Name, url)
				}
			}
		}
	}
}

// rights returns what a role allows, one verb on one resource a line, ordered.
func rights(rules []rbacv1.PolicyRule) []string {
	var out []string
	for _, rule := range rules {
		for _, one := range validation.BreakdownRule(rule) {
			out = append(out, right(one))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// right writes a rule of one verb and one resource as a sentence.
func right(one rbacv1.PolicyRule) string {
	if len(one.NonResourceURLs) > 0 {
		return one.Verbs[0] + " " + one.NonResourceURLs[0]
	}
	words := one.Verbs[0] + " " + one.Resources[0]
	if one.APIGroups[0] != "" {
		words += "." + one.APIGroups[0]
	}
	return words + strings.Join(append([]string{""}, one.ResourceNames...), " named ")
}

// kubeScheduler is what the cluster's own scheduler may do in the version that
// we are built on.
func kubeScheduler() []rbacv1.PolicyRule {
	var out []rbacv1.PolicyRule
	for _, role := range bootstrappolicy.ClusterRoles() {
		if role.Name == "system:kube-scheduler" || role.Name == "system:volume-scheduler" {
			out = append(out, role.Rules...)
		}
	}
	return out
}

func rulesOf(o runtime.Object) []rbacv1.PolicyRule {
	switch role := o.(type) {
	case *rbacv1.ClusterRole:
		return role.Rules
	case *rbacv1.Role:
		return role.Rules
	}
	return nil
}

func TestRolesNameEverything(t *testing.T) {
	for key, o := range install(t) {
		for _, r := range rights(rulesOf(o)) {
			if strings.Contains(strings.TrimSuffix(r, v1alpha1.Prefix+"/*"), "*") || strings.Contains(r, "secrets") {
				t.Errorf("%s allows: %s", key, r)
			}
		}
	}
}

// TestViewerReadsTheAPIAlone follows every binding too: nobody has the role by default.
func TestViewerReadsTheAPIAlone(t *testing.T) {
	const viewer = "telemetry-scheduler-viewer"
	want := []string{"get " + v1alpha1.Prefix + "/*", "post " + v1alpha1.Prefix + "/pods"}
	if diff := gocmp.Diff(want, rights(get[*rbacv1.ClusterRole](t, "ClusterRole", "/"+viewer).Rules)); diff != "" {
		t.Errorf("what a viewer may do (-want +got):\n%s", diff)
	}
	for key, o := range install(t) {
		if b, is := o.(*rbacv1.ClusterRoleBinding); is && b.RoleRef.Name == viewer {
			t.Errorf("%s gives the role away", key)
		}
	}
}

func TestClusterRoleAddsLittleToKubeScheduler(t *testing.T) {
	role := get[*rbacv1.ClusterRole](t, "ClusterRole", "/"+ours)
	_, added := validation.Covers(kubeScheduler(), role.Rules)
	want := []string{
		"create pods/eviction", "list deployments.apps", "list jobs.batch", "list nodes.metrics.k8s.io", "list pods.metrics.k8s.io",
		"watch deployments.apps", "watch jobs.batch",
	}
	if diff := gocmp.Diff(want, rights(added)); diff != "" {
		t.Errorf("rights that kube-scheduler does not have (-want +got):\n%s", diff)
	}
}

// TestClusterRoleLeavesOutWithAReason fails where a newer kube-scheduler needs
// something that we did not decide about.
func TestClusterRoleLeavesOutWithAReason(t *testing.T) {
	reasons := map[string]string{
		"leases":                 "ours is in our namespace, and the cluster's own scheduler has another",
		"leasecandidates":        "for coordinated leader election, which takes turns with the cluster's own scheduler",
		"replicasets.extensions": "gone from the API",
		"bindings":               "an old name of pods/binding",
		"update pods/status":     "it is patched",
		"update events":          "they are created and patched",
		"events ":                "the old API serves only Events about our lease, in our namespace",
		"get ":                   "what is read is listed and watched",
		"patch persistentvolume": "they are updated",
		"patch resourceclaims.":  "they are updated",
		"resourceclaims/status":  "updated and patched; it cannot be listed",
		"deletecollection":       "nothing is deleted by selector",
	}
	role := get[*rbacv1.ClusterRole](t, "ClusterRole", "/"+ours)
	_, missing := validation.Covers(role.Rules, kubeScheduler())
	used := map[string]bool{}
	for _, r := range rights(missing) {
		part := partOf(r+" ", reasons)
		if part == "" {
			t.Errorf("kube-scheduler may %q; give it to our role, or say here why not", r)
		}
		used[part] = true
	}
	for part := range reasons {
		if !used[part] {
			t.Errorf("nothing is left out because of %q", part)
		}
	}
}

// partOf returns the longest part that text contains.
func partOf(text string, parts map[string]string) (longest string) {
	for part := range parts {
		if strings.Contains(text, part) && len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

func TestRoleInOurNamespace(t *testing.T) {
	role := get[*rbacv1.Role](t, "Role", ours+"/"+ours)
	want := []string{
		"create configmaps", "create events",
		"create leases.coordination.k8s.io",
		"create serviceaccounts/token named telemetry-scheduler-kubelet-reader",
		"delete configmaps", "get configmaps",
		"get leases.coordination.k8s.io named telemetry-scheduler",
		"list configmaps", "patch events", "update configmaps",
		"update leases.coordination.k8s.io named telemetry-scheduler",
		"watch configmaps",
	}
	if diff := gocmp.Diff(want, rights(role.Rules)); diff != "" {
		t.Errorf("rights in our namespace (-want +got):\n%s", diff)
	}
}

// TestNamespacedRulesAddTheRightToReadConfigMaps holds what an operator gives who lets
// namespaces have rules of their own, and to whom.
func TestNamespacedRulesAddTheRightToReadConfigMaps(t *testing.T) {
	added := objects(t, "namespaced-rules.yaml")
	if len(added) != 2 {
		t.Fatalf("there are %d objects, want a role and its binding", len(added))
	}
	role, binding := added[0].(*rbacv1.ClusterRole), added[1].(*rbacv1.ClusterRoleBinding)
	if diff := gocmp.Diff([]string{"list configmaps", "watch configmaps"}, rights(role.Rules)); diff != "" {
		t.Errorf("rights in all namespaces (-want +got):\n%s", diff)
	}
	if binding.RoleRef.Kind != "ClusterRole" || binding.RoleRef.Name != role.Name {
		t.Errorf("the binding is of %+v", binding.RoleRef)
	}
	installed := get[*rbacv1.ClusterRoleBinding](t, "ClusterRoleBinding", "/"+ours)
	if diff := gocmp.Diff(installed.Subjects, binding.Subjects); diff != "" {
		t.Errorf("who gets it (-the scheduler +got):\n%s", diff)
	}
	for _, o := range added {
		if key := keyOf(t, o); install(t)[key] != nil {
			t.Errorf("%s is in install.yaml too", key)
		}
	}
}

// TestKubeletReaderReadsMetricsAlone follows every binding, because each node
// sees a token of this account.
func TestKubeletReaderReadsMetricsAlone(t *testing.T) {
	const reader = "telemetry-scheduler-kubelet-reader"
	all := install(t)
	var got []string
	for _, o := range all {
		role, subjects := "", []rbacv1.Subject(nil)
		switch b := o.(type) {
		case *rbacv1.RoleBinding:
			role, subjects = fmt.Sprintf("%s %s/%s", b.RoleRef.Kind, b.Namespace, b.RoleRef.Name), b.Subjects
		case *rbacv1.ClusterRoleBinding:
			role, subjects = fmt.Sprintf("%s /%s", b.RoleRef.Kind, b.RoleRef.Name), b.Subjects
		}
		if slices.ContainsFunc(subjects, func(s rbacv1.Subject) bool { return s.Name == reader }) {
			got = append(got, cmp.Or(strings.Join(rights(rulesOf(all[role])), ", "), role))
		}
	}
	if diff := gocmp.Diff([]string{"get nodes/metrics"}, got); diff != "" {
		t.Errorf("what the reader may do (-want +got):\n%s", diff)
	}
}
