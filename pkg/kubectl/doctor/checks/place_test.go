package checks

import (
	"context"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

func TestThereIsASchedulerToLookAt(t *testing.T) {
	own, other := &corev1.Namespace{ObjectMeta: meta("", ns)}, &corev1.Namespace{ObjectMeta: meta("", "nosuch")}
	at := func(namespace string, objects ...runtime.Object) *Cluster {
		c := with(objects...)
		c.Settings.Namespace = namespace
		return c
	}
	examine(t, place, map[string]patient{
		"it has a lease":      {cluster: at(ns, own, held("a_1", 0))},
		"it has a Deployment": {cluster: at(ns, own, deployment("t:v1", 0))},
		"it has an account":   {cluster: at(ns, append(accounts(), own)...)},
		"nothing was ever installed": {cluster: at(ns), want: []string{
			"error: there is no namespace telemetry-scheduler\nkubectl apply -f manifests/install.yaml"}},
		"the namespace is misspelt": {cluster: at("nosuch", own, held("a_1", 0)), want: []string{
			"error: there is no namespace nosuch; there is a lease of that name in telemetry-scheduler\nkubectl telemetry doctor --scheduler-namespace=telemetry-scheduler"}},
		"it is misspelt, and marks stand, which those of the other namespace maintain": {cluster: at("nosuch", own, held("a_1", 0), marking("m_1", 0), carrying("a", owner, "telemetry-scheduler.io/")), want: []string{
			"error: there is no namespace nosuch; there is a lease of that name in telemetry-scheduler\nkubectl telemetry doctor --scheduler-namespace=telemetry-scheduler"}},
		"it was removed, and left marks on nodes": {cluster: at(ns, carrying("a", owner, "telemetry-scheduler.io/")), want: []string{
			"error: there is no namespace telemetry-scheduler\nkubectl apply -f manifests/install.yaml",
			"error: 1 label and 1 taint of this release stand on 1 of 1 node, and nothing of it is there that would maintain them\nkubectl get nodes -o custom-columns=NODE:.metadata.name,LABELS:.metadata.labels,TAINTS:.spec.taints"}},
		"the namespace is somebody else's": {cluster: at("nosuch", other), want: []string{
			"error: the namespace nosuch has no lease telemetry-scheduler, and neither Deployment nor account of a scheduler\nkubectl get leases -A"}},
	})
}

func TestWhereNothingIsThereNoOtherCheckIsMade(t *testing.T) {
	asked := false
	behind := Check{Name: "behind", Look: func(context.Context, *Cluster) ([]Finding, error) {
		asked = true
		return nil, nil
	}}
	if found, made := Run(t.Context(), with(), []Check{place, behind}); len(found) != 1 || made != 1 || asked {
		t.Errorf("%d checks find %+v", made, found)
	}
	blind := Check{Name: "blind", First: true, Look: func(context.Context, *Cluster) ([]Finding, error) { return nil, errors.New("forbidden") }}
	if found, made := Run(t.Context(), with(), []Check{blind, behind}); len(found) != 1 || made != 2 || !asked {
		t.Errorf("%d checks find %+v", made, found)
	}
}
