package descheduler

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// budgeted lets one PodDisruptionBudget cover all pods, which says that it allows all.
func budgeted(w *town) {
	w.add(&policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "all"},
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{}},
		Status:     policyv1.PodDisruptionBudgetStatus{DisruptionsAllowed: 5},
	})
}

func answering(errs ...error) func(*town) { return func(w *town) { w.calls.answers = errs } }

var conflict = &apierrors.StatusError{ErrStatus: metav1.Status{Code: 500, Message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."}}

func TestAMoveThatCannotBeMadeIsCalledOff(t *testing.T) {
	for sentence, tc := range map[string]struct {
		change []func(*town)
		calls  []string
		reason string
	}{
		"the lease is lost between decision and call": {[]func(*town){func(w *town) { w.calls.lost = errors.New("it is another's") }}, nil, "NotLeading"},
		"what is remembered cannot be written":        {[]func(*town){func(w *town) { w.store.fails = errors.New("another replica writes the state") }}, nil, "NotRecorded"},
		"a budget refuses":                            {[]func(*town){budgeted, answering(apierrors.NewTooManyRequests("the budget", 10))}, []string{"a"}, "BackingOff"},
		"two budgets":                                 {[]func(*town){answering(conflict)}, []string{"a"}, "BudgetConflict"},
		"an admission webhook refuses":                {[]func(*town){answering(apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "a", nil))}, []string{"a"}, "CallFailed"},
	} {
		t.Run(sentence, func(t *testing.T) {
			inTown(t, func(w *town) {
				w.during(65 * time.Second)
				w.want("calls", w.calls.asked, tc.calls)
				w.want("the reason", w.reasons(), map[string]string{"hot": tc.reason})
				w.want("rooms that are held", len(w.holds.All()), 0)
				w.want("moves under way", len(w.Report().Moving), 0)
				w.want("how it went", w.Report().Evictions[0].Outcome, memory.NotMade)
			}, tc.change...)
		})
	}
}

func TestABudgetThatRefusesIsAskedLaterAndLater(t *testing.T) {
	inTown(t, func(w *town) {
		var at []time.Duration
		began := time.Now()
		for calls := 0; time.Since(began) < 5*time.Minute; {
			if w.tick(); len(w.calls.asked) > calls {
				calls, at = len(w.calls.asked), append(at, time.Since(began))
			}
		}
		w.want("times of the calls", at, []time.Duration{65 * time.Second, 75 * time.Second, 95 * time.Second, 135 * time.Second, 215 * time.Second})
		for _, name := range w.calls.asked {
			w.want("the pod", name, "a")
		}
	}, budgeted, answering(apierrors.NewTooManyRequests("the budget", 10)))
}

func TestTwoBudgetsAreReportedOnce(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(10 * time.Minute)
		w.want("calls", w.calls.asked, []string{"a", "b"}) // b has an owner, and budgets, of its own
		w.want("Events on the pods", len(w.told("Pod is not moved: more than one PodDisruptionBudget")), 2)
	}, answering(conflict))
}

func TestNobodyKnowsWhatBecameOfACall(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(65 * time.Second)
		w.want("moves under way", len(w.Report().Moving), 1)
		w.want("rooms that are held", len(w.holds.All()), 1)
		w.during(8 * time.Minute)
		w.want("calls", w.calls.asked, []string{"a"})
		w.during(2 * time.Minute)
		w.want("how it went", w.Report().Evictions[len(w.Report().Evictions)-1].Outcome, memory.NotMade)
	}, answering(context.DeadlineExceeded, nil))
}

func TestAPodThatIsGoneIsFollowed(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(70 * time.Second)
		w.want("the step", w.Report().Moving[0].Step, memory.WaitingForReplacement)
	}, answering(apierrors.NewNotFound(schema.GroupResource{Resource: "pods"}, "a")))
}

func TestWhatChangesWhileAMoveIsWrittenDown(t *testing.T) {
	for sentence, tc := range map[string]struct {
		change func(*town)
		want   string
	}{
		"the rule is deleted": {func(w *town) { w.set = rulesWith(w.t, nil) }, "[]"},
		"the stop button":     {func(w *town) { w.set = rulesWith(w.t, w.set.Rules[0].Evict); w.set.Pause = rules.Pause{Evict: true} }, "[]"},
		"the rule is silenced": {func(w *town) {
			w.set = rulesWith(w.t, w.set.Rules[0].Evict)
			w.set.Pause.Silences = []rules.Silence{{Node: "hot"}}
		}, "[]"},
		"the node recovers":       {func(w *town) { w.used["hot"] = 60 }, "[]"},
		"telemetry is lost":       {func(w *town) { delete(w.used, "hot") }, "[]"},
		"this replica stops":      {func(w *town) { w.end() }, "[]"},
		"nothing of it (control)": {func(*town) {}, "[a]"},
	} {
		t.Run(sentence, func(t *testing.T) {
			inTown(t, func(w *town) {
				w.during(65 * time.Second) // the decision; the store does not answer
				tc.change(w)
				w.Publish(w.board(), nil)
				close(w.store.blocks)
				synctest.Wait()
				w.want("evictions", w.calls.asked, tc.want)
				if tc.want == "[]" {
					w.want("rooms that are held", len(w.holds.All()), 0)
				}
			}, func(w *town) { w.store.blocks = make(chan struct{}) })
		})
	}
}

func TestARestartInTheMiddle(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(70 * time.Second)
		w.restart()
		w.tick()
		w.want("moves under way", len(w.Report().Moving), 1)
		if all := w.holds.All(); len(all) != 1 || all[0].Node != "cool" || all[0].From != "hot" || all[0].Use.Bytes != 12*gib {
			t.Errorf("held is %+v", all)
		}
		w.restart()
		w.come(w.newPod("a", "a", "", 12), "cool")
		w.tick()
		w.want("the step", w.Report().Moving[0].Step, memory.Verifying)
		w.restart()
		w.used["hot"], w.used["cool"] = 83, 52
		w.during(30 * time.Second)
		w.want("how it went", w.Report().Evictions[0].Outcome, memory.Relieved)
		w.want("evictions", w.calls.asked, []string{"a"})
	}, func(w *town) {
		w.calls.replaces = false
		w.add(w.newPod("a-2", "a", "cool", 12)) // another pod of the owner
	})
}

func TestACrashBetweenTheRecordAndTheCallCountsTooMuch(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(65 * time.Second)
		stored := w.store.content() // written, and nobody heard of it
		w.end()
		w.store.blocks = nil
		w.lead(stored)
		w.during(9 * time.Minute)
		w.want("calls while nobody knows whether the pod was evicted", w.calls.asked, []string{})
		w.during(5 * time.Minute)
		w.want("calls afterwards", w.calls.asked, []string{"a"})
	}, func(w *town) { w.store.blocks = make(chan struct{}) })
}

func TestTelemetryIsLostInTheMiddle(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(65 * time.Second)
		delete(w.used, "hot")
		w.during(11 * time.Minute)
		w.want("how it went", w.Report().Evictions[0].Outcome, memory.Unseen)
		w.want("evictions", w.calls.asked, []string{"a"})
	})
}

func TestNothingIsMovedWhileOwnersCannotBeRead(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(2 * time.Minute)
		w.want("calls", len(w.calls.asked), 0)
		w.want("why", w.Report().Waits, plan.OwnersUnread.Sentence())
		w.want("what is said", w.Report().Pairs[0].Sentence, "memory is 95% (memory > 90%); nothing is moved: "+plan.OwnersUnread.Sentence())
		w.want("the reason", w.reasons(), map[string]string{"hot": "OwnersUnread"})
		w.want("since when", w.Report().Pairs[0].Since.Before(time.Now().Add(-time.Minute)), true)
		w.want("Events", len(w.told("Warning TelemetryEvictionHeld Rule memory-above-90: memory is 95% (memory > 90%); nothing is moved: Deployments and Jobs")), 1)
	}, func(w *town) {
		w.client.PrependReactor("list", "jobs", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, errors.New("forbidden")
		})
	})
}

func TestOwnersAreWatchedOnlyWhileARuleEvicts(t *testing.T) {
	inTown(t, func(w *town) {
		lists := func() (n int) {
			for _, a := range w.client.Actions() {
				if a.Matches("list", "deployments") {
					n++
				}
			}
			return n
		}
		with := rulesWith(t, &rules.Evict{Goal: rules.Relieve, After: time.Minute})
		w.set = rulesWith(t, nil)
		w.during(time.Minute)
		w.want("lists without such a rule", lists(), 0)
		w.set = with
		w.during(time.Minute)
		w.want("lists with one", lists(), 1)
		w.set = rulesWith(t, nil)
		w.during(time.Minute)
		w.want("whether they are watched afterwards", w.owners.factory != nil, false)
	}, func(w *town) { w.set = rulesWith(t, nil) })
}

func TestALeaderThatEndsStops(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(30 * time.Second)
		w.end()
		w.during(2 * time.Minute)
		w.want("calls", len(w.calls.asked), 0)
		w.want("whether anything is reported", w.Report() != nil, false)
	})
}

func TestAllTelemetryIsLostInTheMiddleOfAMove(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(65 * time.Second)
		w.want("evictions", w.calls.asked, []string{"a"})
		before := w.used
		w.used = map[string]float64{}
		w.tick()
		w.want("the reason at once", w.reasons(), map[string]string{"hot": "Unknown"})
		w.want("what is said", strings.Contains(w.Report().Pairs[0].Sentence, "nothing is moved on a guess"), true)
		w.during(4 * time.Minute)
		w.want("the step", w.Report().Moving[0].Step, memory.Verifying)
		w.used, before["hot"], before["cool"] = before, 83, 52
		w.during(20 * time.Second)
		w.want("how it went once telemetry is back", w.Report().Evictions[0].Outcome, memory.Relieved)
		w.during(5 * time.Minute)
		w.want("evictions in the end", w.calls.asked, []string{"a"})
	})
}

func TestNothingIsMovedWhileMostNodesAreUnknown(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(50 * time.Second)
		for i := range 3 {
			delete(w.used, fmt.Sprint("silent-", i))
		}
		w.during(5 * time.Minute)
		w.want("evictions", len(w.calls.asked), 0)
		w.want("the reason", w.reasons()["hot"], "Breaker")
		w.want("what is said", strings.Contains(fmt.Sprint(w.Report().Pairs), "nothing is known of 3 of 5 nodes"), true)
		for i := range 3 {
			w.used[fmt.Sprint("silent-", i)] = 40
		}
		w.tick()
		w.want("evictions once they are back", w.calls.asked, []string{"a"})
	}, func(w *town) {
		for i := range 3 {
			name := fmt.Sprint("silent-", i)
			w.add(newNode(name))
			w.used[name] = 40
		}
	})
}
