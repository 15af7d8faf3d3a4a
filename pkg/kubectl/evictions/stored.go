package evictions

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/door"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// fromState reads what the last leader stored.
func (o *options) fromState(ctx context.Context, config *rest.Config) ([]v1alpha1.Eviction, error) {
	core, err := corev1client.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	name := door.StateOf(o.scheduler.Release)
	stored, err := core.ConfigMaps(o.scheduler.Namespace).List(ctx, metav1.ListOptions{LabelSelector: state.Selector(name)})
	if err != nil {
		return nil, fmt.Errorf("listing the ConfigMaps of namespace %s: %w", o.scheduler.Namespace, err)
	}
	seen := state.Inspect(name, stored.Items)
	return o.remembered(&seen), nil
}

// remembered are those that were asked for.
func (o *options) remembered(seen *state.Overview) (out []v1alpha1.Eviction) {
	for _, p := range seen.Problems {
		fmt.Fprintf(o.env.ErrOut, "The ConfigMap %s cannot be read: %v\n", p.ConfigMap, p.Err)
	}
	m, err := memory.Restore(o.env.Now(), seen.Content[evaluator.SectionEvictions], nil)
	if err != nil {
		fmt.Fprintf(o.env.ErrOut, "Some of what was stored cannot be read: %v\n", err)
	}
	for _, record := range m.Records() {
		if e := api.EvictionOf(&record); o.wants(&e) {
			out = append(out, e)
		}
	}
	return out
}

func (o *options) wants(e *v1alpha1.Eviction) bool {
	byRule := len(o.rules) == 0 || slices.ContainsFunc(e.Rules, func(rule string) bool { return slices.Contains(o.rules, rule) })
	byNode := len(o.nodes) == 0 || slices.ContainsFunc([]string{e.From, e.Home, e.Landed}, func(node string) bool { return slices.Contains(o.nodes, node) })
	return byRule && byNode
}
