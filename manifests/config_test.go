package manifests

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/klog/v2/ktesting"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/app"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// configuration returns the text of the scheduler's configuration.
func configuration(t *testing.T) string {
	t.Helper()
	return get[*corev1.ConfigMap](t, "ConfigMap", ours+"/telemetry-scheduler-config").Data["config.yaml"]
}

func TestConfigurationLoads(t *testing.T) {
	text := configuration(t)
	for _, mistake := range app.CheckConfig("config.yaml", []byte(text)) {
		t.Error(mistake)
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	logger, _ := ktesting.NewTestContext(t)
	config, err := options.LoadConfigFromFile(logger, file)
	if err != nil {
		t.Fatal(err)
	}
	if name := config.Profiles[0].SchedulerName; name != ours {
		t.Errorf("pods must name the scheduler %s", name)
	}
	if l := config.LeaderElection; !l.LeaderElect || l.ResourceNamespace != ours || !mayHold(t, l.ResourceName) {
		t.Errorf("the account may not hold the lease of %+v", l)
	}
}

// mayHold reports whether our account may hold a lease in our namespace.
func mayHold(t *testing.T, lease string) bool {
	t.Helper()
	return slices.ContainsFunc(get[*rbacv1.Role](t, "Role", ours+"/"+ours).Rules, func(r rbacv1.PolicyRule) bool {
		return slices.Equal(r.Resources, []string{"leases"}) && slices.Equal(r.ResourceNames, []string{lease}) && slices.Contains(r.Verbs, "update")
	})
}

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
