package integration

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

func TestWithoutPermissionToReadTheSchedulerSaysSoAndGoesOn(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "denied")
	r.forbidden = true
	r.addNodes(2)
	r.mayReadRules(false)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", everywhere))})
	r.start(sources("- {name: metrics, type: MetricsAPI, interval: 5s}", "minInterval: 1s", "startTimeout: 3s")) // which gives a reading five seconds: what fails first is told
	tell(t, r,
		chapter[*release]{"who may not read ConfigMaps schedules without rules and logs what is missing", (*release).rulesDenied},
		chapter[*release]{"once it may read the rules are in force", (*release).rulesGranted},
		chapter[*release]{"who may no longer read keeps the rules that were in force", (*release).rulesTaken},
		chapter[*release]{"who may not list metrics says so and schedules", (*release).metricsDenied},
	)
}

func (r *release) rulesDenied() {
	r.bound(r.addMany("free", 4)...)
	r.t.Logf("the first pod was held back for %.1f s", r.sum("telemetry_scheduler_start_wait_seconds"))
	r.says("Rules cannot be read", "The scheduler needs to get, list and watch ConfigMaps in its namespace")
	r.says("The stored state may not be read")
	if r.sum("telemetry_scheduler_rule_watch_errors_total") == 0 {
		r.t.Error("telemetry_scheduler_rule_watch_errors_total is 0")
	}
}

func (r *release) rulesGranted() {
	r.mayReadRules(true)
	r.firing("line", 2)
	r.waits(r.add(r.pod("governed"))[0], "broke telemetry rule line (memory > 1 percent)")
}

func (r *release) rulesTaken() {
	r.mayReadRules(false)
	r.waits(r.add(r.pod("still-governed"))[0], "broke telemetry rule line (memory > 1 percent)")
	r.mayReadRules(true)
}

func (r *release) metricsDenied() {
	r.change("ClusterRole", func(rule rbacv1.PolicyRule) bool { return slices.Contains(rule.APIGroups, "metrics.k8s.io") }, nil)
	r.metric(0, up, "source", "metrics")
	e := r.event(testbed.ServiceAccount, "TelemetrySourceFailed", "may not list nodes in metrics.k8s.io; give it the role of our manifests")
	r.t.Log(e.Note)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle))})
	r.bound(r.name+"-governed", r.name+"-still-governed")
}

// says makes sure that one line of the log has all these words.
func (r *release) says(words ...string) {
	r.t.Helper()
	r.eventually(func(context.Context) error {
		for line := range strings.Lines(r.Log()) {
			if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) }) {
				return nil
			}
		}
		return fmt.Errorf("no line of the log says %q", words)
	})
}

// mayReadRules gives the permission to use ConfigMaps, or takes it away.
func (r *release) mayReadRules(yes bool) {
	r.t.Helper()
	verbs := []string{"get", "list", "watch", "create", "update", "delete"}
	if !yes {
		verbs = []string{"create"} // a rule must have a verb
	}
	r.change("Role", func(rule rbacv1.PolicyRule) bool { return slices.Contains(rule.Resources, "configmaps") }, verbs)
}

// change replaces the verbs of some rules of the release's role.
func (r *release) change(kind string, which func(rbacv1.PolicyRule) bool, verbs []string) {
	r.t.Helper()
	rbac := r.bed.Client.RbacV1()
	if kind == "Role" {
		role, err := rbac.Roles(r.name).Get(r.t.Context(), testbed.ServiceAccount, metav1.GetOptions{})
		r.must(err)
		role.Rules = replaced(role.Rules, which, verbs)
		_, err = rbac.Roles(r.name).Update(r.t.Context(), role, metav1.UpdateOptions{})
		r.must(err)
		return
	}
	role, err := rbac.ClusterRoles().Get(r.t.Context(), testbed.Qualified(r.name, testbed.ServiceAccount), metav1.GetOptions{})
	r.must(err)
	role.Rules = replaced(role.Rules, which, verbs)
	_, err = rbac.ClusterRoles().Update(r.t.Context(), role, metav1.UpdateOptions{})
	r.must(err)
}

// replaced leaves rules out that have no verbs left.
func replaced(rules []rbacv1.PolicyRule, which func(rbacv1.PolicyRule) bool, verbs []string) []rbacv1.PolicyRule {
	var out []rbacv1.PolicyRule
	for _, rule := range rules {
		if which(rule) {
			rule.Verbs = verbs
		}
		if len(rule.Verbs) > 0 {
			out = append(out, rule)
		}
	}
	return out
}
