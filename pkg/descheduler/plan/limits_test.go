package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

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
