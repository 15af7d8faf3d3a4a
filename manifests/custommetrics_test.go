package manifests

import (
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/component-helpers/auth/rbac/validation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

// TestCustomMetricsGivesTheSchedulerOneRight follows the binding to the account of
// install.yaml.
func TestCustomMetricsGivesTheSchedulerOneRight(t *testing.T) {
	all := objects(t, "custom-metrics.yaml")
	role, binding := all[0].(*rbacv1.ClusterRole), all[1].(*rbacv1.ClusterRoleBinding)
	if diff := gocmp.Diff([]string{"get *.custom.metrics.k8s.io"}, rights(role.Rules)); diff != "" || len(all) != 2 {
		t.Errorf("rights (-want +got):\n%s", diff)
	}
	if binding.RoleRef.Name != role.Name || len(binding.Subjects) != 1 {
		t.Errorf("the binding is %+v", binding)
	}
	subject := binding.Subjects[0]
	if key := subject.Kind + " " + subject.Namespace + "/" + subject.Name; install(t)[key] == nil {
		t.Errorf("it gives the right to %s, which is not there", key)
	}
	for _, labels := range []map[string]string{role.Labels, binding.Labels} {
		if labels["app.kubernetes.io/name"] != ours {
			t.Errorf("it cannot be found by our label: %v", labels)
		}
	}
}

// TestCustomMetricsGivesNoMoreThanAnAutoscalerHas holds the wildcard to the one that
// Kubernetes itself gives.
func TestCustomMetricsGivesNoMoreThanAnAutoscalerHas(t *testing.T) {
	roles := bootstrappolicy.ControllerRoles()
	i := slices.IndexFunc(roles, func(r rbacv1.ClusterRole) bool { return r.Name == "system:controller:horizontal-pod-autoscaler" })
	role := objects(t, "custom-metrics.yaml")[0].(*rbacv1.ClusterRole)
	if _, added := validation.Covers(roles[i].Rules, role.Rules); len(added) > 0 {
		t.Errorf("the autoscaler does not have %v", rights(added))
	}
}
