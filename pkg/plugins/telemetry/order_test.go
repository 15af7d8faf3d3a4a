package telemetry

import (
	"testing"

	"k8s.io/kubernetes/pkg/scheduler/apis/config"
)

func TestTheOrderOfPlugins(t *testing.T) {
	set := func(names ...string) (out config.PluginSet) {
		for _, name := range names {
			out.Enabled = append(out.Enabled, config.Plugin{Name: name})
		}
		return out
	}
	for name, tc := range map[string]struct {
		filter, postFilter, postBind config.PluginSet
		want                         string
	}{
		"last and first":  {set("NodeName", Name), set(Name, "DefaultPreemption"), set(Name), ""},
		"nobody else":     {set(Name), set(Name), set(Name), ""},
		"others at bind":  {set(Name), set(Name), set("A", Name, "B"), ""},
		"preempted first": {set(Name), set("A", "DefaultPreemption", Name), set(Name), "before Telemetry at postFilter there is A, DefaultPreemption: add postFilter: {enabled: [{name: Telemetry}]} to the profile's plugins, beside multiPoint"},
		"not the last":    {set(Name, "A", "B"), set(Name), set(Name), "after Telemetry at filter there is A, B: enable it at multiPoint, before Telemetry, and name neither at filter"},
		"only in part": {set(Name), set("DefaultPreemption"), set("A"),
			"Telemetry is not enabled at postBind: enable it there; Telemetry is not enabled at postFilter: enable it there"},
		"all at once": {set(Name, "A"), set("A", Name), set(),
			"Telemetry is not enabled at postBind: enable it there; " +
				"after Telemetry at filter there is A: enable it at multiPoint, before Telemetry, and name neither at filter; " +
				"before Telemetry at postFilter there is A: add postFilter: {enabled: [{name: Telemetry}]} to the profile's plugins, beside multiPoint"},
	} {
		if got := CheckOrder(&config.Plugins{Filter: tc.filter, PostFilter: tc.postFilter, PostBind: tc.postBind}); got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, tc.want)
		}
	}
}

// Shared may be asked about pods of schedulers that it does not serve.
func TestAProfileWithoutThePluginHasNoOrder(t *testing.T) {
	if NewShared(Options{}).disorder("default-scheduler") == "" {
		t.Error("its pods are thought to be placed anyway")
	}
}
