package checks

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/former"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Judged returns what lint makes of the ConfigMaps with the label of rules, and of all in
// the namespaces where rules may stand.
func (c *Cluster) Judged(ctx context.Context) (*lint.Examined, error) {
	return c.judged.get(func() (*lint.Examined, error) {
		tenants, err := c.tenants(ctx)
		if err != nil {
			return nil, err
		}
		found, err := c.configMaps(ctx, tenants)
		if err != nil {
			return nil, err
		}
		may := func(namespace string) bool { return slices.Contains(tenants, namespace) }
		stored, err := former.Texts(ctx, c.Client.CoreV1(), c.Settings)
		if err != nil {
			return nil, err
		}
		return lint.Examine(found, c.Settings, stored, may, c.Now()), nil
	})
}

// tenants are the namespaces other than the scheduler's that may have rules.
func (c *Cluster) tenants(ctx context.Context) (out []string, err error) {
	if c.Settings.Args.Namespaces == nil {
		return nil, nil
	}
	found, err := c.Client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{LabelSelector: c.Settings.Args.Namespaces.String()})
	if err != nil {
		return nil, err
	}
	for i := range found.Items {
		if name := found.Items[i].Name; name != c.Settings.Namespace {
			out = append(out, name)
		}
	}
	return out, nil
}

// configMaps are all of the namespaces where rules may stand, and those with the label
// elsewhere. It leaves out what another scheduler of ours reads.
func (c *Cluster) configMaps(ctx context.Context, tenants []string) ([]*corev1.ConfigMap, error) {
	others, err := c.otherReleases(ctx)
	if err != nil {
		return nil, err
	}
	var out []*corev1.ConfigMap
	read := append([]string{c.Settings.Namespace}, tenants...)
	for _, namespace := range read {
		found, err := c.Client.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, err
		}
		for i := range found.Items {
			out = append(out, &found.Items[i])
		}
	}
	labelled, err := c.Client.CoreV1().ConfigMaps(metav1.NamespaceAll).List(ctx, metav1.ListOptions{LabelSelector: rules.LabelRules})
	if err != nil {
		return nil, err
	}
	for i := range labelled.Items {
		if cm := &labelled.Items[i]; !slices.Contains(read, cm.Namespace) && !others[cm.Namespace] {
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
