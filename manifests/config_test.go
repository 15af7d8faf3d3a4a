package manifests

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestExampleRulesLoad(t *testing.T) {
	for _, o := range objects(t, "rules-example.yaml") {
		cm := o.(*corev1.ConfigMap)
		if cm.Namespace != ours || cm.Labels[rules.LabelRules] != "true" {
			t.Errorf("the scheduler does not read %s/%s with labels %v", cm.Namespace, cm.Name, cm.Labels)
		}
		for key, text := range cm.Data {
			document, mistakes := rules.Parse(key, []byte(text), rules.Options{Metrics: rules.Builtins(15*time.Second, time.Minute)})
			for _, m := range mistakes {
				t.Error(m)
			}
			if document == nil || len(document.Rules) != 1 {
				t.Errorf("%s is not one rule", key)
			}
		}
	}
}

// TestReaderIsTheAccountThatMayBeAskedFor ties the account to the right to ask
// for its tokens.
func TestReaderIsTheAccountThatMayBeAskedFor(t *testing.T) {
	role := get[*rbacv1.Role](t, "Role", ours+"/"+ours)
	for _, rule := range role.Rules {
		if rule.Resources[0] == "serviceaccounts/token" {
			for _, name := range rule.ResourceNames {
				get[*corev1.ServiceAccount](t, "ServiceAccount", ours+"/"+name)
			}
		}
	}
}
