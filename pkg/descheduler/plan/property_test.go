package plan_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
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
