package plan_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

func TestVictims(t *testing.T) {
	both := func(memoryGiB, cores float64) []plan.Trouble {
		return []plan.Trouble{trouble(memory, part(rules.ResourceMemory, memoryGiB*gib)), trouble(cpu, part(rules.ResourceCPU, cores))}
	}
	for sentence, c := range map[string]struct {
		in   plan.In
		want string
	}{
		"the one pod that is enough leaves":                          {world(hot("hot", 10, pod("a", 12), pod("b", 5))), "hot: a>cool"},
		"low priority goes before few pods":                          {world(hot("hot", 3, pod("prod", 4, priority(1000)), pod("batch-1", 2), pod("batch-2", 2))), "hot: batch-1>cool batch-2>cool(Later)"},
		"the highest priority among them counts, not their sum":      {world(hot("hot", 3, pod("a", 3, priority(7)), pod("b", 2, priority(5)), pod("c", 2, priority(5)))), "hot: b>cool c>cool(Later)"},
		"ten of 1 MiB and one of 8 GiB: the one":                     {world(hot("hot", 0.009, append(tiny(10), pod("big", 8))...)), "hot: big>cool"},
		"one of 4 GiB goes before three of 1 GiB":                    {world(hot("hot", 3, pod("a", 1), pod("b", 1), pod("c", 1), pod("d", 4))), "hot: d>cool"},
		"the smallest overshoot":                                     {world(hot("hot", 3, pod("a", 8), pod("b", 3.5), pod("c", 4))), "hot: b>cool"},
		"the smallest overshoot of two":                              {world(hot("hot", 6, pod("a", 5), pod("b", 4), pod("c", 2.5), pod("d", 0.5))), "hot: b>cool c>cool(Later)"},
		"who prefers to stay stays, if more pods must leave":         {world(hot("hot", 3, pod("a", 4, prefersToStay), pod("b", 2), pod("c", 2))), "hot: b>cool c>cool(Later)"},
		"who prefers to stay leaves where nobody else is enough":     {world(hot("hot", 3, pod("a", 4, prefersToStay), pod("b", 2))), "hot: a>cool"},
		"a low deletion cost goes before few pods":                   {world(hot("hot", 3, pod("a", 4, cost(10)), pod("b", 2, cost(-5)), pod("c", 2))), "hot: b>cool c>cool(Later)"},
		"a negative deletion cost takes nobody else along":           {world(hot("hot", 3, pod("a", 4, cost(-100)), pod("b", 3.5, cost(-100)), pod("c", 1, cost(-100)))), "hot: b>cool"},
		"two rules, one pod cures both":                              {world(node("hot", []plan.Pod{pod("a", 4), pod("b", 0, cores(2)), pod("c", 3, cores(2))}, both(3, 1.5)...)), "hot: c>cool"},
		"two rules, two pods":                                        {world(node("hot", []plan.Pod{pod("a", 4), pod("b", 0, cores(2)), pod("c", 1, cores(1))}, both(3, 1.5)...)), "hot: a>cool b>cool(Later)"},
		"two rules, one cannot be cured: the other is":               {world(node("hot", []plan.Pod{pod("a", 4), pod("c", 1, cores(1))}, both(3, 1.5)...)), "hot: a>cool"},
		"a rule with two alternatives takes the cheaper":             {world(node("hot", []plan.Pod{pod("a", 2), pod("b", 2), pod("c", 0, cores(2))}, trouble(memory, part(rules.ResourceMemory, 3*gib), part(rules.ResourceCPU, 2)))), "hot: c>cool"},
		"pods are counted as a resource too":                         {world(node("hot", []plan.Pod{pod("a", 2), pod("b", 1)}, trouble(memory, part(rules.ResourcePods, 1)))), "hot: a>cool"},
		"a pod leaves for no rule that does not govern it":           {world(node("hot", []plan.Pod{pod("a", 4, cores(4), governed(memory)), pod("b", 0, cores(2), governed(cpu)), pod("c", 3, governed(memory))}, both(3, 1.5)...)), "hot: a>cool"},
		"a pod that only another rule needs stays":                   {world(node("hot", []plan.Pod{pod("a", 0, cores(4), governed(memory))}, both(3, 1.5)...)), "hot: NoCandidates -a(BringsNothing)"},
		"no set is enough":                                           {world(hot("hot", 30, pod("a", 12), pod("b", 5))), "hot: NotEnough"},
		"only pods above the priority limit could help":              {world(hot("hot", 3, pod("a", 4, refused(plan.Priority)), pod("b", 1))), "hot: Priority -a(Priority)"},
		"a pod that rests comes before one that never leaves":        {world(hot("hot", 3, pod("a", 4, refused(plan.Bare)), pod("b", 4, refused(plan.Rollout)))), "hot: Rollout -a(Bare) -b(Rollout)"},
		"what may leave is not enough, whoever never does":           {world(hot("hot", 9, pod("a", 14, refused(plan.Bare)), pod("b", 4))), "hot: NotEnough -a(Bare)"},
		"what rests is not enough either":                            {world(hot("hot", 9, pod("a", 14, refused(plan.DaemonSet)), pod("b", 4, refused(plan.Young)))), "hot: NotEnough -a(DaemonSet) -b(Young)"},
		"two that rest would be enough together":                     {world(hot("hot", 7, pod("a", 14, refused(plan.Mirror)), pod("b", 4, refused(plan.Young)), pod("c", 4, refused(plan.Rollout)))), "hot: Young -a(Mirror) -b(Young) -c(Rollout)"},
		"nobody knows whether an unmeasured pod is enough":           {world(hot("hot", 9, pod("a", 14, refused(plan.Bare)), pod("b", 0, unmeasured))), "hot: Unmeasured -a(Bare) -b(Unmeasured)"},
		"Vacate names what passes":                                   {world(node("hot", []plan.Pod{pod("a", 1, refused(plan.DaemonSet)), pod("b", 1, refused(plan.Young))}, trouble(health))), "hot: Young -a(DaemonSet) -b(Young)"},
		"nobody measured what the pods use":                          {world(hot("hot", 3, pod("a", 4, unmeasured))), "hot: Unmeasured -a(Unmeasured)"},
		"Vacate: the lowest priority that has a home, one at a time": {world(node("hot", []plan.Pod{pod("a", 1, priority(5)), pod("b", 1), pod("c", 1, prefersToStay)}, trouble(health))), "hot: b>cool"},
		"Vacate leaves alone what nobody measured":                   {world(node("hot", []plan.Pod{pod("a", 1, unmeasured), pod("b", 1, priority(5))}, trouble(health))), "hot: b>cool -a(Unmeasured)"},
		"and so does a rule on the number of pods":                   {world(node("hot", []plan.Pod{pod("a", 1, unmeasured), pod("b", 1, priority(5))}, trouble(memory, part(rules.ResourcePods, 1)))), "hot: b>cool -a(Unmeasured)"},
	} {
		t.Run(sentence, func(t *testing.T) { compare(t, c.want, c.in) })
	}
}

// TestManySmallPodsLeave has a node of 250 pods of which more have to leave than one look
// may find without a home.
func TestManySmallPodsLeave(t *testing.T) {
	for _, excess := range []float64{32, 33, 40, 200} {
		var pods []plan.Pod
		for i := range 250 {
			pods = append(pods, pod(fmt.Sprintf("p%04d", i), 0.01))
		}
		got := plan.Make(world(node("hot", pods, trouble(memory, part(rules.ResourcePods, excess))))).Nodes[0]
		if len(got.Moves) != plan.DefaultProofsPerNode || got.Reason != "" || got.Moves[len(got.Moves)-1].Last != (excess == 32) {
			t.Errorf("%v pods have to leave: %d moves, reason %q", excess, len(got.Moves), got.Reason)
		}
	}
}

// TestOneNodeDoesNotTakeAllProofs has 31 places, and a node from which 40 pods have to
// leave: whichever is tried last has none.
func TestOneNodeDoesNotTakeAllProofs(t *testing.T) {
	var pods []plan.Pod
	for i := range 250 {
		pods = append(pods, pod(fmt.Sprintf("p%04d", i), 0.01))
	}
	asked, free := 0, places(map[string]int{"cool-1": 31})
	in := world(node("hot", pods, trouble(memory, part(rules.ResourcePods, 40))))
	in.Prove = func(p *plan.Pod, assumed []plan.Move) (plan.Home, plan.Reason) {
		asked++
		return free(p, assumed)
	}
	if got := plan.Make(in).Nodes[0]; got.Reason != plan.TooManyProofs || asked > plan.DefaultProofs/2 {
		t.Errorf("%d proofs, reason %q", asked, got.Reason)
	}
}

func TestNotEnoughSaysTheNumber(t *testing.T) {
	for want, in := range map[string]plan.In{
		"all that may leave use 4 GiB, of the 8.8 GiB that have to leave":   world(hot("hot", 8.8, pod("a", 4), pod("b", 14, refused(plan.Bare)))),
		"all that may leave use 2 cores, of the 3 cores that have to leave": world(node("hot", []plan.Pod{pod("a", 0, cores(2))}, trouble(cpu, part(rules.ResourceCPU, 3)))),
		"only 1 pods may leave, of the 2 that have to":                      world(node("hot", []plan.Pod{pod("a", 1)}, trouble(memory, part(rules.ResourcePods, 2)))),
	} {
		got := plan.Make(in).Nodes[0].Rules[0]
		if got.Short == nil || got.Short.String() != want {
			t.Errorf("%s: %v, want %q", got.Reason, got.Short, want)
		}
	}
}

func tiny(n int) (out []plan.Pod) {
	for i := range n {
		out = append(out, pod(string(rune('a'+i)), 1.0/1024))
	}
	return out
}

func compare(t *testing.T, want string, in plan.In) {
	t.Helper()
	if diff := cmp.Diff(want, text(plan.Make(in))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestEvidence(t *testing.T) {
	for sentence, c := range map[string]struct {
		edit func(*plan.Trouble)
		want string
	}{
		"two samples beyond it":                                 {func(t *plan.Trouble) { t.Surely = 2 }, "hot: NotSure"},
		"the newest is in the band":                             {func(t *plan.Trouble) { t.Surely = 0 }, "hot: InTheBand"},
		"pending still":                                         {func(t *plan.Trouble) { t.Phase = engine.Pending }, "hot: Recovering"},
		"kept after it ended":                                   {func(t *plan.Trouble) { t.Phase, t.Truth = engine.Keeping, engine.False }, "hot: Recovering"},
		"Unknown, kept":                                         {func(t *plan.Trouble) { t.Phase, t.Truth = engine.Keeping, engine.Unknown }, "hot: Unknown"},
		"Unknown although firing":                               {func(t *plan.Trouble) { t.Truth = engine.Unknown }, "hot: Unknown"},
		"the zero value of a truth":                             {func(t *plan.Trouble) { t.Truth = 0 }, "hot: Unknown"},
		"firing for less than after":                            {func(t *plan.Trouble) { t.Since = now.Add(-59 * time.Second) }, "hot: NotLongEnough"},
		"firing for as long as after":                           {func(t *plan.Trouble) { t.Since = now.Add(-time.Minute) }, "hot: a>cool"},
		"found so at a start":                                   {func(t *plan.Trouble) { t.Assumed = true }, "hot: Assumed"},
		"the sample is old":                                     {func(t *plan.Trouble) { t.Newest = now.Add(-61 * time.Second) }, "hot: Stale"},
		"nothing that moves would help":                         {func(t *plan.Trouble) { t.Relief = nil }, "hot: Incurable"},
		"nothing has to leave any more":                         {excess(0), "hot: Cured"},
		"what has to leave is no number":                        {excess(math.NaN()), "hot: Cured"},
		"a rule that was deleted":                               {func(t *plan.Trouble) { t.Rule.Name = "deleted" }, "hot: Gone"},
		"silenced: shown, not done":                             {func(t *plan.Trouble) { t.Silenced = true }, "hot: Silenced a>cool(Silenced)"},
		"paused: shown, not done":                               {func(t *plan.Trouble) { t.Paused = true }, "hot: Paused a>cool(Paused)"},
		"a dry run of the rule: planned, not made":              {func(t *plan.Trouble) { t.DryRun = true }, "hot: DryRun a>cool"},
		"silenced in the band: the evidence is looked at first": {func(t *plan.Trouble) { t.Silenced, t.Surely = true, 0 }, "hot: InTheBand"},
	} {
		t.Run(sentence, func(t *testing.T) {
			in := world(hot("hot", 10, pod("a", 12)))
			c.edit(&in.Nodes[0].Troubles[0])
			compare(t, c.want, in)
		})
	}
}

func excess(of float64) func(*plan.Trouble) {
	return func(t *plan.Trouble) { t.Relief[0].Parts[0].Excess = of }
}

func TestPermission(t *testing.T) {
	for sentence, c := range map[string]struct {
		edit func(*plan.In)
		want string
	}{
		"the stop button":                                        {func(in *plan.In) { in.Stopped = plan.Stopped }, "hot: Stopped a>cool(Stopped)"},
		"outside the window":                                     {func(in *plan.In) { in.Stopped = plan.OutsideWindow }, "hot: OutsideWindow a>cool(OutsideWindow)"},
		"operator says DryRun, rule says Enforce":                {func(in *plan.In) { in.DryRun = true }, "hot: DryRun a>cool"},
		"a dry run in which the stop button holds":               {func(in *plan.In) { in.DryRun, in.Stopped = true, plan.Stopped }, "hot: Stopped a>cool(Stopped)"},
		"the breaker":                                            {edited(func(p *plan.Policy) { p.Stopped = plan.Breaker }), "hot: Breaker a>cool(Breaker)"},
		"too few homes":                                          {edited(func(p *plan.Policy) { p.Stopped = plan.FewHomes }), "hot: FewHomes a>cool(FewHomes)"},
		"the limit of the node":                                  {func(in *plan.In) { in.Real.Spent.Node = map[string]int32{"hot": 4} }, "hot: LimitNode a>cool(LimitNode)"},
		"the limit of the cluster":                               {func(in *plan.In) { in.Real.Spent.Total = 20 }, "hot: LimitTotal a>cool(LimitTotal)"},
		"a limit that the rule tightened":                        {edited(func(p *plan.Policy) { p.Limits.Node = 0 }), "hot: LimitNode a>cool(LimitNode)"},
		"the limit of the owner":                                 {func(in *plan.In) { in.Real.Spent.Owner = map[string]int32{"owner-of-a": 2} }, "hot: LimitOwner -a(LimitOwner)"},
		"the limit of the namespace":                             {func(in *plan.In) { in.Real.Spent.Namespace = map[string]int32{"shop": 5} }, "hot: LimitNamespace -a(LimitNamespace)"},
		"as many moves as may be under way":                      {func(in *plan.In) { in.Real.Spent.Running = 3 }, "hot: Concurrent"},
		"the owner rests":                                        {remembered(plan.OwnerPast{Last: now.Add(-29 * time.Minute)}), "hot: CoolingDown -a(CoolingDown)"},
		"the owner has rested":                                   {remembered(plan.OwnerPast{Last: now.Add(-30 * time.Minute)}), "hot: a>cool"},
		"the owner rests twice as long after a failure":          {remembered(plan.OwnerPast{Last: now.Add(-59 * time.Minute), Failures: 1}), "hot: CoolingDown -a(CoolingDown)"},
		"the owner rests as long as the rule that moved it said": {remembered(plan.OwnerPast{Last: now.Add(-time.Hour), Cooldown: 2 * time.Hour}), "hot: CoolingDown -a(CoolingDown)"},
		"another pod of the owner is under way":                  {remembered(plan.OwnerPast{Moving: true}), "hot: OwnerMoving -a(OwnerMoving)"},
		"the victim is terminating":                              {waiting(plan.WaitingForGone), "hot: WaitingForGone"},
		"the replacement is pending":                             {waiting(plan.WaitingForReplacement), "hot: WaitingForReplacement"},
		"two samples are awaited":                                {waiting(plan.Verifying), "hot: Verifying"},
		"two reliefs helped for a minute each":                   {waiting(plan.NotCured), "hot: NotCured"},
		"the last move did not help":                             {waiting(plan.CoolingDown), "hot: CoolingDown"},
		"the sample was acted upon":                              {func(in *plan.In) { in.Real.Nodes = map[string]plan.NodePast{"hot": {Acted: now.Add(-2 * time.Second)}} }, "hot: NotNewer"},
		"cordoned":                                               {func(in *plan.In) { in.Nodes[0].Refusal = plan.Cordoned }, "hot: Cordoned"},
		"a dry run waits for what is under way":                  {func(in *plan.In) { waiting(plan.Verifying)(in); in.DryRun = true }, "hot: Verifying"},
		"a dry run has limits of its own":                        {func(in *plan.In) { in.DryRun, in.Dry.Spent.Total = true, 20 }, "hot: LimitTotal a>cool(LimitTotal)"},
		"what dry runs spent holds nothing real":                 {func(in *plan.In) { in.Dry.Spent.Total = 20 }, "hot: a>cool"},
		"no home":                                                {func(in *plan.In) { in.Prove = nowhere }, "hot: NoHome -a(NoHome)"},
		"no home for the pod, and another that may never leave": {func(in *plan.In) {
			in.Nodes[0], in.Prove = hot("hot", 10, pod("0", 12, refused(plan.Bare)), pod("a", 12)), nowhere
		}, "hot: NoHome -0(Bare) -a(NoHome)"},
		"pending pods wait for the room": {func(in *plan.In) { in.Prove = says(plan.PendingFirst) }, "hot: PendingFirst -a(PendingFirst)"},
		"the node itself is no home": {func(in *plan.In) {
			in.Prove = func(*plan.Pod, []plan.Move) (plan.Home, plan.Reason) { return plan.Home{Node: "hot"}, "" }
		}, "hot: NoHome -a(NoHome)"},
		"a budget that allows none":     {func(in *plan.In) { in.Nodes[0].Pods[0].Budget = "pdb"; in.Disruptions = map[string]int32{"pdb": 0} }, "hot: BudgetBlocked -a(BudgetBlocked)"},
		"a budget that nobody knows of": {func(in *plan.In) { in.Nodes[0].Pods[0].Budget = "pdb" }, "hot: BudgetBlocked -a(BudgetBlocked)"},
		"a budget that allows one":      {func(in *plan.In) { in.Nodes[0].Pods[0].Budget = "pdb"; in.Disruptions = map[string]int32{"pdb": 1} }, "hot: a>cool"},
	} {
		t.Run(sentence, func(t *testing.T) {
			in := world(hot("hot", 10, pod("a", 12)))
			c.edit(&in)
			compare(t, c.want, in)
		})
	}
}

func TestWhoRestsUntilWhen(t *testing.T) {
	moved := plan.OwnerPast{Last: now.Add(-time.Minute), Cooldown: time.Hour, Failures: 1}
	for sentence, c := range map[string]struct {
		edit func(*plan.In)
		want *plan.Rest
	}{
		"an owner, and a failure doubles it": {remembered(moved), &plan.Rest{Whose: "Deployment/web", Until: now.Add(2*time.Hour - time.Minute)}},
		"that a dry run showed": {func(in *plan.In) {
			in.DryRun, in.Dry.Owners = true, map[string]plan.OwnerPast{"owner-of-a": moved}
		}, &plan.Rest{Whose: "Deployment/web", Until: now.Add(2*time.Hour - time.Minute)}},
		"the node": {func(in *plan.In) {
			in.Real.Nodes = map[string]plan.NodePast{"hot": {Waits: plan.CoolingDown, Until: now.Add(time.Hour)}}
		}, &plan.Rest{Whose: "node hot", Until: now.Add(time.Hour)}},
		"the node that a dry run showed": {func(in *plan.In) {
			in.DryRun, in.Dry.Nodes = true, map[string]plan.NodePast{"hot": {Waits: plan.CoolingDown, Until: now.Add(time.Hour)}}
		}, &plan.Rest{Whose: "node hot", Until: now.Add(time.Hour)}},
		"what is not about time": {waiting(plan.Verifying), nil},
		"a limit":                {func(in *plan.In) { in.Real.Spent.Owner = map[string]int32{"owner-of-a": 9} }, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			in := world(hot("hot", 10, pod("a", 12, func(p *plan.Pod) { p.OwnerKind, p.OwnerName = "Deployment", "web" })))
			c.edit(&in)
			if diff := cmp.Diff(c.want, plan.Make(in).Nodes[0].Rules[0].Rest); diff != "" {
				t.Errorf("rests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAReasonNamesTheBudgets(t *testing.T) {
	p := plan.Pod{Budget: "shop/a", Budgets: []string{"shop/a", "shop/b"}}
	for reason, want := range map[plan.Reason]string{
		plan.BudgetBlocked: plan.BudgetBlocked.Sentence() + " (shop/a)", plan.BackingOff: plan.BackingOff.Sentence() + " (shop/a)",
		plan.BudgetConflict: plan.BudgetConflict.Sentence() + " (shop/a, shop/b)", plan.Bare: plan.Bare.Sentence(),
	} {
		if got := p.Because(reason); got != want {
			t.Errorf("%s: %s", reason, got)
		}
	}
	if got := (&plan.Pod{}).Because(plan.BudgetConflict); got != plan.BudgetConflict.Sentence() {
		t.Errorf("where they are not known: %s", got)
	}
}

func edited(edit func(*plan.Policy)) func(*plan.In) {
	return func(in *plan.In) {
		p := in.Rules[memory]
		edit(&p)
		in.Rules[memory] = p
	}
}

func remembered(past plan.OwnerPast) func(*plan.In) {
	return func(in *plan.In) { in.Real.Owners = map[string]plan.OwnerPast{"owner-of-a": past} }
}

func waiting(r plan.Reason) func(*plan.In) {
	return func(in *plan.In) { in.Real.Nodes = map[string]plan.NodePast{"hot": {Waits: r}} }
}

func says(r plan.Reason) func(*plan.Pod, []plan.Move) (plan.Home, plan.Reason) {
	return func(*plan.Pod, []plan.Move) (plan.Home, plan.Reason) { return plan.Home{}, r }
}
