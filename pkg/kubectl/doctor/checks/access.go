package checks

import (
	"context"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var access = Check{Name: "access", About: "whether you may read what the other checks look at", Look: lookAtAccess}

// looks is what the checks read.
var looks = []rbacv1.PolicyRule{
	{APIGroups: []string{""}, Resources: []string{"configmaps", "namespaces", "nodes", "pods", "serviceaccounts"}, Verbs: []string{"get", "list"}},
	{APIGroups: []string{"apps"}, Resources: []string{"deployments", "replicasets"}, Verbs: []string{"get", "list"}},
	{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, Verbs: []string{"get", "list"}},
	{APIGroups: []string{"rbac.authorization.k8s.io"}, Resources: []string{"clusterrolebindings", "rolebindings"}, Verbs: []string{"list"}},
	{APIGroups: []string{"apiregistration.k8s.io"}, Resources: []string{"apiservices"}, Verbs: []string{"get"}},
	{APIGroups: []string{"metrics.k8s.io"}, Resources: []string{"nodes"}, Verbs: []string{"list"}},
	{APIGroups: []string{"authorization.k8s.io"}, Resources: []string{"subjectaccessreviews"}, Verbs: []string{"create"}},
}

func lookAtAccess(ctx context.Context, c *Cluster) ([]Finding, error) {
	missing, err := denied(ctx, looks, func(ctx context.Context, r authorizationv1.ResourceAttributes) (bool, error) {
		asked, err := c.Client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
			Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &r},
		}, metav1.CreateOptions{})
		if err != nil {
			return false, err
		}
		return asked.Status.Allowed, nil
	})
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	self, err := c.Client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	user := self.Status.UserInfo.Username
	g := grant{role: "telemetry-scheduler-doctor", binding: "telemetry-scheduler-doctor", subject: subjectOf(user)}
	return []Finding{{
		Severity: Warning, Object: "clusterrole/" + g.role,
		What:   fmt.Sprintf("you, %s, may not %s", user, said(missing)),
		Why:    "what you may not read is not judged: the checks that need it say so",
		Advice: "an administrator gives you the rights",
		Mend:   c.reconcile(g, rulesOf(missing)),
	}}, nil
}
