package app

import (
	"context"
	"maps"
	"slices"

	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
)

// warnOfOrder says which profiles of a scheduler run the plugins in an order in which
// rules with ScheduleAnyway cannot give way. It is no mistake: such rules then keep
// pods off like all others.
func warnOfOrder(ctx context.Context, sched *scheduler.Scheduler) {
	for _, name := range slices.Sorted(maps.Keys(sched.Profiles)) {
		if wrong := orderIn(sched.Profiles[name].ListPlugins()); wrong != "" {
			klog.FromContext(ctx).Error(nil, "Rules with ScheduleAnyway do not give way in this profile; they act as with DoNotSchedule", "profile", name, "because", wrong)
		}
	}
}

// orderIn is what is wrong with the order in a profile that has the plugin.
func orderIn(plugins *config.Plugins) string {
	if !slices.ContainsFunc(plugins.Filter.Enabled, func(p config.Plugin) bool { return p.Name == telemetry.Name }) {
		return ""
	}
	return telemetry.CheckOrder(plugins)
}
