package integration

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// Why the role grants what these tests do not use.
const (
	volumes  = "volumes, which kube-scheduler binds; the testbed has none"
	devices  = "devices, which kube-scheduler allocates; the testbed has none"
	repeated = "Events that repeat, which depends on how fast things happen"
	shrinks  = "stored state that shrinks, which depends on when it is written"
)

// unseen are the permissions that these tests do not use, and why they are
// granted all the same. Whatever else the role grants was used.
var unseen = map[string]string{
	"update persistentvolumes":                      volumes,
	"update persistentvolumeclaims":                 volumes,
	"get resourceclaims.resource.k8s.io":            devices,
	"create resourceclaims.resource.k8s.io":         devices,
	"update resourceclaims.resource.k8s.io":         devices,
	"delete resourceclaims.resource.k8s.io":         devices,
	"update resourceclaims/status.resource.k8s.io":  devices,
	"patch resourceclaims/status.resource.k8s.io":   devices,
	"update resourceclaims/binding.resource.k8s.io": devices,
	"patch resourceclaims/binding.resource.k8s.io":  devices,
	"update pods/finalizers":                        devices,
	"patch events":                                  repeated,
	"patch events.events.k8s.io":                    repeated,
	"delete configmaps":                             shrinks,
}

// auditRole compares what the shipped role grants with what all schedulers of the
// tests did. It returns the exit code of the tests.
func auditRole(log string) int {
	used, err := usedPermissions(log)
	if err != nil {
		fmt.Println("the audit log cannot be read:", err)
		return 1
	}
	granted, err := grantedPermissions()
	if err != nil {
		fmt.Println("the manifest cannot be read:", err)
		return 1
	}
	code := 0
	for _, permission := range granted {
		if !used[permission] && !used[watching(permission)] && unseen[permission] == "" {
			fmt.Printf("the role grants %q, which no test used and nothing explains\n", permission)
			code = 1
		}
	}
	for _, permission := range slices.Sorted(maps.Keys(unseen)) {
		if !slices.Contains(granted, permission) {
			fmt.Printf("the role does not grant %q any more\n", permission)
			code = 1
		}
	}
	fmt.Printf("the role grants %d permissions, of which the tests used all but %d\n", len(granted), len(unseen))
	return code
}

// watching is the permission that goes with one to list: a client lists where the
// API server cannot begin a watch with what is there.
func watching(permission string) string {
	if resource, found := strings.CutPrefix(permission, "list "); found {
		return "watch " + resource
	}
	return permission
}

// permission writes a verb on a resource for people.
func permission(verb, group, resource string) string {
	if group != "" {
		resource += "." + group
	}
	return verb + " " + resource
}

// usedPermissions is what the accounts of schedulers did.
func usedPermissions(log string) (map[string]bool, error) {
	used := map[string]bool{}
	err := requests(log, ":"+testbed.ServiceAccount, func(r request) {
		if !strings.HasPrefix(r.User.Username, "system:serviceaccount:") || !strings.HasSuffix(r.User.Username, ":"+testbed.ServiceAccount) {
			return
		}
		resource := r.ObjectRef.Resource
		if r.ObjectRef.Subresource != "" {
			resource += "/" + r.ObjectRef.Subresource
		}
		used[permission(r.Verb, r.ObjectRef.APIGroup, resource)] = true
	})
	return used, err
}

// grantedPermissions is what the shipped manifest lets the scheduler's account do.
func grantedPermissions() ([]string, error) {
	root, err := testbed.Root()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(root, "manifests", "install.yaml"))
	if err != nil {
		return nil, err
	}
	granted := map[string]bool{}
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		var role rbacv1.ClusterRole // a Role has the same shape
		if err := yaml.Unmarshal([]byte(document), &role); err != nil {
			return nil, err
		}
		if role.Name == testbed.ServiceAccount {
			addPermissions(granted, role.Rules)
		}
	}
	return slices.Sorted(maps.Keys(granted)), nil
}

func addPermissions(to map[string]bool, rules []rbacv1.PolicyRule) {
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					to[permission(verb, group, resource)] = true
				}
			}
		}
	}
}
