package descheduler

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	appsclient "k8s.io/client-go/kubernetes/typed/apps/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// inTown runs a test on virtual time.
func inTown(t *testing.T, test func(w *town), change ...func(*town)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, change...)
		test(w)
		w.end()
	})
}

func TestOnePodMovesAndThenNothing(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(50 * time.Second)
		w.want("calls before the rule fired for a minute", len(w.calls.asked), 0)
		w.want("the reason", w.reasons(), map[string]string{"hot": "NotLongEnough"})
		w.during(20 * time.Second)
		w.want("evictions", w.calls.asked, []string{"a"})
		w.want("what was written down before the call", strings.Contains(string(w.store.written[1].Value), `"uid":"uid-a"`), true)
		w.used["hot"], w.used["cool"] = 83, 52
		w.during(30 * time.Second)
		r := w.Report()
		w.want("moves under way", len(r.Moving), 0)
		w.want("rooms that are held", len(w.holds.All()), 0)
		w.want("the record", []any{r.Evictions[0].Pod, r.Evictions[0].Home, r.Evictions[0].Landed, r.Evictions[0].Outcome}, []any{"a", "cool", "cool", memory.Relieved})
		w.during(10 * time.Minute)
		w.want("evictions in the end", w.calls.asked, []string{"a"})
		w.want("Events on pod, owner and node", len(w.told("TelemetryEvicted")), 3)
		w.want("Events about the end", w.told("TelemetryEvictionEnded"), []string{"Normal TelemetryEvictionEnded The move of pod shop/a for rule memory-above-90 ended: its replacement is on node cool, and the node has less: 12 GiB of 12 GiB that was expected"})
	})
}

func TestTheRoomIsHeldUntilTheReplacementIsBound(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(70 * time.Second)
		if all := w.holds.All(); len(all) != 1 || all[0].Node != "cool" || all[0].From != "hot" || all[0].Owner != "owner-a" || all[0].Use.Bytes != 12*gib {
			t.Fatalf("held is %+v", all)
		}
		w.want("the reason", w.reasons(), map[string]string{"hot": "WaitingForReplacement"})
		w.come(w.newPod("a", "a", "", 12), "cool")
		w.tick()
		w.want("rooms that are held", len(w.holds.All()), 0)
		w.want("the reason", w.reasons(), map[string]string{"hot": "Verifying"})
		w.want("evictions", w.calls.asked, []string{"a"})
	}, func(w *town) { w.calls.replaces = false })
}

func TestWhatIsSaidOfANode(t *testing.T) {
	for sentence, tc := range map[string]struct {
		change func(*town)
		pass   time.Duration
		reason string
		want   string
	}{
		"not yet":  {func(*town) {}, 30 * time.Second, "NotLongEnough", "memory is 95% (memory > 90%); nothing is moved: the rule has not been firing for as long as evict.after says (for 25s, of 60s)"},
		"too few":  {func(*town) {}, 10 * time.Second, "NotSure", "(2 of 3)"},
		"evicted":  {func(*town) {}, 65 * time.Second, "Evicted", "memory is 95% (memory > 90%); evicted pod shop/a, for which node cool is proved to be a home (memory would be 52%)"},
		"dry run":  {func(w *town) { w.eviction.DryRun = true }, 65 * time.Second, "DryRun", "memory is 95% (memory > 90%); nothing is moved: this is a dry run; planned: pod shop/a, for which node cool is proved to be a home (memory would be 52%)"},
		"no home":  {func(w *town) { w.used["cool"] = 80 }, 80 * time.Second, "NoHome", "for pod shop/a: 1 node(s) would not be clear of telemetry rule memory-above-90"},
		"a limit":  {func(w *town) { w.eviction.PerHour.Total = 0 }, 80 * time.Second, "LimitTotal", "(at most 0); planned: pod shop/a"},
		"stopped":  {func(w *town) { w.set.Pause = rules.Pause{Evict: true, By: "ann", Why: "a freeze"} }, 80 * time.Second, "Stopped", "(by ann: a freeze); planned: pod shop/a"},
		"all stay": {func(w *town) { w.eviction.MinReplicas = 3 }, 80 * time.Second, "SingleReplica", "nothing is moved: pod shop/a would help, and stays: its owner has fewer replicas than minReplicas"},
		"a rest": {func(w *town) { w.eviction.DryRun = true }, 90 * time.Second, "CoolingDown",
			"nothing is moved: the last moves, or those that a dry run showed, were too short ago, or did not help (node hot until 00:31:05 UTC)"},
		"a budget":    {func(w *town) { w.add(budget("all", 0)) }, 80 * time.Second, "BudgetBlocked", "a PodDisruptionBudget allows no disruption now (shop/all)"},
		"two budgets": {func(w *town) { w.add(budget("all", 1), budget("any", 1)) }, 80 * time.Second, "BudgetConflict", "until all but one are removed (shop/all, shop/any)"},
		"the breaker": {threeAtOnce, 80 * time.Second, "Breaker", "3 of 4 nodes began to fire at once"},
	} {
		t.Run(sentence, func(t *testing.T) {
			inTown(t, func(w *town) {
				w.during(tc.pass)
				for _, p := range w.Report().Pairs {
					if p.Node == "hot" && (string(p.Reason) != tc.reason || !strings.Contains(p.Sentence, tc.want)) {
						t.Errorf("%s: %s\nwant %s: … %s", p.Reason, p.Sentence, tc.reason, tc.want)
					}
				}
				if len(w.Report().Pairs) == 0 {
					t.Error("nothing is said")
				}
			}, tc.change)
		})
	}
}

// threeAtOnce has three nodes begin to fire with one Board.
func threeAtOnce(w *town) {
	w.add(newNode("hot-2"), newNode("hot-3"))
	w.used["hot-2"], w.used["hot-3"] = 95, 95
}

func TestTheBreakerHoldsACrowdForAWhile(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(2 * time.Minute)
		w.want("evictions after two minutes", w.calls.asked, []string{})
		w.during(20 * time.Second)
		w.want("evictions after that", w.calls.asked, []string{"a"})
	}, threeAtOnce)
}

func TestADryRunIsTheSamePlan(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(3 * time.Minute)
		w.want("calls", len(w.calls.asked), 0)
		w.want("waits for the store", len(w.store.written), 0)
		w.want("rooms that are held", len(w.holds.All()), 0)
		r := w.Report()
		w.want("records", []any{len(r.Evictions), r.Evictions[0].Pod, r.Evictions[0].Home, r.Evictions[0].Outcome}, []any{1, "a", "cool", memory.DryRun})
		w.want("the reason afterwards", w.reasons(), map[string]string{"hot": "CoolingDown"})
		w.want("Events of evictions", len(w.told("TelemetryEvicted")), 0)
	}, func(w *town) { w.eviction.DryRun = true })
}

func TestAReasonIsToldOnce(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(5 * time.Minute)
		w.want("Events", len(w.told("TelemetryEvictionHeld")), 3) // NotSure, NotLongEnough, NoHome
		before := w.store.puts
		w.during(5 * time.Minute)
		if puts := w.store.puts - before; puts > 6 {
			t.Errorf("nothing happened, and %d times it was stored", puts)
		}
	}, func(w *town) { w.used["cool"] = 80 })
}

func TestAVictimThatTerminatesForLongIsWaitedFor(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(15 * time.Minute)
		w.want("evictions", w.calls.asked, []string{"a"})
		w.want("the reason", w.reasons(), map[string]string{"hot": "WaitingForGone"})
		if all := w.holds.All(); len(all) != 1 || all[0].Node != "cool" {
			t.Errorf("held is %+v", all)
		}
		w.leave(w.newPod("a", "a", "hot", 12))
		w.during(20 * time.Second)
		w.want("the reason once it is gone", w.reasons(), map[string]string{"hot": "WaitingForReplacement"})
		w.during(5 * time.Minute)
		w.want("rooms that are held when nothing came", len(w.holds.All()), 0)
		w.during(5 * time.Minute)
		w.want("how it went", w.Report().Evictions[0].Outcome, memory.StayedPending)
		w.want("evictions in the end", w.calls.asked, []string{"a"})
	}, func(w *town) { w.calls.lingers = true })
}

func TestWhatLandsBackDidNotHelp(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(70 * time.Second)
		w.come(w.newPod("a", "a", "", 12), "hot")
		w.during(10 * time.Second)
		w.want("how it went", w.Report().Evictions[0].Outcome, memory.LandedBack)
		w.during(5 * time.Minute)
		w.want("the reason", w.reasons(), map[string]string{"hot": "CoolingDown"})
		w.want("evictions", w.calls.asked, []string{"a"})
	}, func(w *town) { w.calls.replaces = false })
}

func TestAMetricThatAveragesForLongIsWaitedForLonger(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(70 * time.Second)
		w.used["hot"], w.used["cool"] = 83, 52
		w.during(14 * time.Minute)
		w.restart()
		w.during(2 * time.Minute)
		w.want("how it went", w.Report().Evictions[0].Outcome, memory.Relieved)
	}, func(w *town) { w.window = 15 * time.Minute })
}

func TestSamplesThatAverageOverTheTimeBeforeTellNothing(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(80 * time.Second) // as hot as before, by samples that are from before in part
		w.want("the step", w.Report().Moving[0].Step, memory.Verifying)
		w.during(40 * time.Second)
		w.used["hot"], w.used["cool"] = 83, 52
		w.during(time.Minute)
		w.want("how it went", w.Report().Evictions[0].Outcome, memory.Relieved)
	}, func(w *town) { w.window = time.Minute })
}

// An owner that is scaled up as its pods take more has a new pod just before one is moved.
func TestAPodThatWasThereBeforeIsNotTheReplacement(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(50 * time.Second)
		w.come(w.newPod("sibling", "a", "", 1), "cool")
		w.during(30 * time.Second)
		w.want("evictions", w.calls.asked, []string{"a"})
		w.want("the reason", w.reasons(), map[string]string{"hot": "WaitingForReplacement"})
		w.restart()
		w.during(10 * time.Second)
		w.want("the reason after a restart", w.reasons(), map[string]string{"hot": "WaitingForReplacement"})
		w.want("rooms that are held", len(w.holds.All()), 1)
		w.come(w.newPod("a", "a", "", 12), "cool")
		w.tick()
		w.want("the reason once it came", w.reasons(), map[string]string{"hot": "Verifying"})
	}, func(w *town) { w.calls.replaces = false })
}

// What makes the pods, or a person, may want fewer of them while one moves.
func TestAReplacementThatNobodyWantsIsNotWaitedFor(t *testing.T) {
	deployments := func(w *town) appsclient.DeploymentInterface { return w.client.AppsV1().Deployments("shop") }
	for sentence, change := range map[string]func(*town) error{
		"the owner is scaled down": func(w *town) error {
			_, err := deployments(w).Patch(w.t.Context(), "a", types.MergePatchType, []byte(`{"spec":{"replicas":1}}`), metav1.PatchOptions{})
			return err
		},
		"the owner is scaled to nothing": func(w *town) error {
			_, err := deployments(w).Patch(w.t.Context(), "a", types.MergePatchType, []byte(`{"spec":{"replicas":0}}`), metav1.PatchOptions{})
			return err
		},
		"the owner is deleted": func(w *town) error { return deployments(w).Delete(w.t.Context(), "a", metav1.DeleteOptions{}) },
	} {
		t.Run(sentence, func(t *testing.T) {
			inTown(t, func(w *town) {
				w.come(w.newPod("sibling", "a", "", 1), "cool")
				w.during(70 * time.Second)
				w.want("the reason", w.reasons(), map[string]string{"hot": "WaitingForReplacement"})
				if err := change(w); err != nil {
					t.Fatal(err)
				}
				w.tick()
				w.want("the reason once fewer are wanted", w.reasons(), map[string]string{"hot": "Verifying"})
				w.want("rooms that are held", len(w.holds.All()), 0)
				w.used["hot"] = 83
				w.during(30 * time.Second)
				w.want("how it went", w.Report().Evictions[0].Outcome, memory.Relieved)
				w.want("Events about the end", w.told("TelemetryEvictionEnded"), []string{"Normal TelemetryEvictionEnded The move of pod shop/a for rule memory-above-90 ended: none came in its place, which nobody wants any more, and the node has less: 12 GiB of 12 GiB that was expected"})
			}, func(w *town) { w.calls.replaces = false })
		})
	}
}

// Another kind that is called Deployment too is none that listers could know.
func TestOfAnOwnerThatCannotBeReadAReplacementIsWaitedFor(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(10 * time.Second)
		gone := memory.Record{Namespace: "shop", Owner: "x", OwnerKind: "Deployment", OwnerName: "gone", OwnerRead: true}
		w.want("one that could be read, and is gone", w.isUnwanted(&gone), true)
		gone.OwnerRead = false
		w.want("one that could not be", w.isUnwanted(&gone), false)
	})
}
