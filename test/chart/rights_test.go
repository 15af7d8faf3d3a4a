package chart

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/component-helpers/auth/rbac/validation"
)

// rights are what bindings give to the account of a release, everywhere.
func rights(t *testing.T, w world, r release) []rbacv1.PolicyRule {
	t.Helper()
	var out []rbacv1.PolicyRule
	for _, o := range w {
		b, binds := o.(*rbacv1.ClusterRoleBinding)
		if binds && slices.ContainsFunc(b.Subjects, func(s rbacv1.Subject) bool { return s.Name == r.name && s.Namespace == r.namespace }) {
			out = append(out, get[*rbacv1.ClusterRole](t, w, "ClusterRole /"+b.RoleRef.Name).Rules...)
		}
	}
	return out
}

// beyond are the rights that one has and the other has not, one a line.
func beyond(one, other []rbacv1.PolicyRule) (out []string) {
	_, more := validation.Covers(other, one)
	for _, rule := range more {
		for _, r := range validation.BreakdownRule(rule) {
			out = append(out, strings.TrimSuffix(fmt.Sprintf("%s %s.%s", r.Verbs[0], r.Resources[0], r.APIGroups[0]), "."))
		}
	}
	slices.Sort(out)
	return out
}

func TestValuesTakeRightsAwayAndGiveThem(t *testing.T) {
	devices := []string{
		"create resourceclaims.resource.k8s.io", "delete resourceclaims.resource.k8s.io",
		"patch resourceclaims/binding.resource.k8s.io", "patch resourceclaims/status.resource.k8s.io", "update pods/finalizers",
		"update resourceclaims.resource.k8s.io", "update resourceclaims/binding.resource.k8s.io", "update resourceclaims/status.resource.k8s.io",
	}
	volumes := []string{"update persistentvolumeclaims", "update persistentvolumes"}
	usually := rights(t, usual("").render(t), usual(""))
	for name, c := range map[string]struct {
		release     release
		less, added []string
	}{
		"nothing deletes pods":                {release: usual("rights: {preemption: false}"), less: []string{"delete pods"}},
		"nothing writes volumes":              {release: usual("rights: {volumes: false}"), less: volumes},
		"nothing writes claims of devices":    {release: usual("rights: {devices: false}"), less: devices},
		"nothing evicts":                      {release: usual("rights: {eviction: false}"), less: []string{"create pods/eviction"}},
		"the profile does without all of it":  {release: usual("", "least-rights"), less: slices.Sorted(slices.Values(slices.Concat(devices, volumes, []string{"create pods/eviction", "delete pods"})))},
		"no metrics API, no right to read it": {release: usual("telemetry: {sources: [{name: k, type: Kubelet}]}"), less: []string{"list nodes.metrics.k8s.io", "list pods.metrics.k8s.io"}},
		"custom metrics by their names": {
			release: usual("telemetry: {sources: [{name: metrics, type: MetricsAPI}, {name: c, type: CustomMetrics}]}\nrights: {customMetrics: [nodes/gpu_temperature]}"),
			added:   []string{"get nodes/gpu_temperature.custom.metrics.k8s.io"}},
		"rules of namespaces": {release: usual("telemetry: {namespaces: {}}"), added: []string{"list configmaps", "watch configmaps"}},
		"the plain manifest":  {release: usual("", "plain")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := rights(t, c.release.render(t), c.release)
			if diff := cmp.Diff(c.less, beyond(usually, got)); diff != "" {
				t.Errorf("what it may no more (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.added, beyond(got, usually)); diff != "" {
				t.Errorf("what it may besides (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNobodyElseIsGivenAnything: a release binds its own accounts, and the one of a Prometheus
// that the values name.
func TestNobodyElseIsGivenAnything(t *testing.T) {
	for name, r := range releases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := r.render(t)
			for key, o := range w {
				var subjects []rbacv1.Subject
				switch b := o.(type) {
				case *rbacv1.ClusterRoleBinding:
					subjects = b.Subjects
				case *rbacv1.RoleBinding:
					subjects = b.Subjects
				}
				for _, s := range subjects {
					if w["ServiceAccount "+s.Namespace+"/"+s.Name] == nil && s.Name != "prometheus" {
						t.Errorf("%s gives rights to %s/%s", key, s.Namespace, s.Name)
					}
				}
			}
		})
	}
}
