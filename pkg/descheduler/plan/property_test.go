package plan_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// seed repeats a run: a failure prints the seed that shows it.
var seed = flag.Uint64("seed", 0, "seed of the first random cluster; 0 takes the time")

// clusters runs a check on random clusters.
func clusters(t *testing.T, count uint64, check func(*testing.T, *rand.Rand)) {
	first := cmp.Or(*seed, uint64(time.Now().UnixNano()))
	if testing.Short() {
		count /= 10
	}
	for i := first; i < first+count && !t.Failed(); i++ {
		check(t, rand.New(rand.NewPCG(i, 0)))
		if t.Failed() {
			t.Logf("repeat it with -seed=%d", i)
		}
	}
}

// randomPods are up to so many pods that differ in all that a choice looks at.
func randomPods(r *rand.Rand, node string, most int) (out []plan.Pod) {
	of := []rules.Key{memory, cpu, {Name: "both"}}
	for i := range r.IntN(most + 1) {
		p := pod(fmt.Sprintf("%s-%d", node, i), float64(r.IntN(9))/2, cores(float64(r.IntN(5))/2), priority(int32(r.IntN(3))))
		p.Governed = map[rules.Key]plan.Reason{}
		for _, rule := range of {
			if r.IntN(4) > 0 {
				p.Governed[rule] = oneOf(r, 8, plan.Young)
			}
		}
		p.PrefersToStay, p.Measured = r.IntN(4) == 0, r.IntN(10) > 0
		p.DeletionCost = []int32{0, 0, 0, -1, 5}[r.IntN(5)]
		p.Refusal = oneOf(r, 10, plan.LocalStorage)
		p.Owner = fmt.Sprintf("owner-%d", r.IntN(30))
		out = append(out, p)
	}
	return out
}

func oneOf(r *rand.Rand, n int, reason plan.Reason) plan.Reason {
	if r.IntN(n) == 0 {
		return reason
	}
	return ""
}

// randomSource has up to three rules: on memory, on cpu, and one that is ended by
// either or by some of both.
func randomSource(r *rand.Rand, name string, most int) plan.Source {
	need := func(of rules.Resource) plan.Part {
		unit := map[rules.Resource]float64{rules.ResourceMemory: gib, rules.ResourceCPU: 1}[of]
		p := part(of, unit*float64(1+r.IntN(12))/2)
		p.Value = 85 + float64(r.IntN(10))
		return p
	}
	both := trouble(rules.Key{Name: "both"}, need(rules.ResourceMemory), need(rules.ResourceCPU))
	both.Relief = append(both.Relief, plan.Relief{Parts: []plan.Part{need(rules.ResourceMemory), need(rules.ResourceCPU)}})
	all := []plan.Trouble{trouble(memory, need(rules.ResourceMemory)), trouble(cpu, need(rules.ResourceCPU)), both}
	r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return node(name, randomPods(r, name, most), all[:1+r.IntN(len(all))]...)
}

func randomWorld(r *rand.Rand) (in plan.In, free map[string]int) {
	var nodes []plan.Source
	for i := range 1 + r.IntN(6) {
		nodes = append(nodes, randomSource(r, fmt.Sprintf("hot-%d", i), 9))
	}
	in = world(nodes...)
	in.Rules[rules.Key{Name: "both"}] = policy()
	free = map[string]int{"cool-1": r.IntN(4), "cool-2": r.IntN(3)}
	in.Prove = places(free)
	in.Concurrent = plan.AtOnce{Node: int32(1 + r.IntN(2)), Total: int32(1 + r.IntN(4))}
	in.Real.Spent.Total = int32(16 + r.IntN(5))
	in.Real.Spent.Node = map[string]int32{"hot-0": int32(r.IntN(5))}
	in.Real.Spent.Owner = map[string]int32{"owner-1": int32(r.IntN(3)), "owner-2": 1}
	in.Real.Spent.Namespace = map[string]int32{"shop": int32(r.IntN(6))}
	in.DryRun = r.IntN(5) == 0
	return in, free
}

func TestTheLeastIsTheLeast(t *testing.T) {
	found := 0
	clusters(t, 2000, func(t *testing.T, r *rand.Rand) {
		in := world(randomSource(r, "hot", 12))
		in.Rules[rules.Key{Name: "both"}] = policy()
		homeless := fmt.Sprintf("hot-%d", r.IntN(6))
		except(homeless)(&in)
		got, want := plan.Make(in).Nodes[0], exhaustive(&in, homeless)
		if !got.Exact {
			t.Errorf("the search was not exhaustive")
		}
		if want == nil {
			checkPart(t, &in, &got)
			return
		}
		found++
		if diff := gocmp.Diff(*want, worthOf(&in, movedPods(&got)), cmpopts.EquateApprox(0, 0.01)); diff != "" {
			t.Errorf("-exhaustive +planned:\n%s\n%s", diff, text(plan.Plan{Nodes: []plan.NodePlan{got}}))
		}
	})
	t.Logf("%d clusters had a set that ends all rules", found)
}

func movedPods(n *plan.NodePlan) (out []*plan.Pod) {
	for i := range n.Moves {
		out = append(out, n.Moves[i].Pod)
	}
	return out
}

// checkPart wants a plan that does not end all rules to end those that it is for.
func checkPart(t *testing.T, in *plan.In, got *plan.NodePlan) {
	for _, a := range got.Rules {
		if a.Reason == "" && !ends(in, a.Rule, movedPods(got)) {
			t.Errorf("the plan is said to be for %s and does not end it: %s", a.Rule, text(plan.Plan{Nodes: []plan.NodePlan{*got}}))
		}
	}
	for i := range in.Nodes[0].Troubles { // one rule alone is tried at the last
		alone := *in
		alone.Nodes = []plan.Source{node("hot", in.Nodes[0].Pods, in.Nodes[0].Troubles[i])}
		if len(got.Moves) == 0 && len(plan.Make(alone).Nodes[0].Moves) > 0 {
			t.Errorf("nothing is planned although %s alone could be ended", in.Nodes[0].Troubles[i].Rule)
		}
	}
}

func TestHomesLimitsAndOrder(t *testing.T) {
	clusters(t, 2000, func(t *testing.T, r *rand.Rand) {
		in, free := randomWorld(r)
		got := plan.Make(in)
		checkHomes(t, free, got)
		checkLimits(t, &in, got)
		in.Nodes = shuffled(r, in.Nodes)
		for i := range in.Nodes {
			n := &in.Nodes[i]
			n.Pods, n.Troubles = shuffled(r, n.Pods), shuffled(r, n.Troubles)
		}
		if diff := gocmp.Diff(got, plan.Make(in)); diff != "" {
			t.Errorf("the order of what is handed in makes another plan:\n%s", diff)
		}
	})
}

func shuffled[T any](r *rand.Rand, of []T) []T {
	of = slices.Clone(of)
	r.Shuffle(len(of), func(i, k int) { of[i], of[k] = of[k], of[i] })
	return of
}

// checkHomes wants each move to have a home, and no two to count on one place.
func checkHomes(t *testing.T, free map[string]int, got plan.Plan) {
	taken := map[string]int{}
	for _, n := range got.Nodes {
		for _, m := range n.Moves {
			if taken[m.Home.Node]++; taken[m.Home.Node] > free[m.Home.Node] {
				t.Errorf("more moves count on %s than the %d places that it has", m.Home.Node, free[m.Home.Node])
			}
		}
	}
}

// checkLimits counts what is made by itself.
func checkLimits(t *testing.T, in *plan.In, got plan.Plan) {
	past := &in.Real
	if in.DryRun {
		past = &in.Dry
	}
	total, by := past.Spent.Total, map[string]int32{}
	made := int32(0)
	for _, n := range got.Nodes {
		for _, m := range n.Moves {
			if m.Held != "" {
				continue
			}
			made++
			by["node "+n.Node]++
			by["owner "+m.Pod.Owner]++
			by["namespace "+m.Pod.Namespace]++
			checkMove(t, past, &m, n.Node, by)
		}
		if by["node "+n.Node] > in.Concurrent.Node {
			t.Errorf("%d moves are made on %s", by["node "+n.Node], n.Node)
		}
	}
	if limits := policy().Limits; made > in.Concurrent.Total || made > 0 && total+made > limits.Total {
		t.Errorf("%d moves are made after %d", made, total)
	}
}

func checkMove(t *testing.T, past *plan.Past, m *plan.Move, node string, by map[string]int32) {
	limits, s := policy().Limits, past.Spent
	switch p := m.Pod; {
	case by["node "+node]+s.Node[node] > limits.Node, by["namespace "+p.Namespace]+s.Namespace[p.Namespace] > limits.Namespace,
		by["owner "+p.Owner]+s.Owner[p.Owner] > limits.Owner, by["owner "+p.Owner] > 1:
		t.Errorf("%s is beyond a limit", p.Name)
	case p.Refusal != "" || m.Home.Node == "" || len(m.For) == 0:
		t.Errorf("%s must not leave: %+v", p.Name, m)
	}
}

func FuzzMake(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		in, free := randomWorld(rand.New(rand.NewPCG(a, b)))
		got := plan.Make(in)
		checkHomes(t, free, got)
		checkLimits(t, &in, got)
	})
}
