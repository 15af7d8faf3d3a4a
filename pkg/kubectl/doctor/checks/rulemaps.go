package checks

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Judged returns what lint makes of the ConfigMaps with the label of rules, and of all in
// the namespaces where rules may stand.
func (c *Cluster) Judged(ctx context.Context) (*lint.Examined, error) {
	return c.judged.get(func() (*lint.Examined, error) {
		may, err := c.mayHaveRules(ctx)
		if err != nil {
			return nil, err
		}
		found, err := c.configMaps(ctx, may)
		if err != nil {
			return nil, err
		}
		return lint.Examine(found, c.Settings, may, c.Now()), nil
	})
}

// mayHaveRules says which namespaces other than the scheduler's may have rules.
func (c *Cluster) mayHaveRules(ctx context.Context) (func(string) bool, error) {
	allowed := map[string]bool{}
	if c.Settings.Args.Namespaces != nil {
		found, err := c.Client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{LabelSelector: c.Settings.Args.Namespaces.String()})
		if err != nil {
			return nil, err
		}
		for i := range found.Items {
			allowed[found.Items[i].Name] = true
		}
	}
	return func(namespace string) bool { return allowed[namespace] }, nil
}

// configMaps leaves those out that another scheduler of ours reads.
func (c *Cluster) configMaps(ctx context.Context, may func(string) bool) ([]*corev1.ConfigMap, error) {
	others, err := c.otherReleases(ctx)
	if err != nil {
		return nil, err
	}
	own, err := c.Client.CoreV1().ConfigMaps(c.Settings.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	labelled, err := c.Client.CoreV1().ConfigMaps(metav1.NamespaceAll).List(ctx, metav1.ListOptions{LabelSelector: rules.LabelRules})
	if err != nil {
		return nil, err
	}
	var out []*corev1.ConfigMap
	for i := range own.Items {
		out = append(out, &own.Items[i])
	}
	for i := range labelled.Items {
		if cm := &labelled.Items[i]; cm.Namespace != c.Settings.Namespace && (may(cm.Namespace) || !others[cm.Namespace]) {
			out = append(out, cm)
		}
	}
	return out, nil
}

// otherReleases are the namespaces in which another scheduler of ours leads: its
// ConfigMaps are none of ours.
func (c *Cluster) otherReleases(ctx context.Context) (map[string]bool, error) {
	all, err := c.Leases(ctx)
	out := map[string]bool{}
	for i := range all {
		out[all[i].Namespace] = out[all[i].Namespace] || all[i].Name == c.Settings.Lease
	}
	return out, err
}
