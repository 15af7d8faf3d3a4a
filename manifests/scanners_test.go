package manifests

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
)

// may reports whether rules allow one of some verbs on a resource. Names of objects do not
// count: a right on one of them is a right.
func may(rules []rbacv1.PolicyRule, group, resource string, verbs ...string) bool {
	has := func(list []string, wanted string) bool {
		return slices.Contains(list, wanted) || slices.Contains(list, "*")
	}
	return slices.ContainsFunc(rules, func(r rbacv1.PolicyRule) bool {
		return has(r.APIGroups, group) && has(r.Resources, resource) &&
			slices.ContainsFunc(verbs, func(v string) bool { return has(r.Verbs, v) })
	})
}

var (
	writes = []string{"create", "update", "patch", "delete", "deletecollection"}
	alters = []string{"update", "patch"}
	makes  = []string{"create", "update", "patch"}
	every  = append([]string{"get", "list", "watch"}, writes...)
)

// suspect is what scanners look at: what the account may do in all namespaces, in kube-system,
// and in its own, with the pod that runs with it and where that runs.
type suspect struct {
	everywhere, kubeSystem, athome []rbacv1.PolicyRule
	bound                          []string // roles
	namespaces                     []string // of all that there is
	pod                            corev1.PodSpec
	annotated                      bool // an account has annotations, by which clouds give it a role of theirs
}

func (s *suspect) privileged() []rbacv1.PolicyRule { return slices.Concat(s.everywhere, s.kubeSystem) }
func (s *suspect) all() []rbacv1.PolicyRule {
	return slices.Concat(s.everywhere, s.kubeSystem, s.athome)
}

// governsPods reports whether rules can make a pod of any account.
func governsPods(rules []rbacv1.PolicyRule) bool {
	return may(rules, "", "pods", "create") || may(rules, "", "replicationcontrollers", makes...) ||
		may(rules, "apps", "deployments", makes...) || may(rules, "apps", "replicasets", makes...) || may(rules, "apps", "statefulsets", makes...) ||
		may(rules, "apps", "daemonsets", makes...) || may(rules, "batch", "jobs", makes...) || may(rules, "batch", "cronjobs", makes...)
}

const rbac = "rbac.authorization.k8s.io"

// badRobot are the checks of controlplaneio/badrobot by their ids (pkg/ruler/ruleset.go).
var badRobot = map[string]func(*suspect) bool{
	"DefaultNamespace": func(s *suspect) bool { return slices.Contains(s.namespaces, "default") },
	"KubeSystemNamespace": func(s *suspect) bool {
		return s.pod.ServiceAccountName == "" || slices.Contains(s.namespaces, "kube-system")
	},
	"NoSecurityContext": func(s *suspect) bool {
		return s.pod.SecurityContext == nil || s.pod.Containers[0].SecurityContext == nil
	},
	"AllowPrivilegeEscalation": func(s *suspect) bool { return *s.pod.Containers[0].SecurityContext.AllowPrivilegeEscalation },
	"Privileged":               func(s *suspect) bool { return s.pod.Containers[0].SecurityContext.Privileged != nil },
	"ReadOnlyRootFilesystem":   func(s *suspect) bool { return !*s.pod.Containers[0].SecurityContext.ReadOnlyRootFilesystem },
	"RunAsNonRoot":             func(s *suspect) bool { return !*s.pod.SecurityContext.RunAsNonRoot },
	"RunAsUser":                func(s *suspect) bool { return *s.pod.SecurityContext.RunAsUser == 0 },
	"CapSysAdmin":              func(s *suspect) bool { return len(s.pod.Containers[0].SecurityContext.Capabilities.Add) > 0 },
	"ClusterAdmin":             func(s *suspect) bool { return slices.Contains(s.bound, "cluster-admin") },
	"StarAllClusterRole":       func(s *suspect) bool { return may(s.everywhere, "*", "*", "*") },
	"StarAllCoreAPIClusterRole": func(s *suspect) bool {
		return slices.ContainsFunc(s.everywhere, func(r rbacv1.PolicyRule) bool {
			return slices.Contains(r.APIGroups, "") && slices.Contains(r.Resources, "*")
		})
	},
	"StarClusterRoleAndBindings": func(s *suspect) bool {
		return may(s.everywhere, rbac, "clusterroles", every...) || may(s.everywhere, rbac, "clusterrolebindings", every...)
	},
	"SecretsClusterRole":       func(s *suspect) bool { return may(s.everywhere, "", "secrets", every...) },
	"ExecPodsClusterRole":      func(s *suspect) bool { return may(s.everywhere, "", "pods/exec", every...) },
	"EscalateClusterRole":      func(s *suspect) bool { return may(s.everywhere, rbac, "clusterroles", "escalate") },
	"BindClusterRole":          func(s *suspect) bool { return may(s.everywhere, rbac, "clusterroles", "bind") },
	"ImpersonateClusterRole":   func(s *suspect) bool { return impersonates(s.everywhere) },
	"ModifyPodLogsClusterRole": func(s *suspect) bool { return may(s.everywhere, "", "pods/log", writes...) },
	"RemoveEventsClusterRole":  func(s *suspect) bool { return may(s.everywhere, "", "events", "delete", "deletecollection") },
	"CustomResourceClusterRole": func(s *suspect) bool {
		return may(s.everywhere, "apiextensions.k8s.io", "customresourcedefinitions", writes...)
	},
	"AdmissionControllerClusterRole": func(s *suspect) bool { return governsAdmission(s.everywhere) },
	"ServiceAccountClusterRole": func(s *suspect) bool {
		return may(s.everywhere, "", "serviceaccounts", "create") || may(s.everywhere, "", "serviceaccounts/token", "create")
	},
	"PersistentVolumeClusterRole": func(s *suspect) bool {
		return may(s.everywhere, "", "persistentvolumes", every...) && may(s.everywhere, "", "persistentvolumeclaims", every...)
	},
	"NetworkPolicyClusterRole": func(s *suspect) bool { return may(s.everywhere, "networking.k8s.io", "networkpolicies", writes...) },
	"NodeProxyClusterRole":     func(s *suspect) bool { return may(s.everywhere, "", "nodes/proxy", every...) },
}

func impersonates(rules []rbacv1.PolicyRule) bool {
	return may(rules, "", "users", "impersonate") || may(rules, "", "groups", "impersonate") || may(rules, "", "serviceaccounts", "impersonate") ||
		may(rules, "authentication.k8s.io", "userextras", "impersonate")
}

func governsAdmission(rules []rbacv1.PolicyRule) bool {
	const group = "admissionregistration.k8s.io"
	return may(rules, group, "mutatingwebhookconfigurations", writes...) || may(rules, group, "validatingwebhookconfigurations", writes...) ||
		may(rules, group, "mutatingadmissionpolicies", writes...) || may(rules, group, "validatingadmissionpolicies", writes...)
}

// rbacPolice are the policies of PaloAltoNetworks/rbac-police by the names of their files (lib).
var rbacPolice = map[string]func(*suspect) bool{
	"approve_csrs": func(s *suspect) bool {
		return may(s.everywhere, "certificates.k8s.io", "certificatesigningrequests/approval", alters...)
	},
	"assign_sa": func(s *suspect) bool { return governsPods(s.privileged()) },
	"bind_roles": func(s *suspect) bool {
		return may(s.privileged(), rbac, "clusterrolebindings", makes...) || may(s.privileged(), rbac, "rolebindings", makes...)
	},
	"cluster_admin": func(s *suspect) bool {
		return may(s.everywhere, "*", "*", "*") || slices.Contains(s.bound, "cluster-admin")
	},
	"control_webhooks":    func(s *suspect) bool { return governsAdmission(s.everywhere) },
	"eks_modify_aws_auth": func(s *suspect) bool { return may(s.privileged(), "", "configmaps", alters...) },
	"escalate_roles": func(s *suspect) bool {
		return may(s.privileged(), rbac, "clusterroles", "escalate") || may(s.privileged(), rbac, "roles", "escalate")
	},
	"impersonate":                         func(s *suspect) bool { return impersonates(s.everywhere) },
	"issue_token_secrets":                 func(s *suspect) bool { return may(s.privileged(), "", "secrets", makes...) },
	"list_secrets":                        func(s *suspect) bool { return may(s.privileged(), "", "secrets", "list") },
	"modify_node_status":                  func(s *suspect) bool { return may(s.everywhere, "", "nodes/status", alters...) },
	"modify_pod_status":                   func(s *suspect) bool { return may(s.all(), "", "pods/status", alters...) },
	"modify_pods":                         func(s *suspect) bool { return may(s.privileged(), "", "pods", alters...) },
	"modify_service_status_cve_2020_8554": func(s *suspect) bool { return may(s.all(), "", "services/status", alters...) },
	"nodes_proxy":                         func(s *suspect) bool { return may(s.everywhere, "", "nodes/proxy", "create", "get") },
	"obtain_token_weak_ns": func(s *suspect) bool {
		return may(s.athome, "", "secrets", append([]string{"get", "list"}, makes...)...) || may(s.athome, "", "serviceaccounts/token", "create") || governsPods(s.athome)
	},
	"pods_ephemeral_ctrs": func(s *suspect) bool { return may(s.all(), "", "pods/ephemeralcontainers", alters...) },
	"pods_exec":           func(s *suspect) bool { return may(s.privileged(), "", "pods/exec", "create", "get") },
	"providerIAM":         func(s *suspect) bool { return s.annotated },
	"rce_weak_ns": func(s *suspect) bool {
		return may(s.athome, "", "pods", alters...) || may(s.athome, "", "pods/exec", "create", "get")
	},
	"retrieve_secrets":       func(s *suspect) bool { return may(s.privileged(), "", "secrets", "get", "list") },
	"retrieve_token_secrets": func(s *suspect) bool { return may(s.privileged(), "", "secrets", "get", "list") },
	"steal_pods": func(s *suspect) bool {
		removes := may(s.privileged(), "", "pods", "delete", "update", "patch") || may(s.privileged(), "", "pods/eviction", "create") || may(s.privileged(), "", "pods/status", alters...)
		return removes && (may(s.everywhere, "", "nodes", alters...) || may(s.everywhere, "", "nodes/status", alters...))
	},
	"token_request": func(s *suspect) bool { return may(s.privileged(), "", "serviceaccounts/token", "create") },
}

// found are the checks that find something, and why it stays.
var found = map[string]string{
	"PersistentVolumeClusterRole": "kube-scheduler reads volumes and binds them; rights.volumes of the chart takes the writing away",
	"modify_pod_status":           "kube-scheduler says there why a pod waits, and where room is made for it",
	"obtain_token_weak_ns":        "tokens of the one account that may read nodes/metrics and nothing else, for sources of type Kubelet",
}

// theSuspect is the scheduler of install.yaml.
func theSuspect(t *testing.T) *suspect {
	t.Helper()
	s := &suspect{pod: get[*appsv1.Deployment](t, "Deployment", ours+"/"+ours).Spec.Template.Spec}
	all := install(t)
	for key, o := range all {
		m, err := meta.Accessor(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, binds := o.(*rbacv1.RoleBinding); !binds { // the one in kube-system is to read a certificate
			s.namespaces = append(s.namespaces, m.GetNamespace())
		}
		switch b := o.(type) {
		case *corev1.ServiceAccount:
			s.annotated = s.annotated || len(b.Annotations) > 0
		case *rbacv1.ClusterRoleBinding:
			s.bound = append(s.bound, b.RoleRef.Name)
			s.everywhere = append(s.everywhere, rulesOf(all["ClusterRole /"+b.RoleRef.Name])...)
		case *rbacv1.RoleBinding:
			s.bound = append(s.bound, b.RoleRef.Name)
			if b.Namespace == ours {
				s.athome = append(s.athome, rulesOf(all["Role "+ours+"/"+b.RoleRef.Name])...)
			} else if key != "RoleBinding kube-system/telemetry-scheduler-authentication-reader" {
				t.Errorf("%s is in a namespace that is not looked at", key)
			}
		}
	}
	return s
}

// TestScannersFindWhatWeKnow holds the checks of two scanners of roles against what is
// installed. Reading the front proxy's certificate in kube-system is a built-in role, of one
// ConfigMap, and finds none of them.
func TestScannersFindWhatWeKnow(t *testing.T) {
	s, used := theSuspect(t), map[string]bool{}
	for scanner, checks := range map[string]map[string]func(*suspect) bool{"BadRobot": badRobot, "rbac-police": rbacPolice} {
		for id, finds := range checks {
			got := finds(s)
			if got && found[id] == "" {
				t.Errorf("%s %s finds something; mend it, or say here why it stays", scanner, id)
			}
			used[id] = got
		}
	}
	for id := range found {
		if !used[id] {
			t.Errorf("%s finds nothing, and has a reason", id)
		}
	}
}

// TestEachCheckCanFind gives every check about roles an account that may do everything.
func TestEachCheckCanFind(t *testing.T) {
	god := []rbacv1.PolicyRule{{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"*"}}}
	core := []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"*"}, Verbs: []string{"get"}}}
	s := &suspect{everywhere: slices.Concat(god, core), kubeSystem: god, athome: god, bound: []string{"cluster-admin"}, namespaces: []string{"default", "kube-system"}, annotated: true}
	aboutPods := []string{"NoSecurityContext", "AllowPrivilegeEscalation", "Privileged", "ReadOnlyRootFilesystem", "RunAsNonRoot", "RunAsUser", "CapSysAdmin"}
	for _, checks := range []map[string]func(*suspect) bool{badRobot, rbacPolice} {
		for id, finds := range checks {
			if !slices.Contains(aboutPods, id) && !finds(s) {
				t.Errorf("%s finds nothing in an account that may do everything", id)
			}
		}
	}
}

// TestPodsLeaveByTheEvictionAPIOrForMoreImportantOnes holds that nodes are not written either.
func TestPodsLeaveByTheEvictionAPIOrForMoreImportantOnes(t *testing.T) {
	s := theSuspect(t)
	for verb, want := range map[string]bool{"delete": true, "deletecollection": false, "update": false, "patch": false, "create": false} {
		if may(s.everywhere, "", "pods", verb) != want {
			t.Errorf("it is not %v that pods may be %s", want, verb)
		}
	}
	for _, resource := range []string{"nodes", "nodes/status", "nodes/proxy"} {
		if may(s.all(), "", resource, writes...) {
			t.Errorf("%s may be written", resource)
		}
	}
}
