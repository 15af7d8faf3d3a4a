package checks

import (
	"strings"
	"testing"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestTextsOfRulesAreInForce(t *testing.T) {
	one := node("n", map[string]string{"pool": "a"})
	unlabelled := stored(ns, "r", "a.yaml", hot())
	unlabelled.Labels = nil
	elsewhere := stored("team", "r", "a.yaml", hot())
	elsewhere.Labels = nil
	paused := stored(ns, "r", "a.yaml", hot())
	paused.Annotations = map[string]string{"telemetry-scheduler.io/paused": "true"}
	button := func(data map[string]string) *corev1.ConfigMap {
		return &corev1.ConfigMap{ObjectMeta: meta(ns, "telemetry-scheduler-pause"), Data: data}
	}
	team := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "team"}}
	for _, tc := range []struct {
		check Check
		all   map[string]patient
	}{
		{labels, map[string]patient{
			"a ConfigMap with the label": {cluster: with(stored(ns, "r", "a.yaml", hot()))},
			"a ConfigMap without it":     {cluster: with(unlabelled), want: []string{"error: telemetry-scheduler/r: this ConfigMap holds rules and has no label telemetry-scheduler.io/rules, so nobody reads them\nkubectl label configmap r -n telemetry-scheduler telemetry-scheduler.io/rules=true --overwrite"}},
			"one whose label says that it is out of force": {cluster: with(func() *corev1.ConfigMap {
				cm := stored(ns, "r", "a.yaml", strings.Replace(hot(), "90%", "90", 1))
				cm.Labels["telemetry-scheduler.io/rules"] = "off"
				return cm
			}())},
			"one of a namespace that may have rules": {
				cluster: configured(t, with(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "team", Labels: map[string]string{"rules": "own"}}}, elsewhere), "{namespaces: {matchLabels: {rules: own}}}"),
				want:    []string{"error: team/r: this ConfigMap holds rules and has no label telemetry-scheduler.io/rules, so nobody reads them\nkubectl label configmap r -n team telemetry-scheduler.io/rules=true --overwrite"},
			},
			"one of a namespace that may have none": {cluster: with(elsewhere)},
		}},
		{namespaces, map[string]patient{
			"rules in another namespace are shown, and not made those of the cluster": {cluster: with(stored("team", "r", "a.yaml", hot())), want: []string{"note: team/r: rules are read in the namespace telemetry-scheduler alone\nkubectl get configmap r -n team -o yaml"}},
			"a namespace that the selector does not select gets no label": {
				cluster: configured(t, with(team, stored("team", "r", "a.yaml", hot())), "{namespaces: {matchLabels: {rules: own}}}"),
				want:    []string{"warning: team/r: namespace team may have no rules of its own: its labels do not fit the selector \"rules in (own)\"\nkubectl get namespace team --show-labels"},
			},
			"those of another scheduler of ours are none of ours": {
				cluster: with(stored("team", "r", "a.yaml", hot()), &coordinationv1.Lease{ObjectMeta: meta("team", ns)}),
			},
		}},
		{keys, map[string]patient{
			"a key of another ending":                 {cluster: with(stored(ns, "r", "a.yml", hot())), want: []string{"error: telemetry-scheduler/r/a.yml: keys of rules end in .yaml, and this one does not\nkubectl patch configmap r -n telemetry-scheduler --type=json -p '[{\"op\":\"move\",\"from\":\"/data/a.yml\",\"path\":\"/data/a.yaml\"}]'"}},
			"a key whose proper name another one has": {cluster: with(func() *corev1.ConfigMap { cm := stored(ns, "r", "a.yml", hot()); cm.Data["a.yaml"] = hot(); return cm }()), want: []string{"error: telemetry-scheduler/r/a.yml: keys of rules end in .yaml, and this one does not\nkubectl edit configmap r -n telemetry-scheduler"}},
		}},
		{rejected, map[string]patient{
			"a text with two mistakes": {cluster: with(stored(ns, "r", "a.yaml", strings.Replace(hot("mode: Dry"), "90%", "90", 1))), want: []string{"error: telemetry-scheduler/r/a.yaml has 2 mistakes, the first at 5:33: \"above\": 90 can be read as 90% or as 9000%\nkubectl edit configmap r -n telemetry-scheduler"}},
			"a text that is out of force on purpose": {cluster: with(func() *corev1.ConfigMap {
				cm := stored(ns, "r", "a.yaml", strings.Replace(hot(), "90%", "90", 1))
				cm.Labels["telemetry-scheduler.io/rules"] = "off"
				return cm
			}())},
			"what other checks are about is not repeated": {cluster: with(unlabelled, stored("team", "s", "a.yaml", hot()), stored(ns, "t", "a.yml", hot()))},
		}},
		{pause, map[string]patient{
			"nothing is paused":        {cluster: with(stored(ns, "r", "a.yaml", hot()))},
			"the stop button":          {cluster: with(button(map[string]string{"block": "true", "until": "2026-01-02T13:00:00Z"})), want: []string{"warning: the stop button stands until 2026-01-02T13:00:00Z\nkubectl telemetry resume block --scheduler-namespace=telemetry-scheduler"}},
			"who pressed it is named":  {cluster: with(button(map[string]string{"block": "true", "by": "ann", "why": "fans"})), want: []string{"warning: the stop button stands, until it is removed (ann: fans)\nkubectl telemetry resume block --scheduler-namespace=telemetry-scheduler"}},
			"a stop button that ended": {cluster: with(button(map[string]string{"block": "true", "until": "2026-01-02T11:00:00Z"})), want: []string{"warning: telemetry-scheduler/telemetry-scheduler-pause/until: \"2026-01-02T11:00:00Z\" has passed, so \"block\" and \"evict\" pause nothing\nkubectl edit configmap telemetry-scheduler-pause -n telemetry-scheduler"}},
			"a word that is no pause":  {cluster: with(button(map[string]string{"block": "yes"})), want: []string{"warning: telemetry-scheduler/telemetry-scheduler-pause/block: \"block\" is \"yes\" and pauses nothing: rules keep pods off until the word is \"true\"\nkubectl edit configmap telemetry-scheduler-pause -n telemetry-scheduler"}},
			"a silence is noted":       {cluster: with(stored(ns, "r", "a.yaml", hot()), button(map[string]string{"silences": "- {rule: hot, by: ann, why: a fan}"})), want: []string{"note: hot is silent on every node, until it is removed (ann: a fan)\nkubectl edit configmap telemetry-scheduler-pause -n telemetry-scheduler"}},
			"an annotation":            {cluster: with(paused), want: []string{"warning: the annotation telemetry-scheduler.io/paused pauses the rules of telemetry-scheduler/r\nkubectl annotate configmap r -n telemetry-scheduler telemetry-scheduler.io/paused-"}},
		}},
		{selects, map[string]patient{
			"a rule that selects a node":  {cluster: with(one, stored(ns, "r", "a.yaml", hot("nodes: {matchLabels: {pool: a}}")))},
			"a rule that selects none":    {cluster: with(one, stored(ns, "r", "a.yaml", hot("nodes: {matchLabels: {pool: b}}"))), want: []string{"warning: telemetry-scheduler/r/a.yaml:4:3: the rule hot selects none of 1 node: pool in (b)\nkubectl edit configmap r -n telemetry-scheduler"}},
			"a preference that does":      {cluster: with(one, stored(ns, "r", "a.yaml", begin+"preferences:\n- {name: p, metric: cpu, prefer: Low, nodes: {matchLabels: {pool: b}}}\n")), want: []string{"warning: telemetry-scheduler/r/a.yaml:4:3: the preference p selects none of 1 node: pool in (b)\nkubectl edit configmap r -n telemetry-scheduler"}},
			"a cluster that has no nodes": {cluster: with(stored(ns, "r", "a.yaml", hot("nodes: {matchLabels: {pool: b}}")))},
		}},
	} {
		t.Run(tc.check.Name, func(t *testing.T) { examine(t, tc.check, tc.all) })
	}
}
