// Package weight measures how loud the plugin's weight makes preferences beside the
// scores of kube-scheduler's own plugins: docs/designs/0004-weight.md has the table,
// and why the shipped weight is what it is.
//
//	make bench-weight
package weight

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// wish is a part of a file of rules.
type wish struct{ name, text string }

// wishes are two preferences that put nodes in one order. A share is measured from 0
// to 100 %, so that nodes between 30 and 88 % are 57 points apart; what is no share
// is measured between the nodes that there are, which are always 99 points apart.
var wishes = []wish{
	{"share", "preferences: [{name: cool, metric: memory, prefer: Low}]"},
	{"range", "preferences: [{name: roomy, metric: memory-available, prefer: High}]"},
}

// loud are as loud as an author can be: they make 100 points of what is a percent, or
// of one line.
var loud = []wish{
	{"narrow", "preferences: [{name: cool, metric: memory, prefer: Low, range: [59%, 60%]}]"},
	{"avoid", "rules: [{name: crowded, when: {metric: memory, above: 59%}, actions: {avoid: {points: 100}}}]"},
	// What avoid takes by default is less than an affinity counts.
	{"half", "rules: [{name: crowded, when: {metric: memory, above: 59%}, actions: {avoid: {points: 50}}}]"},
}

var (
	weights   = []int32{0, 1, 2, 3, 5, 10}
	relations = []relation{uncorrelated, correlated, anticorrelated}
)

// tries is how many clusters a benchmark looks at; a test is content with fewer.
const tries = 20

// felt is what a preference makes of pods that want nothing else.
type felt struct {
	// correlation is that of the order of scores with the order of measured use.
	correlation float64
	// best is the share of first pods on one of the tenth of nodes that use least,
	// in percent, and used what their nodes used, in percent.
	best, used float64
	// requested and measured are how far nodes are from the mean after many more pods
	// (a standard deviation, in percent of a node).
	requested, measured float64
}

// burst pods follow the first, of applications of five each; telemetry sees them
// after every twenty.
const burst, replicas, unseen = 200, 5, 20

func measureFelt(tb testing.TB, wish string, how relation, weight int32, clusters int) felt {
	var sum felt
	for i := range clusters {
		random := rand.New(rand.NewPCG(uint64(i), 1))
		machines := newMachines(random, how)
		s := newScheduler(tb, random, machines, wish, weight)
		sum.correlation += s.correlation()
		sum.first(s, coolest(machines))
		s.burst()
		sum.requested += 100 * deviation(each(machines, func(m *machine) float64 { return m.requested }))
		sum.measured += 100 * deviation(each(machines, func(m *machine) float64 { return m.used }))
	}
	n := float64(clusters)
	return felt{sum.correlation / n, sum.best / n, sum.used / n, sum.requested / n, sum.measured / n}
}

// first places the first pod.
func (f *felt) first(s *scheduler, cool []*machine) {
	m := s.place(newPod("first", 0, 1.0/podsOfANode, 1.0/podsOfANode))
	f.used += 100 * (m.used - 1.0/podsOfANode)
	if slices.Contains(cool, m) {
		f.best += 100
	}
}

func (s *scheduler) correlation() float64 {
	var scores, free []float64
	for _, node := range s.scores(newPod("nobody", 0, 1.0/podsOfANode, 1.0/podsOfANode)) {
		scores, free = append(scores, float64(node.TotalScore)), append(free, -s.machines[node.Name].used)
	}
	return rankCorrelation(scores, free)
}

func (s *scheduler) burst() {
	for i := range burst {
		app := fmt.Sprintf("app-%d", i/replicas)
		if i%replicas == 0 {
			s.serve(app)
		}
		s.place(newPod(app, i%replicas, 1.0/podsOfANode, 1.0/podsOfANode))
		if i%unseen == unseen-1 {
			s.measure()
		}
	}
}

// coolest returns the tenth of machines that use least.
func coolest(machines []*machine) []*machine {
	sorted := slices.Clone(machines)
	slices.SortFunc(sorted, func(a, b *machine) int {
		if a.used < b.used {
			return -1
		}
		return 1
	})
	return sorted[:len(sorted)/10]
}

func each(machines []*machine, value func(*machine) float64) []float64 {
	out := make([]float64, len(machines))
	for i, m := range machines {
		out[i] = value(m)
	}
	return out
}

// BenchmarkFelt reports how much a preference decides. It is no measurement of time.
func BenchmarkFelt(b *testing.B) {
	for _, wish := range wishes {
		for _, how := range relations {
			for _, weight := range weights {
				b.Run(fmt.Sprintf("%s/%s/weight=%d", wish.name, how, weight), func(b *testing.B) {
					var f felt
					for b.Loop() {
						f = measureFelt(b, wish.text, how, weight, tries)
					}
					b.ReportMetric(0, "ns/op")
					b.ReportMetric(f.correlation, "1-rank-correlation")
					b.ReportMetric(f.best, "2-best-tenth-%")
					b.ReportMetric(f.used, "3-used-%")
					b.ReportMetric(f.requested, "4-requests-stddev-%")
					b.ReportMetric(f.measured, "5-use-stddev-%")
				})
			}
		}
	}
}

// rival is what a pod wants by Kubernetes' own means: a preferred node affinity of
// weight 100, or nodes without a taint PreferNoSchedule.
type rival struct {
	name string
	// want gives the pod its wish; met says whether a node fulfils it.
	want func(*v1.Pod)
	met  func(*v1.Node) bool
	// taint is set where the third of the nodes is to be avoided.
	taint bool
}

var rivals = []rival{
	{name: "affinity", want: preferThird, met: isThird},
	{name: "taint", want: func(*v1.Pod) {}, met: func(n *v1.Node) bool { return !isThird(n) }, taint: true},
}

func preferThird(pod *v1.Pod) {
	pod.Spec.Affinity = &v1.Affinity{NodeAffinity: &v1.NodeAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []v1.PreferredSchedulingTerm{{
		Weight: 100, Preference: v1.NodeSelectorTerm{MatchExpressions: []v1.NodeSelectorRequirement{{Key: third, Operator: v1.NodeSelectorOpIn, Values: []string{"true"}}}},
	}}}}
}

// measureRival returns the share of pods that got what they wanted, in percent.
// Where telemetry is against it, the nodes that they want use 60 to 88 %, and the
// others 30 to 59 %.
func measureRival(tb testing.TB, r rival, wish string, weight int32, against bool, clusters int) float64 {
	met := 0
	for i := range clusters {
		random := rand.New(rand.NewPCG(uint64(i), 2))
		machines := newMachines(random, uncorrelated)
		for _, m := range machines {
			if against {
				m.used = oppose(random, r.met(m.node))
			}
			if r.taint && isThird(m.node) {
				m.node.Spec.Taints = []v1.Taint{{Key: third, Effect: v1.TaintEffectPreferNoSchedule}}
			}
		}
		s := newScheduler(tb, random, machines, wish, weight)
		pod := newPod("wishful", 0, 1.0/podsOfANode, 1.0/podsOfANode)
		r.want(pod)
		if r.met(s.place(pod).node) {
			met++
		}
	}
	return 100 * float64(met) / float64(clusters)
}

func oppose(random *rand.Rand, wanted bool) float64 {
	const middle = (leastUsed + mostUsed) / 2
	if wanted {
		return between(random, middle, mostUsed)
	}
	return between(random, leastUsed, middle)
}

// zoneSkew returns how many more of thirty replicas are in the zone with most of them
// than in the one with fewest, where the pods want them spread. Where telemetry is
// against it, zone a uses 30 to 59 %, and the others more.
func zoneSkew(tb testing.TB, wish string, weight int32, against bool, clusters int) float64 {
	sum := 0
	for i := range clusters {
		random := rand.New(rand.NewPCG(uint64(i), 3))
		machines := newMachines(random, uncorrelated)
		for _, m := range machines {
			if against {
				m.used = oppose(random, m.node.Labels[v1.LabelTopologyZone] != "a")
			}
		}
		s := newScheduler(tb, random, machines, wish, weight)
		in := map[string]int{}
		for r := range 30 {
			in[s.place(spread(newPod("spread", r, 1.0/podsOfANode, 1.0/podsOfANode))).node.Labels[v1.LabelTopologyZone]]++
			s.measure()
		}
		sum += max(in["a"], in["b"], in["c"]) - min(in["a"], in["b"], in["c"])
	}
	return float64(sum) / float64(clusters)
}

func spread(pod *v1.Pod) *v1.Pod {
	pod.Spec.TopologySpreadConstraints = []v1.TopologySpreadConstraint{{
		MaxSkew: 1, TopologyKey: v1.LabelTopologyZone, WhenUnsatisfiable: v1.ScheduleAnyway,
		LabelSelector: &metav1.LabelSelector{MatchLabels: pod.Labels},
	}}
	return pod
}

// BenchmarkDrowned reports how often the wishes that people express by Kubernetes'
// own means still come true, where telemetry knows nothing of them and where it
// speaks against them. It is no measurement of time.
func BenchmarkDrowned(b *testing.B) {
	for _, wish := range slices.Concat(wishes, loud) {
		for _, weight := range weights {
			b.Run(fmt.Sprintf("%s/weight=%d", wish.name, weight), func(b *testing.B) {
				for b.Loop() {
					for i, r := range rivals {
						b.ReportMetric(measureRival(b, r, wish.text, weight, false, tries), fmt.Sprintf("%d-%s-%%", i+1, r.name))
						b.ReportMetric(measureRival(b, r, wish.text, weight, true, tries), fmt.Sprintf("%d-%s-against-%%", i+1, r.name))
					}
					b.ReportMetric(zoneSkew(b, wish.text, weight, false, tries/4), "3-zone-skew-pods")
					b.ReportMetric(zoneSkew(b, wish.text, weight, true, tries/4), "3-zone-skew-against-pods")
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
