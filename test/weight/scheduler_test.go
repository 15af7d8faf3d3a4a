package weight

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
	internalcache "k8s.io/kubernetes/pkg/scheduler/backend/cache"
	internalqueue "k8s.io/kubernetes/pkg/scheduler/backend/queue"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/names"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/kubernetes/pkg/scheduler/metrics"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// scheduler places pods on machines, one after another, by kube-scheduler's own
// framework: the score plugins of its default profile with their default weights and
// arguments, and ours.
type scheduler struct {
	tb       testing.TB
	random   *rand.Rand
	machines map[string]*machine
	order    []*machine
	profile  framework.Framework
	snapshot *internalcache.Snapshot
	services interface{ Add(any) error }

	shared *telemetry.Shared
	engine *engine.Engine
	rules  *rules.RuleSet
	now    time.Time
}

// newScheduler has a Board of the machines. With weight 0 the plugin is left out.
func newScheduler(tb testing.TB, random *rand.Rand, machines []*machine, wish string, weight int32) *scheduler {
	tb.Helper()
	s := &scheduler{
		tb: tb, random: random, machines: map[string]*machine{}, order: machines, now: noon, rules: parsed(tb, wish),
		engine: engine.New(engine.Options{}, nil), shared: telemetry.NewShared(telemetry.Options{SourceTypes: []string{"MetricsAPI"}}),
	}
	var nodes []*v1.Node
	var residents []*v1.Pod
	for _, m := range machines {
		s.machines[m.node.Name] = m
		nodes, residents = append(nodes, m.node), append(residents, m.resident(random))
	}
	s.snapshot = internalcache.NewSnapshot(residents, nodes)
	s.assemble(weight)
	s.measure()
	return s
}

// parsed reads a wish.
func parsed(tb testing.TB, wish string) *rules.RuleSet {
	tb.Helper()
	metrics := rules.Builtins(15*time.Second, time.Minute)
	text := "apiVersion: " + rules.APIVersion + "\nkind: " + rules.Kind + "\n" + wish + "\n"
	document, mistakes := rules.Parse("test", []byte(text), rules.Options{Metrics: metrics})
	if document == nil {
		tb.Fatal(mistakes)
	}
	return rules.Merge(metrics, []*rules.Document{document}, rules.Pause{})
}

// assemble makes the framework of the profile.
func (s *scheduler) assemble(weight int32) {
	metrics.Register()
	registry := plugins.NewInTreeRegistry()
	if err := registry.Register(telemetry.Name, s.shared.Factory()); err != nil {
		s.tb.Fatal(err)
	}
	factory := informers.NewSharedInformerFactory(fake.NewClientset(), 0)
	s.services = factory.Core().V1().Services().Informer().GetIndexer()
	profile, err := frameworkruntime.NewFramework(s.tb.Context(), registry, profileWith(s.tb, weight),
		frameworkruntime.WithInformerFactory(factory), frameworkruntime.WithSnapshotSharedLister(s.snapshot),
		frameworkruntime.WithPodNominator(internalqueue.NewSchedulingQueue(nil, factory)))
	if err != nil {
		s.tb.Fatal(err)
	}
	s.profile = profile
}

// profileWith is the default profile, as far as it scores, with our plugin in it.
func profileWith(tb testing.TB, weight int32) *config.KubeSchedulerProfile {
	tb.Helper()
	c, err := latest.Default()
	if err != nil {
		tb.Fatal(err)
	}
	p := c.Profiles[0].DeepCopy()
	list := &p.Plugins.MultiPoint.Enabled
	*list = slices.DeleteFunc(*list, func(plugin config.Plugin) bool {
		switch plugin.Name {
		case names.PrioritySort, names.DefaultBinder:
			return false
		case names.DynamicResources: // no pod here claims a device
			return true
		}
		return plugin.Weight == 0
	})
	if weight > 0 {
		*list = append(*list, config.Plugin{Name: telemetry.Name, Weight: weight})
	}
	return p
}

// measure publishes what telemetry sees now.
func (s *scheduler) measure() {
	s.now = s.now.Add(15 * time.Second)
	seen := telemetryOf{at: s.now, used: map[string]float64{}}
	nodes := make([]engine.Node, len(s.order))
	for i, m := range s.order {
		nodes[i], seen.used[m.node.Name] = m.seen(), m.used
	}
	board, _ := s.engine.Advance(s.now, s.rules, nodes, seen)
	s.shared.Publish(board, nil)
}

// serve makes a Service of an application, by which kube-scheduler spreads its pods.
func (s *scheduler) serve(app string) {
	service := &v1.Service{ObjectMeta: metav1.ObjectMeta{Name: app, Namespace: "default"}, Spec: v1.ServiceSpec{Selector: map[string]string{"app": app}}}
	if err := s.services.Add(service); err != nil {
		s.tb.Fatal(err)
	}
}

// scores runs one scheduling cycle as far as the scores of the nodes that take the
// pod, in the order of their names.
func (s *scheduler) scores(pod *v1.Pod) []fwk.NodePluginScores {
	state, ctx := framework.NewCycleState(), s.tb.Context()
	if _, status, _ := s.profile.RunPreFilterPlugins(ctx, state, pod); !status.IsSuccess() {
		s.tb.Fatal(status.AsError())
	}
	all, _ := s.snapshot.NodeInfos().List()
	var feasible []fwk.NodeInfo
	for _, info := range all {
		if s.profile.RunFilterPlugins(ctx, state, pod, info).IsSuccess() {
			feasible = append(feasible, info)
		}
	}
	if status := s.profile.RunPreScorePlugins(ctx, state, pod, feasible); !status.IsSuccess() {
		s.tb.Fatal(status.AsError())
	}
	scores, status := s.profile.RunScorePlugins(ctx, state, pod, feasible)
	if !status.IsSuccess() {
		s.tb.Fatal(status.AsError())
	}
	slices.SortFunc(scores, func(a, b fwk.NodePluginScores) int { return cmp.Compare(a.Name, b.Name) })
	return scores
}

// place puts a pod on one of the nodes with the greatest score, as kube-scheduler
// does, and returns it.
func (s *scheduler) place(pod *v1.Pod) *machine {
	var best []string
	most := int64(-1)
	for _, node := range s.scores(pod) {
		if node.TotalScore > most {
			best, most = nil, node.TotalScore
		}
		if node.TotalScore == most {
			best = append(best, node.Name)
		}
	}
	m := s.machines[best[s.random.IntN(len(best))]]
	pod.Spec.NodeName = m.node.Name
	info, err := framework.NewPodInfo(pod)
	if err == nil {
		err = s.snapshot.AssumePod(info)
	}
	if err != nil {
		s.tb.Fatal(err)
	}
	m.requested += 1.0 / podsOfANode
	m.used += 1.0 / podsOfANode
	return m
}
