package app

import (
	"strings"
	"testing"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
)

// TestTheOrderOfPluginsIsToldAtTheStart asks the real frameworks of two profiles beside
// one without the plugin.
func TestTheOrderOfPluginsIsToldAtTheStart(t *testing.T) {
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	ctx := klog.NewContext(t.Context(), logger)
	text := smallest + "- {schedulerName: late, plugins: {multiPoint: {enabled: [{name: Telemetry}]}}}\n- {schedulerName: plain}\n"
	object, _, err := scheme.Codecs.UniversalDecoder().Decode([]byte(text), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := fake.NewClientset()
	sched, err := scheduler.New(ctx, client, informers.NewSharedInformerFactory(client, 0), nil,
		func(string) events.EventRecorderLogger { return events.NewFakeRecorder(1) },
		scheduler.WithProfiles(object.(*config.KubeSchedulerConfiguration).Profiles...),
		scheduler.WithFrameworkOutOfTreeRegistry(frameworkruntime.Registry{telemetry.Name: New().shared.Factory()}))
	if err != nil {
		t.Fatal(err)
	}
	before := len(logger.GetSink().(ktesting.Underlier).GetBuffer().String())
	warnOfOrder(ctx, sched)
	said := logger.GetSink().(ktesting.Underlier).GetBuffer().String()[before:]
	if want := `profile="late" because="before Telemetry at postFilter there is DynamicResources, DefaultPreemption: add `; !strings.Contains(said, want) || strings.Count(said, "profile=") != 1 {
		t.Errorf("the log says\n%swant once %s", said, want)
	}
}
