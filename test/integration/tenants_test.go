package integration

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tenancy is the label that lets a namespace have rules; its value is the release.
const tenancy = "rules-for"

// letting is quick, and lets some namespaces have rules.
func (r *release) letting() replacement {
	return sources("- {name: metrics, type: MetricsAPI, interval: 2s}", "minInterval: 1s",
		fmt.Sprintf("namespaces: {matchLabels: {%s: %s}}", tenancy, r.name))
}

// TestTenantsReachNotBeyondTheirNamespace has three namespaces beside that of the
// release: two that may have rules, of which the first tries what it can, and one that
// may not.
func TestTenantsReachNotBeyondTheirNamespace(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "tenants")
	r.must(r.bed.ApplyIn(t.Context(), r.name, "namespaced-rules.yaml"))
	r.addNodes(2)
	for team, may := range map[string]bool{"a": true, "b": true, "c": false} {
		r.addTenant(team, may)
	}
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle))})
	r.start(r.letting())
	r.judged("line", 2)
	tell(t, r,
		chapter[*release]{"a rule of one namespace keeps its own pods off and no others", (*release).tenantKeepsItsPodsOff},
		chapter[*release]{"its name and that of its ConfigMap may be those of the cluster", (*release).tenantTakesNames},
		chapter[*release]{"what reaches further is refused with an Event for each", (*release).tenantReaches},
		chapter[*release]{"the rule that is one too many is refused and says who can raise the limit", (*release).tenantHasTooMany},
		chapter[*release]{"1 MiB of rules is refused and costs nobody else anything", (*release).tenantWritesMuch},
		chapter[*release]{"a stop button of its own stops nothing", (*release).tenantPressesButton},
		chapter[*release]{"the cluster's stop button can silence one of its rules by name", (*release).tenantIsSilenced},
		chapter[*release]{"a namespace that may have no rules has none until its label says so", (*release).tenantIsLetIn},
		chapter[*release]{"a broken key keeps its last good text through a restart", (*release).tenantSurvives},
		chapter[*release]{"when the label goes the rules of the namespace end", (*release).tenantIsLetGo},
	)
}

// team is the namespace of one tenant.
func (r *release) team(name string) string { return r.name + "-" + name }

// addTenant makes a namespace, and waits until pods can be made there.
func (r *release) addTenant(name string, may bool) {
	r.t.Helper()
	_, err := r.bed.Client.CoreV1().Namespaces().Create(r.t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: r.team(name)}}, metav1.CreateOptions{})
	r.must(err)
	r.let(name, may)
	r.eventually(func(ctx context.Context) error {
		_, err := r.bed.Client.CoreV1().ServiceAccounts(r.team(name)).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
}

// let gives a namespace the label that lets it have rules, or takes it away.
func (r *release) let(name string, may bool) {
	r.t.Helper()
	namespaces := r.bed.Client.CoreV1().Namespaces()
	namespace, err := namespaces.Get(r.t.Context(), r.team(name), metav1.GetOptions{})
	r.must(err)
	delete(namespace.Labels, tenancy)
	if may {
		namespace.Labels[tenancy] = r.name
	}
	_, err = namespaces.Update(r.t.Context(), namespace, metav1.UpdateOptions{})
	r.must(err)
}

// writeFor replaces the data of a rule ConfigMap of a tenant.
func (r *release) writeFor(team, name string, data map[string]string) {
	r.t.Helper()
	cm := marked(name, data)
	cm.Namespace = r.team(team)
	r.writeMap(cm)
}

// addFor makes a pod of a tenant.
func (r *release) addFor(team, name string) string {
	r.t.Helper()
	pod := r.pod(name)
	pod.Namespace = r.team(team)
	return r.add(pod)[0]
}

// total waits until so many rules are in force.
func (r *release) total(rules float64) {
	r.t.Helper()
	r.metric(rules, "telemetry_scheduler_rules")
}

const brokeTenant = "broke telemetry rule tenants-a/line (memory > 1 percent)"

func (r *release) tenantKeepsItsPodsOff() {
	r.writeFor("a", "rules", map[string]string{"line.yaml": document(r.blocking("line", everywhere))})
	r.firing("tenants-a/*", 2)
	r.t.Log(r.waits(r.addFor("a", "governed"), brokeTenant).Note)
	r.bound(r.addFor("b", "free"), r.addFor("c", "free"), r.add(r.pod("free"))[0])
	r.t.Log(r.event("tenants-a/rules", "TelemetryRuleFiring", "Rule tenants-a/line began to fire on ").Note)
}

func (r *release) tenantTakesNames() {
	r.total(2)
	r.firing("line", 0)
	r.metric(0, "telemetry_scheduler_rule_conflicts")
	if e, err := r.findEvent(r.t.Context(), "rules", "RuleNameTaken", ""); err == nil {
		r.t.Errorf("a name counts as taken: %s", e.Note)
	}
}

// reaches are keys that go beyond the namespace, with what their Events say.
func (r *release) reaches() []badKey {
	steady := "preferences:\n- {name: calm, metric: cpu, prefer: Steady, steady: {window: 12h}}\n"
	return []badKey{
		{"query.yaml", "metrics:\n- {name: heat, query: up}\n", ":3:1: rules of one namespace cannot define metrics; use those of the cluster's rules"},
		{"redefined.yaml", "metrics:\n- {name: memory, query: up}\n", `"memory" is built in and cannot be redefined`},
		{"unknown.yaml", r.blocking("x", everywhere, "onUnknown: Block"), "a rule of one namespace cannot block on absent telemetry; leave it to a rule of the cluster"},
		{"namespaces.yaml", r.blocking("x", everywhere, "namespaces: {}"), `a rule of one namespace governs that namespace, and "namespaces" has no meaning; remove it`},
		{"mark.yaml", strings.Replace(r.blocking("x", everywhere), "block: {}", "label: {key: telemetry-scheduler.io/x, value: y}", 1), "a rule of one namespace cannot mark nodes; leave it to a rule of the cluster"},
		{"evict.yaml", strings.Replace(r.blocking("x", everywhere), "block: {}", "evict: {goal: Vacate, allow: [otherSchedulers]}", 1), "a rule of one namespace cannot evict pods of other schedulers; remove it"},
		{"memory.yaml", steady, "cannot choose the time that is remembered of every node"},
	}
}

func (r *release) tenantReaches() {
	data := map[string]string{}
	for _, b := range r.reaches() {
		text := b.text
		if strings.HasPrefix(text, "- ") {
			text = "rules:\n" + text
		}
		data[b.key] = "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\n" + text
	}
	r.writeFor("a", "greedy", data)
	for _, b := range r.reaches() {
		e := r.event("tenants-a/greedy", "RulesRejected", "tenants-a/greedy/"+b.key)
		if !strings.Contains(e.Note, b.says) {
			r.t.Errorf("the Event about %s should say %q, and says %q", b.key, b.says, e.Note)
		}
	}
	r.metric(float64(len(data)), "telemetry_scheduler_namespaced_rule_keys", "text", "none")
	r.metric(0, "telemetry_scheduler_rule_keys", "text", "none")
	r.total(2)
	r.bound(r.addFor("b", "still-free"))
}

// severalRules is a file of idle rules.
func (r *release) severalRules(count int) string {
	var list []string
	for i := range count {
		list = append(list, r.blocking(fmt.Sprintf("r%02d", i), idle))
	}
	return document(list...)
}

func (r *release) tenantHasTooMany() {
	r.writeFor("a", "many", map[string]string{"many.yaml": r.severalRules(50)})
	e := r.event("tenants-a/many", "RulesRejected", "with this key namespace tenants-a has 51 rules (1 in rules/line.yaml), and it may have 50; "+
		"remove 1, or ask whoever runs the scheduler to raise namespaceLimits.rules")
	r.t.Log(e.Note)
	r.total(2)
	r.writeFor("a", "many", map[string]string{"many.yaml": r.severalRules(49)})
	r.total(51)
	r.event("tenants-a/many", "RulesMended", "tenants-a/many/many.yaml is mended")
}

func (r *release) tenantWritesMuch() {
	comment := strings.Repeat("# why this rule is as it is, in many words\n", nearly/44)
	r.writeFor("b", "large", map[string]string{"large.yaml": comment + document(r.blocking("large", everywhere))})
	r.t.Log(r.event("tenants-b/large", "RulesRejected", "bytes of rules that are read").Note)
	r.total(51)
	r.bound(r.addFor("b", "free-of-large"))
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", everywhere))})
	r.firing("line", 2)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle))})
	r.firing("line", 0)
}

func (r *release) tenantPressesButton() {
	button := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "telemetry-scheduler-pause", Namespace: r.team("b")},
		Data:       map[string]string{"block": "true", "silences": "- {rule: tenants-a/line}\n"},
	}
	r.writeMap(button)
	button.Labels = maps.Clone(marked("", nil).Labels)
	r.writeMap(button)
	e := r.event("tenants-b/telemetry-scheduler-pause", "RulesWarning", "the stop button is the ConfigMap of this name in namespace tenants, and no other")
	r.t.Log(e.Note)
	r.metric(0, "telemetry_scheduler_paused")
	r.waits(r.addFor("a", "while-pressed"), brokeTenant)
}

func (r *release) tenantIsSilenced() {
	r.writeMap(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "telemetry-scheduler-pause"}, Data: map[string]string{
		"silences": "- {rule: tenants-a/line, by: ann, why: they asked}\n",
	}})
	r.bound("tenants-a/tenants-governed", "tenants-a/tenants-while-pressed")
	r.deleteMap("telemetry-scheduler-pause")
	r.blocks("tenants-a/*", 2)
	r.waits(r.addFor("a", "after-silence"), brokeTenant)
}

func (r *release) tenantIsLetIn() {
	r.writeFor("c", "rules", map[string]string{"line.yaml": document(r.blocking("line", everywhere))})
	e := r.event("tenants-c/rules", "RulesNotAllowed", `namespace tenants-c may have no rules of its own: its labels do not fit the selector "rules-for in (tenants)"`)
	r.t.Log(e.Note)
	r.eventually(func(ctx context.Context) error { // other releases have namespaces too
		m, err := r.Metrics(ctx)
		if err == nil && m.Sum("telemetry_scheduler_namespaced_rule_keys", "text", "not-allowed") == 0 {
			err = errors.New("no key counts as not allowed")
		}
		return err
	})
	r.bound(r.addFor("c", "before"))
	r.let("c", true)
	r.firing("tenants-c/*", 2)
	r.event("tenants-c/rules", "RulesAllowed", "Namespace tenants-c may have rules of its own now")
	r.waits(r.addFor("c", "after"), "broke telemetry rule tenants-c/line")
}

func (r *release) tenantSurvives() {
	r.writeFor("c", "rules", map[string]string{"line.yaml": document(r.blocking("line", "metric: memory, above: 1"))})
	r.event("tenants-c/rules", "RulesRejected", "The last good text of this key stays in force.")
	r.Stop()
	r.restart()
	r.firing("tenants-c/*", 2)
	r.metric(1, "telemetry_scheduler_namespaced_rule_keys", "text", "last-good")
	r.waits(r.addFor("c", "after-restart"), "broke telemetry rule tenants-c/line")
}

func (r *release) tenantIsLetGo() {
	r.let("c", false)
	r.bound("tenants-c/tenants-after", "tenants-c/tenants-after-restart")
	r.let("a", false)
	r.bound("tenants-a/tenants-after-silence")
	r.total(1)
	r.event("tenants-a/rules", "RulesNotAllowed", "namespace tenants-a may have no rules of its own")
	r.wantNoFlush()
}

// TestWithoutTheRightToOtherNamespacesTheClustersRulesWork is about an operator who
// allows rules and forgets the role.
func TestWithoutTheRightToOtherNamespacesTheClustersRulesWork(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "rightless")
	r.forbidden = true
	r.addNodes(2)
	r.addTenant("a", true)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", everywhere, "namespaces: {matchLabels: {kubernetes.io/metadata.name: default}}"))})
	r.writeFor("a", "rules", map[string]string{"line.yaml": document(r.blocking("line", everywhere))})
	r.start(r.letting())
	r.firing("line", 2)
	r.waits(r.add(r.pod("governed"))[0], brokeEdits)
	r.bound(r.addFor("a", "free"))
	r.says("The rules of other namespaces cannot be read", "manifests/namespaced-rules.yaml")
	r.must(r.bed.ApplyIn(t.Context(), r.name, "namespaced-rules.yaml"))
	r.firing("rightless-a/*", 2)
	r.waits(r.addFor("a", "governed"), "broke telemetry rule rightless-a/line")
}
