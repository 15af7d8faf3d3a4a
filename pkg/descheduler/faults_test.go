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
func budgeted(w *town) { w.add(budget("all", 5)) }

// budget covers all pods, and says that it allows so many to go.
func budget(name string, allows int32) *policyv1.PodDisruptionBudget {
	return &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{}},
		Status:     policyv1.PodDisruptionBudgetStatus{DisruptionsAllowed: allows},
	}
}

func answering(errs ...error) func(*town) { return func(w *town) { w.calls.answers = errs } }

var forbidden = apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "a", nil)

// theBudget is how the API server says that a PodDisruptionBudget refuses.
var theBudget = &apierrors.StatusError{ErrStatus: refusedBy(policyv1.DisruptionBudgetCause)}

var conflict = &apierrors.StatusError{ErrStatus: metav1.Status{Code: 500, Message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."}}

func TestAMoveThatCannotBeMadeIsCalledOff(t *testing.T) {
	for sentence, tc := range map[string]struct {
		change []func(*town)
		calls  []string
		reason string
	}{
		"the lease is lost between decision and call": {[]func(*town){func(w *town) { w.calls.lost = errors.New("it is another's") }}, nil, "NotLeading"},
		"what is remembered cannot be written":        {[]func(*town){func(w *town) { w.store.fails = errors.New("another replica writes the state") }}, nil, "NotRecorded"},
		"a budget refuses":                            {[]func(*town){budgeted, answering(theBudget)}, []string{"a"}, "BackingOff"},
		"two budgets":                                 {[]func(*town){answering(conflict)}, []string{"a"}, "BudgetConflict"},
		"the API server has too much to do":           {[]func(*town){answering(apierrors.NewTooManyRequestsError("try again later"))}, []string{"a"}, "Throttled"},
		"an admission webhook refuses":                {[]func(*town){answering(forbidden)}, []string{"a"}, "CallFailed"},
		"an admission webhook cannot be reached":      {[]func(*town){answering(apierrors.NewInternalError(errors.New("failed calling webhook")))}, []string{"a"}, "CallFailed"},
		"somebody else removed the pod":               {[]func(*town){answering(apierrors.NewNotFound(schema.GroupResource{Resource: "pods"}, "a"))}, []string{"a"}, "Terminating"},
	} {
		t.Run(sentence, func(t *testing.T) {
			inTown(t, func(w *town) {
				w.during(65 * time.Second)
				w.want("calls", w.calls.asked, tc.calls)
				w.want("the reason", w.reasons(), map[string]string{"hot": tc.reason})
				w.want("rooms that are held", len(w.holds.All()), 0)
				w.want("moves under way", len(w.Report().Moving), 0)
				w.want("how it went", w.Report().Evictions[0].Outcome, memory.NotMade)
				w.want("Events that say it was evicted", len(w.told("TelemetryEvicted")), 0)
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
	}, budgeted, answering(theBudget), func(w *town) { w.eviction.PerHour = byDefault })
}

func TestAPodThatIsRefusedIsAskedLaterAndLaterAndAnotherIsTried(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(10 * time.Minute)
		w.want("calls", w.calls.asked, []string{"a", "b", "a", "b", "a", "b", "a", "b", "a", "b", "a", "b"})
		w.want("the reason", w.reasons(), map[string]string{"hot": "CallFailed"})
		w.want("records", len(w.Report().Evictions), 2)
	}, answering(forbidden), func(w *town) { w.eviction.PerHour = byDefault })
}

func TestAServerThatHasTooMuchToDoIsLetBe(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(65 * time.Second)
		w.want("the reason", w.reasons(), map[string]string{"hot": "Throttled"})
		w.during(25 * time.Second)
		w.want("calls within the time that it named", w.calls.asked, []string{"a"})
		w.want("what is said", strings.Contains(w.Report().Pairs[0].Sentence, "planned: pod shop/a"), true)
		w.tick()
		w.want("calls afterwards", w.calls.asked, []string{"a", "a"})
		w.want("the reason", w.reasons(), map[string]string{"hot": "Evicted"})
	}, answering(apierrors.NewTooManyRequests("too many requests", 30), nil))
}

var byDefault = rules.PerHour{Node: 4, Owner: 2, Namespace: 5, Total: 20}

func TestWhatWasNotMadeUsesUpNoLimit(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(3 * time.Minute)
		w.want("the reason while nothing can be written", w.reasons(), map[string]string{"hot": "NotRecorded"})
		w.want("records", len(w.Report().Evictions), 1)
		w.want("what the record says", strings.HasPrefix(w.Report().Evictions[0].Why, plan.NotRecorded.Sentence()+": "), true)
		w.restart()
		w.during(time.Minute)
		w.want("the reason after a restart", w.reasons(), map[string]string{"hot": "NotRecorded"})
		w.store.fails = nil
		w.during(15 * time.Second)
		w.want("evictions once it can", w.calls.asked, []string{"a"})
	}, func(w *town) { w.store.fails, w.eviction.PerHour = errors.New("etcd is read-only"), byDefault })
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
		w.want("how it went", len(w.told("the pod was not evicted")), 1)
		w.want("calls once it is called off", w.calls.asked, []string{"a", "a"})
	}, answering(context.DeadlineExceeded, nil))
}

func TestAnEvictionThatNobodyAnsweredIsToldWhenThePodLeaves(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(75 * time.Second)
		w.want("the reason", w.reasons(), map[string]string{"hot": "Unanswered"})
		w.want("Events that say it was evicted", len(w.told("TelemetryEvicted")), 0)
		w.leave(w.newPod("a", "a", "hot", 12))
		w.during(10 * time.Second)
		w.want("Events on pod, owner and node", len(w.told("TelemetryEvicted")), 3)
		w.want("the reason", w.reasons(), map[string]string{"hot": "WaitingForReplacement"})
		w.restart()
		w.during(10 * time.Second)
		w.want("Events after a restart", len(w.told("TelemetryEvicted")), 3)
	}, answering(context.DeadlineExceeded))
}

func TestWhatChangesWhileAMoveIsWrittenDown(t *testing.T) {
	for sentence, tc := range map[string]struct {
		change func(*town)
		// reason is why it is not made, Evicted where it is, and empty where that is not told (anew).
		reason string
	}{
		"the rule is deleted": {func(w *town) { w.set = rulesWith(w.t, nil) }, "Gone"},
		"the stop button":     {func(w *town) { w.set = rulesWith(w.t, w.set.Rules[0].Evict); w.set.Pause = rules.Pause{Evict: true} }, "Stopped"},
		"the rule is silenced": {func(w *town) {
			w.set = rulesWith(w.t, w.set.Rules[0].Evict)
			w.set.Pause.Silences = []rules.Silence{{Node: "hot"}}
		}, "Silenced"},
		"the rule is to be a dry run": {func(w *town) {
			w.set = rulesWith(w.t, w.set.Rules[0].Evict)
			w.set.Rules[0].DryRun = true
		}, "DryRun"},
		"the rule is to wait for longer":       {func(w *town) { w.set = rulesWith(w.t, &rules.Evict{Goal: rules.Relieve, After: time.Hour}) }, ""},
		"the node recovers":                    {func(w *town) { w.used["hot"] = 60 }, "Recovering"},
		"the node is in the band":              {func(w *town) { w.used["hot"] = 87 }, "InTheBand"},
		"telemetry is lost":                    {func(w *town) { delete(w.used, "hot") }, "Unknown"},
		"nothing is known of most nodes":       {silent("x1", "x2", "x3", "x4"), "Breaker"},
		"the node is cordoned":                 {cordoned("hot"), "Cordoned"},
		"the home becomes hot":                 {func(w *town) { w.used["cool"] = 84 }, "NoHome"},
		"the home is deleted":                  {func(w *town) { _ = w.client.CoreV1().Nodes().Delete(w.t.Context(), "cool", metav1.DeleteOptions{}) }, "NoHome"},
		"the pod says that it must not go":     {keptByItself, "EvictFalse"},
		"the pod is gone":                      {func(w *town) { w.leave(w.newPod("a", "a", "hot", 12)) }, "Terminating"},
		"the owner is to have one replica":     {func(w *town) { w.eviction.MinReplicas = 3 }, "SingleReplica"},
		"the operator allows fewer moves":      {func(w *town) { w.eviction.PerHour.Owner = 0 }, "LimitOwner"},
		"this replica stops":                   {func(w *town) { w.end() }, ""},
		"the pod uses more, and the home less": {func(w *town) { w.uses["uid-a"], w.used["cool"] = 13, 39 }, "Evicted"},
		"nothing of it (control)":              {func(*town) {}, "Evicted"},
	} {
		t.Run(sentence, func(t *testing.T) {
			inTown(t, func(w *town) {
				w.during(65 * time.Second) // the decision; the store does not answer
				if all := w.holds.All(); len(all) != 1 || all[0].Node != "cool" || all[0].Owner != "owner-a" {
					t.Errorf("while it is written down there is held %+v", all)
				}
				tc.change(w)
				synctest.Wait()
				w.Publish(w.board(), nil)
				close(w.store.blocks)
				synctest.Wait()
				evicted := tc.reason == "Evicted"
				w.want("whether it is made", len(w.calls.asked) == 1, evicted)
				if !evicted {
					w.want("rooms that are held", len(w.holds.All()), 0)
					w.want("how often it is told", len(w.told("TelemetryEvicted")), 0)
				}
				if !evicted && tc.reason != "" {
					w.want("how often the reason is told", len(w.told(plan.Reason(tc.reason).Sentence()+" (as seen just before the call")), 1)
				}
			}, func(w *town) { w.store.blocks = make(chan struct{}) })
		})
	}
}

func cordoned(name string) func(*town) {
	return func(w *town) {
		known, err := w.nodes.Get(name)
		if err != nil {
			w.t.Fatal(err)
		}
		node := known.DeepCopy()
		node.Spec.Unschedulable = true
		if _, err := w.client.CoreV1().Nodes().Update(w.t.Context(), node, metav1.UpdateOptions{}); err != nil {
			w.t.Error(err)
		}
	}
}

func silent(names ...string) func(*town) {
	return func(w *town) {
		for _, name := range names {
			if _, err := w.client.CoreV1().Nodes().Create(w.t.Context(), newNode(name), metav1.CreateOptions{}); err != nil {
				w.t.Error(err)
			}
		}
	}
}

func keptByItself(w *town) {
	pod := w.newPod("a", "a", "hot", 12)
	pod.Annotations = map[string]string{"descheduler.alpha.kubernetes.io/evict": "false"}
	if _, err := w.client.CoreV1().Pods("shop").Update(w.t.Context(), pod, metav1.UpdateOptions{}); err != nil {
		w.t.Error(err)
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

func TestARestartHoldsNoLessThanTheVictimUsed(t *testing.T) {
	inTown(t, func(w *town) {
		w.uses["uid-a"] = 13 // and it requests 12
		w.during(70 * time.Second)
		w.restart()
		if all := w.holds.All(); len(all) != 1 || all[0].Use.Bytes != 13*gib {
			t.Errorf("held is %+v", all)
		}
	}, func(w *town) { w.calls.lingers = true })
}

func TestACrashBetweenTheRecordAndTheCallIsFoundOut(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(65 * time.Second)
		stored := w.store.content() // written, and nobody heard of it
		w.end()
		w.store.blocks = nil
		w.lead(stored)
		w.during(10 * time.Second)
		w.want("calls while one of the former leader may be under way", w.calls.asked, []string{})
		w.want("the reason", w.reasons(), map[string]string{"hot": "Unanswered"})
		w.during(15 * time.Second)
		w.want("how it went", len(w.told("the pod was not evicted")), 1)
		w.want("Events that say it was evicted before", len(w.told("TelemetryEvicted"))/3, len(w.calls.asked))
		w.during(time.Minute)
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
