package main

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"
)

func TestOnlyPinnedImagesRun(t *testing.T) {
	for image, want := range map[string]fwk.Code{
		"app:latest":         fwk.UnschedulableAndUnresolvable,
		"app@sha256:0123abc": fwk.Skip,
	} {
		pod := &v1.Pod{Spec: v1.PodSpec{Containers: []v1.Container{{Image: image}}}}
		if _, status := (pinned{}).PreFilter(t.Context(), nil, pod, nil); status.Code() != want {
			t.Errorf("%s: the status is %v", image, status)
		}
	}
}

func TestTheCommandHasTheFlagsOfKubeScheduler(t *testing.T) {
	cmd := newCommand()
	for _, name := range []string{"config", "leader-elect", "feature-gates"} {
		if cmd.Flags().Lookup(name) == nil {
			t.Errorf("there is no flag --%s", name)
		}
	}
}
