package telemetry

import (
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	fwk "k8s.io/kube-scheduler/framework"
	internalcache "k8s.io/kubernetes/pkg/scheduler/backend/cache"
	internalqueue "k8s.io/kubernetes/pkg/scheduler/backend/queue"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/defaultbinder"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/queuesort"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/kubernetes/pkg/scheduler/metrics"
	frameworktesting "k8s.io/kubernetes/pkg/scheduler/testing/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// profile is a real framework with the plugins of a profile.
func profile(tb testing.TB, name string, more ...frameworktesting.RegisterPluginFunc) framework.Framework {
	tb.Helper()
	metrics.Register()
	list := append([]frameworktesting.RegisterPluginFunc{
		frameworktesting.RegisterQueueSortPlugin(queuesort.Name, queuesort.New),
		frameworktesting.RegisterBindPlugin(defaultbinder.Name, defaultbinder.New),
	}, more...)
	factory := informers.NewSharedInformerFactory(fake.NewClientset(), 0)
	f, err := frameworktesting.NewFramework(tb.Context(), list, name,
		frameworkruntime.WithInformerFactory(factory),
		frameworkruntime.WithSnapshotSharedLister(internalcache.NewEmptySnapshot()),
		frameworkruntime.WithPodNominator(internalqueue.NewSchedulingQueue(nil, factory)),
		frameworkruntime.WithSharedDRAManager(nil))
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func said(text string) runtime.Object { return &runtime.Unknown{Raw: []byte(text)} }

func TestFactoryReadsArguments(t *testing.T) {
	for name, tc := range map[string]struct {
		profiles []runtime.Object
		// wrong is a part of the error of the last profile; empty where there is none.
		wrong string
	}{
		"no arguments":                     {[]runtime.Object{nil}, ""},
		"empty ones":                       {[]runtime.Object{said("")}, ""},
		"two profiles that agree":          {[]runtime.Object{said(`{"rulesLabel":"blue"}`), said(`{"rulesLabel":"blue"}`)}, ""},
		"two profiles that agree tacitly":  {[]runtime.Object{nil, said(`{"podExemptions":true}`)}, ""},
		"two profiles that do not":         {[]runtime.Object{nil, said(`{"rulesLabel":"blue"}`)}, "plugin Telemetry in profile profile-1: rulesLabel differs from profile profile-0"},
		"a field that does not exist":      {[]runtime.Object{said(`{"ruleLabel":"blue"}`)}, "ruleLabel"},
		"arguments of another plugin":      {[]runtime.Object{&v1.Pod{}}, "of type *v1.Pod, and only text can be read"},
		"a source that nobody can read":    {[]runtime.Object{said(`{"sources":[{"name":"a","type":"Tarot"}]}`)}, "Tarot"},
		"a source that the program brings": {[]runtime.Object{said(`{"sources":[{"name":"a","type":"Thermometer"}]}`)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			shared := NewShared(Options{SourceTypes: args.Types("Thermometer")})
			var err error
			for i, raw := range tc.profiles {
				_, err = shared.Factory()(t.Context(), raw, profile(t, "profile-"+string(rune('0'+i))))
			}
			switch {
			case tc.wrong == "" && err != nil:
				t.Error(err)
			case tc.wrong != "" && (err == nil || !strings.Contains(err.Error(), tc.wrong)):
				t.Errorf("the error is %v", err)
			}
			if a := shared.Args(); tc.wrong == "" && a == nil {
				t.Error("nobody learns of the arguments")
			}
		})
	}
}

func TestWithoutAProfileThereAreNoArguments(t *testing.T) {
	shared := NewShared(Options{})
	if shared.Args() != nil || shared.grace() != 0 {
		t.Errorf("the arguments are %+v", shared.Args())
	}
}

func TestTheFrameworkRunsThePlugin(t *testing.T) {
	shared := NewShared(Options{SourceTypes: args.Types()})
	f := profile(t, "blue", frameworktesting.RegisterPluginAsExtensions(Name, shared.Factory(), "PreFilter", "Filter", "Reserve"))
	pod, hot := newPod("p"), nodeInfo("hot")
	filter := func() *fwk.Status {
		state := framework.NewCycleState()
		if _, status, _ := f.RunPreFilterPlugins(t.Context(), state, pod); !status.IsSuccess() {
			t.Fatal(status.AsError())
		}
		return f.RunFilterPluginsWithNominatedPods(t.Context(), state, pod, hot)
	}
	if status := filter(); !status.IsSuccess() {
		t.Errorf("before the first Board: %v", status)
	}
	shared.Publish(newCluster(t, memoryRule).board(map[string]float64{"hot": 95}), nil)
	if status := filter(); status.Code() != fwk.UnschedulableAndUnresolvable || status.Plugin() != Name {
		t.Errorf("on a hot node: %v", status)
	}
	if status := f.RunReservePluginsReserve(t.Context(), framework.NewCycleState(), pod, "hot"); !status.IsSuccess() {
		t.Errorf("without cycle state: %v", status)
	}
	if got := len(shared.waiting.list()); got != 0 {
		t.Errorf("%d pods wait after Reserve", got)
	}
}
