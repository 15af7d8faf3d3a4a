package checks

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

func TestWhetherSomebodyLeads(t *testing.T) {
	pod := func(name string, change func(*corev1.Pod)) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: meta(ns, name)}
		if change != nil {
			change(p)
		}
		return p
	}
	nobody := held("", 0)
	const stranger = "warning: a_1 leads, and no pod of the namespace telemetry-scheduler has that name\nkubectl get pods -n telemetry-scheduler -o wide"
	examine(t, lease, map[string]patient{
		"a pod leads":                         {cluster: with(held("a_1", time.Second), pod("a", nil))},
		"a pod leads that has another host":   {cluster: with(held("a_1", time.Second), pod("x", func(p *corev1.Pod) { p.Spec.Hostname = "a" }))},
		"a pod leads that has its node's":     {cluster: with(held("a_1", time.Second), pod("x", func(p *corev1.Pod) { p.Spec.HostNetwork, p.Spec.NodeName = true, "A" }))},
		"a pod of a long name leads":          {cluster: with(held("a123456789a123456789a123456789a123456789a123456789a123456789a12_1", time.Second), pod("a123456789a123456789a123456789a123456789a123456789a123456789a123456789", nil))},
		"who leads is no pod":                 {cluster: with(held("a_1", time.Second), pod("b", nil)), want: []string{stranger}},
		"a pod that has ended leads no more":  {cluster: with(held("a_1", time.Second), pod("a", func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed })), want: []string{stranger}},
		"there is no lease and no Deployment": {cluster: with(), want: []string{"error: there is no lease, and never was a leader; the namespace telemetry-scheduler has no Deployment of the scheduler\nkubectl get all,configmaps -n telemetry-scheduler"}},
		"there is no lease, and no replica": {cluster: with(deployment("t:v1", 0)), want: []string{
			"error: there is no lease, and never was a leader; its Deployment is scaled to 0\nkubectl scale deployment/telemetry-scheduler -n telemetry-scheduler --replicas=2"}},
		"the lease was given back": {cluster: with(nobody, deployment("t:v1", 2)), want: []string{
			"error: the last leader gave the lease back, and nobody took it; of 0 replicas 0 are ready\nkubectl rollout restart deployment/telemetry-scheduler -n telemetry-scheduler"}},
		"the lease has ended": {cluster: with(held("a_1", time.Minute), deployment("t:v1", 2), pod("a", nil)), want: []string{
			"error: the lease of a_1 ended 45s ago, and nobody took it; of 0 replicas 0 are ready\nkubectl rollout restart deployment/telemetry-scheduler -n telemetry-scheduler"}},
	})
}
