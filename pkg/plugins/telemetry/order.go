package telemetry

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// CheckOrder returns why rules with ScheduleAnyway cannot give way under a profile's
// plugins, which are as its framework runs them, with the mend; "" where they can. Filter
// must be the last one, so that it rejects only nodes that every other plugin accepts.
// PostFilter must be the first one, so that nothing is preempted for a pod that has a
// place. PostBind tells of it.
func CheckOrder(plugins *config.Plugins) string {
	var wrong []string
	if after := beside(plugins.Filter, func(own int, names []string) []string { return names[own+1:] }); len(after) > 0 {
		wrong = append(wrong, fmt.Sprintf("after %[2]s at filter there is %[1]s: enable it at multiPoint, before %[2]s, and name neither at filter", strings.Join(after, ", "), Name))
	}
	for point, set := range map[string]config.PluginSet{"postFilter": plugins.PostFilter, "postBind": plugins.PostBind} {
		if index(set) < 0 {
			wrong = append(wrong, fmt.Sprintf("%s is not enabled at %s: enable it there", Name, point))
		}
	}
	if before := beside(plugins.PostFilter, func(own int, names []string) []string { return names[:own] }); len(before) > 0 {
		wrong = append(wrong, fmt.Sprintf("before %[2]s at postFilter there is %[1]s: add postFilter: {enabled: [{name: %[2]s}]} to the profile's plugins, beside multiPoint", strings.Join(before, ", "), Name))
	}
	slices.Sort(wrong)
	return strings.Join(wrong, "; ")
}

// beside returns a part of the names of a point's plugins, by the place of ours.
func beside(set config.PluginSet, part func(own int, names []string) []string) []string {
	own := index(set)
	if own < 0 {
		return nil
	}
	var names []string
	for _, plugin := range set.Enabled {
		names = append(names, plugin.Name)
	}
	return part(own, names)
}

func index(set config.PluginSet) int {
	return slices.IndexFunc(set.Enabled, func(plugin config.Plugin) bool { return plugin.Name == Name })
}

// orderOf returns what CheckOrder says of a framework that is complete by the time of
// the call.
func orderOf(handle fwk.Handle) string {
	lister, ok := handle.(interface{ ListPlugins() *config.Plugins })
	if !ok {
		return "the plugins of the profile cannot be listed"
	}
	return CheckOrder(lister.ListPlugins())
}

// awaited returns those of the governing rules that a pod waits for. It does not wait
// for rules that give way, which they do not for pods of a group: PostFilter does not
// run for those.
func (s *Shared) awaited(board *engine.Board, pod *v1.Pod, governing engine.Governance) engine.Governance {
	if board.Lenient(governing).Empty() || s.firmFor(pod) != "" {
		return governing
	}
	return board.Firm(governing)
}

// firmFor returns why rules with ScheduleAnyway do not give way to a pod; "" where they
// do.
func (s *Shared) firmFor(pod *v1.Pod) string {
	if why := inquiry.OfGroup(pod); why != "" && utilfeature.DefaultFeatureGate.Enabled(features.GenericWorkload) {
		return why
	}
	return s.disorder(pod.Spec.SchedulerName)
}

// watchOrder remembers a profile that has the plugin. Its framework is not complete yet.
func (s *Shared) watchOrder(handle fwk.Handle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders[handle.ProfileName()] = sync.OnceValue(func() string { return orderOf(handle) })
}

// Profiles returns the names of the profiles that have the plugin, sorted. It is complete
// once the scheduler is made.
func (s *Shared) Profiles() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.orders))
}

// disorder returns what is wrong with the order of a profile's plugins.
func (s *Shared) disorder(profile string) string {
	s.mu.Lock()
	order := s.orders[profile]
	s.mu.Unlock()
	if order == nil {
		return "the profile does not have the plugin " + Name
	}
	return order()
}
