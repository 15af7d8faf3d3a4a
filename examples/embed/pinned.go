package main

import (
	"context"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	fwk "k8s.io/kube-scheduler/framework"
)

const pinnedName = "Pinned"

// pinned is the plugin that was there first: it lets no pod run an image that may
// be another one tomorrow.
type pinned struct{}

func newPinned(context.Context, runtime.Object, fwk.Handle) (fwk.Plugin, error) { return pinned{}, nil }

func (pinned) Name() string { return pinnedName }

// PreFilter implements fwk.PreFilterPlugin.
func (pinned) PreFilter(_ context.Context, _ fwk.CycleState, pod *v1.Pod, _ []fwk.NodeInfo) (*fwk.PreFilterResult, *fwk.Status) {
	for _, c := range pod.Spec.Containers {
		if !strings.Contains(c.Image, "@sha256:") {
			return nil, fwk.NewStatus(fwk.UnschedulableAndUnresolvable, "image "+c.Image+" is not pinned by its digest")
		}
	}
	return nil, fwk.NewStatus(fwk.Skip)
}

// PreFilterExtensions implements fwk.PreFilterPlugin.
func (pinned) PreFilterExtensions() fwk.PreFilterExtensions { return nil }
