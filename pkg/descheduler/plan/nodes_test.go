package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestNodesTogether(t *testing.T) {
	far := func(s plan.Source, value float64) plan.Source {
		s.Troubles[0].Relief[0].Parts[0].Value = value
		return s
	}
	long := func(s plan.Source) plan.Source {
		s.Troubles[0].Since = now.Add(-time.Hour)
		return s
	}
	for sentence, c := range map[string]struct {
		in   plan.In
		edit func(*plan.In)
		want string
	}{
		"the most troubled first, then the longest troubled, then by name": {
			world(hot("b", 1, pod("b", 2)), hot("a", 1, pod("a", 2)), long(hot("d", 1, pod("d", 2))), far(hot("c", 1, pod("c", 2)), 99)), nil,
			"c: c>cool\nd: d>cool\na: a>cool\nb: Concurrent"},
		"two victims wanted, one place in the cluster: at most one": {
			world(hot("a", 1, pod("a", 2)), hot("b", 1, pod("b", 2))), one,
			"a: a>cool-1\nb: NoHome -b(NoHome)"},
		"two victims wanted on one node, one place: none, as one is not enough": {
			world(hot("a", 3, pod("a", 2), pod("b", 2))), one,
			"a: HomeTaken -b(HomeTaken)"},
		"an owner with pods on three nodes: one at a time": {
			world(hot("a", 1, pod("a", 2, ownedBy("web"))), hot("b", 1, pod("b", 2, ownedBy("web"))), hot("c", 1, pod("c", 2, ownedBy("web")))), nil,
			"a: a>cool\nb: OwnerMoving -b(OwnerMoving)\nc: OwnerMoving -c(OwnerMoving)"},
		"a budget that allows one, pods on two nodes": {
			world(hot("a", 1, pod("a", 2, covered("pdb"))), hot("b", 1, pod("b", 2, covered("pdb")))),
			func(in *plan.In) { in.Disruptions = map[string]int32{"pdb": 1} },
			"a: a>cool\nb: BudgetBlocked -b(BudgetBlocked)"},
		"what is held takes no home from what is made": {
			world(far(silenced(hot("a", 1, pod("a", 2))), 99), hot("b", 1, pod("b", 2))), one,
			"a: NoHome -a(NoHome)\nb: b>cool-1"},
		"the rest of the limit goes to the first": {
			world(hot("a", 1, pod("a", 2)), hot("b", 1, pod("b", 2))),
			func(in *plan.In) { in.Real.Spent.Total = 19 },
			"a: a>cool\nb: LimitTotal b>cool(LimitTotal)"},
		"a pod without a home gives way to the next best": {
			world(hot("a", 3, pod("best", 3), pod("next", 4))), except("best"),
			"a: next>cool -best(NoHome)"},
		"pods of one shape are tried once": {
			world(hot("a", 3, pod("best", 3, shaped("s")), pod("next", 4, shaped("s")), pod("other", 9))), except("best"),
			"a: other>cool -best(NoHome) -next(NoHome)"},
		"who found no place after another is tried before it": {
			world(hot("a", 7, pod("big", 5), pod("small", 3), pod("tiny", 1))), fussy("small"),
			"a: small>cool-1 big>cool-2(Later)"},
		"a dry run beside what is enforced": {
			world(hot("a", 1, pod("a", 2)), dryRun(hot("b", 1, pod("b", 2)))), nil,
			"a: a>cool\nb: DryRun b>cool"},
		"two at a time on one node, where the operator allows it": {
			world(hot("a", 6, pod("x", 3), pod("y", 3), pod("z", 1))),
			func(in *plan.In) { in.Concurrent.Node = 2 },
			"a: x>cool y>cool"},
		"two of one owner are not made at a time": {
			world(hot("a", 6, pod("x", 3, ownedBy("web")), pod("y", 3, ownedBy("web")))),
			func(in *plan.In) { in.Concurrent.Node = 2 },
			"a: x>cool y>cool(OwnerMoving)"},
		"nodes that the last plan did not reach come first": {
			world(far(hot("a", 1, pod("a", 2)), 99), hot("b", 1, pod("b", 2))),
			func(in *plan.In) { in.Proofs, in.Real.Nodes = 1, map[string]plan.NodePast{"b": {Unreached: true}} },
			"b: b>cool\na: Unreached"},
		"what is tried for one node is bounded": {
			world(hot("a", 1, pod("x", 3), pod("y", 3), pod("z", 1))),
			func(in *plan.In) { in.Prove, in.ProofsPerNode = nowhere, 2 },
			"a: TooManyProofs -x(NoHome) -z(NoHome)"},
		"a set is not too large where all of it have homes": {
			world(hot("a", 3, pod("x", 1), pod("y", 1), pod("z", 1))),
			func(in *plan.In) { in.ProofsPerNode = 3 },
			"a: x>cool y>cool(Later) z>cool(Later)"},
		"one that is larger than what one look proves is begun": {
			world(hot("a", 3, pod("x", 1), pod("y", 1), pod("z", 1))),
			func(in *plan.In) { in.ProofsPerNode = 2 },
			"a: x>cool y>cool(Later)"},
		"proofs that find a home cost nothing of what a node may fail": {
			world(hot("a", 3, pod("v", 1), pod("w", 1), pod("x", 1), pod("y", 1))),
			func(in *plan.In) { except("w")(in); in.ProofsPerNode = 3 },
			"a: v>cool x>cool(Later) y>cool(Later) -w(NoHome)"},
		"Vacate passes over pods without a home": {
			world(node("a", []plan.Pod{pod("x", 1), pod("y", 1)}, trouble(health))), except("x"),
			"a: y>cool -x(NoHome)"},
		"Vacate where nobody has a home": {
			world(node("a", []plan.Pod{pod("x", 1), pod("y", 1)}, trouble(health))),
			func(in *plan.In) { in.Prove = nowhere },
			"a: NoHome -x(NoHome) -y(NoHome)"},
		"of three rules the two that can be cured are, together": {
			world(node("a", []plan.Pod{pod("x", 4), pod("y", 0, cores(2))}, trouble(memory, part(rules.ResourceMemory, 3*gib)),
				trouble(cpu, part(rules.ResourceCPU, 2)), trouble(rules.Key{Name: "hopeless"}, part(rules.ResourceMemory, 30*gib)))),
			func(in *plan.In) { in.Rules[rules.Key{Name: "hopeless"}] = policy() },
			"a: x>cool y>cool(Later)"},
		"Relieve comes before Vacate": {
			world(node("a", []plan.Pod{pod("x", 1), pod("y", 4)}, trouble(health), trouble(memory, part(rules.ResourceMemory, 3*gib)))), nil,
			"a: y>cool"},
		"Vacate goes on where Relieve finds nothing": {
			world(node("a", []plan.Pod{pod("x", 1), pod("y", 4)}, trouble(health), trouble(memory, part(rules.ResourceMemory, 30*gib)))), nil,
			"a: x>cool"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if c.edit != nil {
				c.edit(&c.in)
			}
			compare(t, c.want, c.in)
		})
	}
}

func one(in *plan.In) { in.Prove = places(map[string]int{"cool-1": 1}) }

func silenced(s plan.Source) plan.Source {
	s.Troubles[0].Silenced = true
	return s
}

func dryRun(s plan.Source) plan.Source {
	s.Troubles[0].DryRun = true
	return s
}

func except(name string) func(*plan.In) {
	return func(in *plan.In) {
		in.Prove = func(p *plan.Pod, _ []plan.Move) (plan.Home, plan.Reason) {
			if p.Name == name {
				return plan.Home{}, plan.NoHome
			}
			return plan.Home{Node: "cool"}, ""
		}
	}
}

// fussy lets one pod go to cool-1 alone, which others take first.
func fussy(name string) func(*plan.In) {
	return func(in *plan.In) {
		free := places(map[string]int{"cool-1": 1, "cool-2": 1})
		in.Prove = func(p *plan.Pod, assumed []plan.Move) (plan.Home, plan.Reason) {
			home, reason := free(p, assumed)
			if p.Name == name && home.Node != "cool-1" {
				return plan.Home{}, plan.NoHome
			}
			return home, reason
		}
	}
}

// TestPodsThatMustNotLeave is one test for each reason that a pod itself gives.
func TestPodsThatMustNotLeave(t *testing.T) {
	for _, reason := range []plan.Reason{
		plan.Mirror, plan.Static, plan.DaemonSet, plan.Bare, plan.Critical, plan.Terminating, plan.Protected, plan.Priority,
		plan.Ignored, plan.EvictFalse, plan.DoNotDisrupt, plan.LocalStorage, plan.PersistentVolume, plan.SingleReplica, plan.Job,
		plan.ResourceClaim, plan.SchedulingGroup, plan.UnknownOwner, plan.OtherScheduler, plan.Young, plan.Rollout, plan.Unready,
		plan.ScalingDown, plan.Resizing, plan.BudgetBlocked, plan.BudgetConflict, plan.BackingOff,
	} {
		t.Run(string(reason), func(t *testing.T) {
			byRule := pod("r", 4)
			byRule.Governed[memory] = reason
			said := string(reason)
			compare(t, "hot: "+said+" -a("+said+")", world(hot("hot", 3, pod("a", 4, refused(reason)))))
			compare(t, "hot: "+said+" -r("+said+")", world(hot("hot", 3, byRule)))
			compare(t, "hot: b>cool -a("+said+")", world(hot("hot", 3, pod("a", 4, refused(reason)), pod("b", 5))))
			compare(t, "hot: "+said+" -a("+said+")", world(node("hot", []plan.Pod{pod("a", 4, refused(reason))}, trouble(health))))
		})
	}
}

func TestAPodThatOneRuleMayMoveAndAnotherMayNot(t *testing.T) {
	p := pod("a", 4, cores(4))
	p.Governed[memory] = plan.Young
	in := world(node("hot", []plan.Pod{p}, trouble(memory, part(rules.ResourceMemory, 3*gib)), trouble(cpu, part(rules.ResourceCPU, 2))))
	compare(t, "hot: a>cool", in)
	if got := plan.Make(in).Nodes[0].Moves[0].For; !cmp.Equal(got, []rules.Key{cpu}) {
		t.Errorf("it leaves for %v", got)
	}
}

func TestEveryRuleIsAnswered(t *testing.T) {
	warm := trouble(rules.Key{Name: "cool-soon"}, part(rules.ResourceMemory, gib))
	warm.Surely = 0
	in := world(node("hot", []plan.Pod{pod("a", 4)}, trouble(health), trouble(cpu, part(rules.ResourceCPU, 1)), trouble(memory, part(rules.ResourceMemory, 3*gib)), warm))
	in.Rules[warm.Rule] = policy()
	want := []plan.RuleAnswer{{Rule: warm.Rule, Reason: plan.InTheBand}, {Rule: cpu, Reason: plan.NotEnough, Short: &plan.Short{Resource: rules.ResourceCPU, Needs: 1}}, {Rule: memory}, {Rule: health, Reason: plan.Later}}
	got := plan.Make(in).Nodes[0]
	if diff := cmp.Diff(want, got.Rules); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]rules.Key{memory}, got.Moves[0].For); diff != "" {
		t.Errorf("the move is for other rules: -want +got:\n%s", diff)
	}
}

func TestWhatAMoveCarries(t *testing.T) {
	in := world(hot("hot", 3, pod("a", 2, cores(1)), pod("b", 2, cores(1))))
	moves := plan.Make(in).Nodes[0].Moves
	if first, second := moves[0], moves[1]; first.Last || !second.Last || first.Cooldown != 30*time.Minute || first.Relieves.CPU != 1 || first.Relieves.Memory != 2*gib || first.Relieves.Pods != 1 {
		t.Errorf("got %+v", moves)
	}
}
