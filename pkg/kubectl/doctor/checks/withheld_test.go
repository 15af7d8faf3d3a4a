package checks

import (
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
)

// TestARightThatIsLeftOutOnPurposeIsNotMissed has accounts without some right, with and
// without the word of the operator.
func TestARightThatIsLeftOutOnPurposeIsNotMissed(t *testing.T) {
	for sentence, c := range map[string]struct {
		verb, resource, sub string
		without             []string
		missed              bool
	}{
		"who may delete no pod lacks something":     {"delete", "pods", "", nil, true},
		"unless nothing is to be preempted":         {"delete", "pods", "", []string{"preemption"}, false},
		"which is no reason to write no volume":     {"update", "persistentvolumes", "", []string{"preemption"}, true},
		"volumes are not to be written":             {"update", "persistentvolumeclaims", "", []string{"volumes"}, false},
		"yet they are to be read":                   {"list", "persistentvolumes", "", []string{"volumes"}, true},
		"claims are not to be written":              {"delete", "resourceclaims", "", []string{"devices"}, false},
		"nor their status":                          {"patch", "resourceclaims", "status", []string{"devices"}, false},
		"nothing is to be evicted":                  {"create", "pods", "eviction", []string{"preemption", "eviction"}, false},
		"everybody binds":                           {"create", "pods", "binding", []string{"preemption", "volumes", "devices", "eviction"}, true},
		"without kubelets nobody needs their token": {"create", "serviceaccounts", "token", nil, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			cluster := letting(with(accounts()...), func(r authorizationv1.ResourceAttributes) bool {
				return r.Verb != c.verb || r.Resource != c.resource || r.Subresource != c.sub
			})
			cluster.Settings.Without = c.without
			if found := look(t, rights, cluster); (len(found) > 0) != c.missed {
				t.Errorf("the findings are %q", found)
			}
		})
	}
}

// TestAReleaseOfAnotherNameHasItsOwnAccount asks for the rights of that one, on what has its
// name.
func TestAReleaseOfAnotherNameHasItsOwnAccount(t *testing.T) {
	leases := func(r authorizationv1.ResourceAttributes) bool { return r.Resource != "leases" || r.Name == "" }
	cluster := letting(with(&corev1.ServiceAccount{ObjectMeta: meta(ns, "batch")}), leases)
	cluster.Settings.Lease = "batch"
	const want = "error: the account telemetry-scheduler/batch may not get leases.coordination.k8s.io named batch, update leases.coordination.k8s.io named batch in the namespace telemetry-scheduler\n"
	if found := look(t, rights, cluster); len(found) != 1 || found[0][:min(len(want), len(found[0]))] != want {
		t.Errorf("the findings are %q", found)
	}
}
