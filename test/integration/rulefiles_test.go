package integration

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// document is a rule file.
func document(rules ...string) string {
	return "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n" + strings.Join(rules, "")
}

// blocking is a rule about the release's pool; more are further lines of it.
func (r *release) blocking(name, when string, more ...string) string {
	text := fmt.Sprintf("- name: %s\n  when: {%s}\n  nodes: {matchLabels: {%s: %s}}\n  actions: {block: {}}\n", name, when, pool, r.name)
	for _, line := range more {
		text += "  " + line + "\n"
	}
	return text
}

// write replaces the data of a rule ConfigMap.
func (r *release) write(name string, data map[string]string) {
	r.t.Helper()
	r.writeMap(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Name: name, Labels: map[string]string{"telemetry-scheduler.io/rules": "true"},
	}, Data: data})
}

// writeMap replaces or makes a ConfigMap, in the release's namespace unless it names
// another.
func (r *release) writeMap(cm *corev1.ConfigMap) {
	r.t.Helper()
	maps := r.bed.Client.CoreV1().ConfigMaps(cmp.Or(cm.Namespace, r.name))
	_, err := maps.Update(r.t.Context(), cm, metav1.UpdateOptions{})
	if err != nil {
		_, err = maps.Create(r.t.Context(), cm, metav1.CreateOptions{})
	}
	r.must(err)
}

func (r *release) deleteMap(name string) {
	r.t.Helper()
	r.must(r.bed.Client.CoreV1().ConfigMaps(r.name).Delete(r.t.Context(), name, metav1.DeleteOptions{}))
}

// bound waits until pods have a node.
func (r *release) bound(pods ...string) {
	r.t.Helper()
	r.eventually(func(ctx context.Context) error {
		for _, p := range pods {
			if node, err := r.bed.NodeOf(ctx, p); err != nil || node == "" {
				return fmt.Errorf("pod %s has node %q, %v", p, node, err)
			}
		}
		return nil
	})
}
