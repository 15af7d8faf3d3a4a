package evaluator

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

const (
	hot  = "- {name: hot, when: {metric: memory, above: 90%}, actions: {block: {}}}\n"
	full = "- {name: full, when: {metric: pods, atLeast: 20%}, actions: {block: {}}}\n"
)

func TestAReadingIsJudgedWhenItArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(2))
		w.memory.set(map[string]float64{"n0": 95, "n1": 50})
		w.start()
		w.wantTurns("hot n0 inactive-firing")
		w.memory.set(map[string]float64{"n0": 80, "n1": 91})
		w.pass(20 * time.Second)
		w.wantTurns("hot n0 firing-inactive", "hot n1 inactive-firing")
		if w.Board() == nil || w.Board().Node("n1") == nil || w.Board().Node("gone") != nil {
			t.Error("the Board does not know its nodes")
		}
	})
}

func TestReadyWaitsForRulesAndForTheFirstReading(t *testing.T) {
	slow := func(d time.Duration) func(*Options) {
		return func(o *Options) {
			o.Sources = append(o.Sources, Source{Name: "slow", Interval: time.Minute, Source: sourceFunc(
				func(ctx context.Context, _ telemetry.Request) (*telemetry.Reading, error) {
					select {
					case <-ctx.Done():
						return nil, ctx.Err()
					case <-time.After(d):
						return &telemetry.Reading{}, nil
					}
				})})
		}
	}
	for sentence, tc := range map[string]struct {
		loadAfter time.Duration
		change    []func(*Options)
		want      time.Duration
	}{
		"rules and readings are there at once": {0, nil, 0},
		"the rules take two seconds":           {2 * time.Second, nil, 2 * time.Second},
		"a source takes three seconds":         {0, []func(*Options){slow(3 * time.Second)}, 3 * time.Second},
		"a source fails at its deadline":       {0, []func(*Options){slow(time.Hour)}, 10 * time.Second},
		"there is no source":                   {time.Second, []func(*Options){func(o *Options) { o.Sources = nil }}, time.Second},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, hot, newNodes(1), tc.change...)
				loaded := make(chan struct{})
				w.rules.loaded = loaded
				time.AfterFunc(tc.loadAfter, func() { close(loaded) })
				began := time.Now()
				w.run()
				<-w.Ready()
				if got := time.Since(began); got < tc.want || got > tc.want+150*time.Millisecond {
					t.Errorf("ready after %v, want %v", got, tc.want)
				}
				if w.Board() == nil {
					t.Error("ready without a Board")
				}
			})
		})
	}
}

func TestASourceThatHangsDoesNotHoldUpTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		w := newWorld(t, hot, newNodes(1), func(o *Options) {
			o.Sources = append(o.Sources, Source{Name: "hangs", Interval: 15 * time.Second, Source: sourceFunc(
				func(context.Context, telemetry.Request) (*telemetry.Reading, error) {
					<-release
					return &telemetry.Reading{}, nil
				})})
		})
		t.Cleanup(func() { close(release) })
		w.start()
		w.memory.set(map[string]float64{"n0": 95})
		w.pass(20 * time.Second)
		w.wantTurns("hot n0 inactive-firing")
		if !w.isReady() {
			t.Error("the hanging source holds up the start")
		}
	})
}

func TestAnEditOfTheRulesIsJudgedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "", newNodes(1))
		w.memory.set(map[string]float64{"n0": 95})
		w.start()
		w.wantTurns()
		w.rules.write(hot, rules.Pause{})
		synctest.Wait()
		w.wantTurns("hot n0 inactive-firing")
	})
}

func TestAPauseEndsOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(1))
		w.start()
		w.rules.write(hot, rules.Pause{Block: true, Until: time.Now().Add(3 * time.Second)})
		w.pass(2900 * time.Millisecond)
		w.takeTicks()
		w.pass(200 * time.Millisecond)
		if n := w.takeTicks(); n != 1 {
			t.Errorf("%d ticks at the end of the pause, want 1", n)
		}
	})
}

func TestTimeAloneIsJudgedEveryFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(1), func(o *Options) { o.Sources = nil })
		w.start()
		w.takeTicks()
		w.pass(time.Minute)
		if n := w.takeTicks(); n != 12 {
			t.Errorf("%d ticks within a minute, want 12", n)
		}
	})
}

func TestNodesThatJoinTogetherAreOneTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(1), func(o *Options) { o.Sources = nil })
		w.start()
		w.takeTicks()
		for i := range 20 {
			if _, err := w.client.CoreV1().Nodes().Create(t.Context(), newNode(fmt.Sprintf("new%d", i)), metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		w.pass(time.Second)
		if n := w.takeTicks(); n != 1 {
			t.Errorf("%d ticks for a pool that grows, want 1", n)
		}
		if w.Board().Node("new19") == nil {
			t.Error("the Board does not know the last node")
		}
	})
}

func TestAHeartbeatIsNoReasonToTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(1), func(o *Options) { o.Sources = nil })
		w.start()
		w.takeTicks()
		n := newNode("n0")
		n.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, LastHeartbeatTime: metav1.Now()}}
		if _, err := w.client.CoreV1().Nodes().Update(t.Context(), n, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Second)
		if n := w.takeTicks(); n != 0 {
			t.Errorf("%d ticks for a heartbeat", n)
		}
	})
}

func TestPodsAreCountedFromTheAPIServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, full, newNodes(2), func(o *Options) { o.Sources = nil })
		w.start()
		for i, phase := range []corev1.PodPhase{corev1.PodRunning, corev1.PodPending, corev1.PodSucceeded, corev1.PodFailed} {
			node := "n0"
			if i >= 1 {
				node = "n1" // one pending pod and two that ended
			}
			createPod(t, w, fmt.Sprintf("p%d", i), node, phase)
		}
		createPod(t, w, "q", "n0", corev1.PodRunning)
		w.pass(5 * time.Second)
		w.wantTurns("full n0 inactive-firing")
	})
}

func createPod(t *testing.T, w *world, name, node string, phase corev1.PodPhase) {
	t.Helper()
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name},
		Spec:       corev1.PodSpec{NodeName: node},
		Status:     corev1.PodStatus{Phase: phase},
	}
	if _, err := w.client.CoreV1().Pods("n").Create(t.Context(), p, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyTheLeaderSpeaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(2))
		w.memory.set(map[string]float64{"n0": 95, "n1": 50})
		w.start()
		w.wantEvents()
		resign := w.lead()
		w.wantEvents()
		w.memory.set(map[string]float64{"n0": 50, "n1": 95})
		w.pass(20 * time.Second)
		got := w.takeEvents()
		if diff := cmp.Diff(map[string]int{"Normal TelemetryRuleInactive": 1, "Warning TelemetryRuleFiring": 1}, tally(got)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		resign()
		w.memory.set(map[string]float64{"n0": 95, "n1": 95})
		w.pass(20 * time.Second)
		w.wantEvents()
	})
}

func TestWhenManyNodesFireAtOnceOneEventStandsForMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(100))
		values := map[string]float64{}
		for i := range 100 {
			values[fmt.Sprintf("n%d", i)] = 50
		}
		w.memory.set(values)
		w.start()
		defer w.lead()()
		all := map[string]float64{}
		for name := range values {
			all[name] = 95
		}
		w.memory.set(all)
		w.pass(20 * time.Second)
		if n := len(w.takeEvents()); n != maxNodeEvents+1 {
			t.Errorf("%d events, want %d", n, maxNodeEvents+1)
		}
	})
}

func TestASourceThatFailsIsSaidOnceAndSoIsItsRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "", newNodes(1))
		w.memory.fail("no route to host")
		w.start()
		w.wantEvents()
		defer w.lead()()
		w.wantEvents("Warning TelemetrySourceFailed")
		w.memory.fail("connection refused")
		w.pass(time.Minute)
		w.wantEvents()
		w.memory.fail("")
		w.pass(time.Minute)
		w.wantEvents("Normal TelemetrySourceRecovered")
	})
}

func TestARuleThatSeesFewOfItsNodesIsSaidOnItsConfigMap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(4))
		w.memory.set(map[string]float64{"n0": 50})
		w.start()
		defer w.lead()()
		w.pass(time.Minute)
		w.wantEvents("Warning TelemetryMissing")
		w.memory.set(map[string]float64{"n0": 50, "n1": 50, "n2": 50, "n3": 50})
		w.pass(time.Minute)
		w.wantEvents("Normal TelemetryBack")
	})
}

func TestPhasesAndTextsSurviveAFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := newNodes(2)
		first := newWorld(t, hot, nodes)
		first.rules.good = []rulesource.GoodText{{Unit: rulesource.Unit{Namespace: "ours", ConfigMap: "c", Key: "k.yaml"}, UID: "1", Text: "x"}}
		first.memory.set(map[string]float64{"n0": 95, "n1": 50})
		first.start()
		resign := first.lead()
		first.pass(20 * time.Second)
		resign()
		content, problems, err := newStore(first.client).Load(t.Context())
		if err != nil || problems != nil {
			t.Fatal(problems, err)
		}
		if diff := cmp.Diff(first.rules.good, TextsOf(content)); diff != "" {
			t.Errorf("texts (-want +got):\n%s", diff)
		}
		second := newWorld(t, hot, nodes, func(o *Options) { o.Stored = content })
		second.memory.fail("down")
		second.start()
		second.wantTurns("hot n0 firing-keeping")
		if got := second.Board().Rules()[0].Phases; got[1]+got[2]+got[3] != 1 {
			t.Errorf("nodes by phase after the failover: %v", got)
		}
	})
}

func tally(list []string) map[string]int {
	out := map[string]int{}
	for _, s := range list {
		out[s]++
	}
	return out
}
