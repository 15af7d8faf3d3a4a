package checks

import (
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

// but allows everything but one verb on one resource.
func but(verb, resource string) func(authorizationv1.ResourceAttributes) bool {
	return func(r authorizationv1.ResourceAttributes) bool { return r.Verb != verb || r.Resource != resource }
}

func everything(authorizationv1.ResourceAttributes) bool { return true }

func TestRightsOfTheSchedulersAccount(t *testing.T) {
	bound := &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta("", "release-x"), RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: "x:telemetry-scheduler"},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: ns, Name: account}},
	}
	mend := func(kind, role, binding, name, namespace, rules string) string {
		in, items := "", ""
		if namespace != "" {
			in = `,"namespace":"` + namespace + `"`
		}
		if rules != "" {
			items = `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"` + kind + `","metadata":{"name":"` + role + `"` + in + `},"rules":` + rules + `},`
		}
		return `printf %s '{"apiVersion":"v1","items":[` + items +
			`{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"` + kind + `Binding","metadata":{"name":"` + binding + `"` + in + `},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"` + kind + `","name":"` + role + `"},` +
			`"subjects":[{"kind":"ServiceAccount","name":"` + name + `","namespace":"telemetry-scheduler"}]}],"kind":"List"}' | kubectl auth reconcile -f -`
	}
	const listPods = `[{"verbs":["list"],"apiGroups":["metrics.k8s.io"],"resources":["pods"]}]`
	metricsPods := func(r authorizationv1.ResourceAttributes) bool {
		return r.Group != "metrics.k8s.io" || r.Resource != "pods"
	}
	wide := &rbacv1.RoleBinding{
		ObjectMeta: meta(ns, account), RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: "corp:telemetry-scheduler"},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: ns, Name: account}},
	}
	leases := func(r authorizationv1.ResourceAttributes) bool { return r.Resource != "leases" || r.Verb != "create" }
	examine(t, rights, map[string]patient{
		"nothing is given to an account that there is not": {
			cluster: letting(with(), metricsPods),
			want:    []string{"error: the account telemetry-scheduler/telemetry-scheduler may not list pods.metrics.k8s.io in all namespaces, and there is no such account\nkubectl get serviceaccounts -n telemetry-scheduler"},
		},
		"a binding to a role of another kind stays, and another one is made beside it": {
			cluster: letting(with(accounts(wide)...), leases),
			want:    []string{"error: the account telemetry-scheduler/telemetry-scheduler may not create leases.coordination.k8s.io in the namespace telemetry-scheduler\n" + mend("Role", account, account+"-mended", account, ns, `[{"verbs":["create"],"apiGroups":["coordination.k8s.io"],"resources":["leases"]}]`)},
		},
		"who has all of them is well": {cluster: letting(with(), everything)},
		"a right that is missing is added to the role, and the role is bound": {
			cluster: letting(with(accounts()...), metricsPods),
			want:    []string{"error: the account telemetry-scheduler/telemetry-scheduler may not list pods.metrics.k8s.io in all namespaces\n" + mend("ClusterRole", account, account, account, "", listPods)},
		},
		"role and binding keep the names that they have in the cluster": {
			cluster: letting(with(accounts(bound)...), metricsPods),
			want:    []string{"error: the account telemetry-scheduler/telemetry-scheduler may not list pods.metrics.k8s.io in all namespaces\n" + mend("ClusterRole", "x:telemetry-scheduler", "release-x", account, "", listPods)},
		},
		"the role of Kubernetes' own is bound and not written": {
			cluster: letting(with(accounts()...), func(r authorizationv1.ResourceAttributes) bool { return r.Namespace != "kube-system" }),
			want: []string{"error: the account telemetry-scheduler/telemetry-scheduler may not get configmaps named extension-apiserver-authentication, list configmaps named extension-apiserver-authentication, watch configmaps named extension-apiserver-authentication in the namespace kube-system\n" +
				mend("Role", "extension-apiserver-authentication-reader", "telemetry-scheduler-authentication-reader", account, "kube-system", "")},
		},
		"the reader of kubelets is asked about where kubelets are read": {
			cluster: configured(t, letting(with(accounts()...), but("get", "nodes")), "{builtin: k, sources: [{name: k, type: Kubelet}]}"),
			want:    []string{"error: the account telemetry-scheduler/telemetry-scheduler-kubelet-reader may not get nodes/metrics in all namespaces\n" + mend("ClusterRole", account+"-kubelet-reader", account+"-kubelet-reader", account+"-kubelet-reader", "", `[{"verbs":["get"],"apiGroups":[""],"resources":["nodes/metrics"]}]`)},
		},
		"and not where they are not": {cluster: letting(with(accounts()...), but("get", "nodes"))},
		"custom metrics need a right more": {
			cluster: configured(t, letting(with(accounts()...), but("get", "*")), "{sources: [{name: metrics, type: MetricsAPI}, {name: c, type: CustomMetrics}]}"),
			want:    []string{"error: the account telemetry-scheduler/telemetry-scheduler may not get *.custom.metrics.k8s.io in all namespaces\n" + mend("ClusterRole", account+"-custom-metrics", account+"-custom-metrics", account, "", `[{"verbs":["get"],"apiGroups":["custom.metrics.k8s.io"],"resources":["*"]}]`)},
		},
		"rules of namespaces need the right to read ConfigMaps everywhere": {
			cluster: configured(t, letting(with(accounts()...), func(r authorizationv1.ResourceAttributes) bool {
				return r.Resource != "configmaps" || r.Namespace != ""
			}), "{namespaces: {matchLabels: {a: b}}}"),
			want: []string{"error: the account telemetry-scheduler/telemetry-scheduler may not list configmaps, watch configmaps in all namespaces\n" + mend("ClusterRole", account+"-namespaced-rules", account+"-namespaced-rules", account, "", `[{"verbs":["list","watch"],"apiGroups":[""],"resources":["configmaps"]}]`)},
		},
	})
}

func TestRightsOfTheCaller(t *testing.T) {
	as := func(user string, c *Cluster) *Cluster {
		c.Client.(*fake.Clientset).PrependReactor("create", "selfsubjectreviews", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, &authenticationv1.SelfSubjectReview{Status: authenticationv1.SelfSubjectReviewStatus{UserInfo: authenticationv1.UserInfo{Username: user}}}, nil
		})
		return c
	}
	const role = `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"telemetry-scheduler-doctor"},"rules":[{"verbs":["list"],"apiGroups":[""],"resources":["pods"]}]},` +
		`{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"telemetry-scheduler-doctor"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"telemetry-scheduler-doctor"},"subjects":[`
	examine(t, access, map[string]patient{
		"who may look at everything is told nothing": {cluster: letting(with(), everything)},
		"a user is given what is missing": {
			cluster: as("ann", letting(with(), but("list", "pods"))),
			want:    []string{"warning: you, ann, may not list pods\nprintf %s '{\"apiVersion\":\"v1\",\"items\":[" + role + `{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"ann"}]}],"kind":"List"}' | kubectl auth reconcile -f -`},
		},
		"a name with a backslash reaches kubectl as it is": {
			cluster: as(`CORP\alice`, letting(with(), but("list", "pods"))),
			want:    []string{"warning: you, CORP\\alice, may not list pods\nprintf %s '{\"apiVersion\":\"v1\",\"items\":[" + role + `{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"CORP\\alice"}]}],"kind":"List"}' | kubectl auth reconcile -f -`},
		},
		"and so is an account": {
			cluster: as("system:serviceaccount:ci:bot", letting(with(), but("list", "pods"))),
			want:    []string{"warning: you, system:serviceaccount:ci:bot, may not list pods\nprintf %s '{\"apiVersion\":\"v1\",\"items\":[" + role + `{"kind":"ServiceAccount","name":"bot","namespace":"ci"}]}],"kind":"List"}' | kubectl auth reconcile -f -`},
		},
	})
}
