package checks

import (
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// withheld reports whether a right is missing because the operator wants it so: the chart was
// told to leave it out, or no source needs it.
func (c *Cluster) withheld(r right) bool {
	switch {
	case r.group == "metrics.k8s.io":
		return !uses(c.Settings, args.MetricsAPI)
	case r.resource == "serviceaccounts/token":
		return !uses(c.Settings, args.Kubelet)
	}
	return slices.Contains(c.Settings.Without, valueOf(r))
}

// valueOf is the value of the chart without which a release does without a right: one of
// rights; empty for what all need.
func valueOf(r right) string {
	reads := slices.Contains([]string{"get", "list", "watch"}, r.verb)
	switch {
	case reads:
		return ""
	case r.resource == "pods" && r.verb == "delete":
		return "preemption"
	case r.resource == "pods/eviction":
		return "eviction"
	case r.resource == "persistentvolumes", r.resource == "persistentvolumeclaims":
		return "volumes"
	case r.group == "resource.k8s.io", r.resource == "pods/finalizers":
		return "devices"
	}
	return ""
}
