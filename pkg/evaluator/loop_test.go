package evaluator

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

const (
	hot  = "- {name: hot, when: {metric: memory, above: 90%}, actions: {block: {}}}\n"
	long = "- {name: long, when: {metric: memory, above: 90%}, for: 2m, actions: {block: {}}}\n"
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
			o.Builtin = "slow"
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

func TestRulesThatComeDuringATickAreThoseOfTheNextOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "- {name: of-the-former-run, when: {metric: memory, above: 99%}, actions: {block: {}}}\n", newNodes(1))
		loaded := make(chan struct{})
		w.rules.loaded = loaded
		var once sync.Once
		w.Subscribe(func(b *engine.Board, _ []engine.Transition) {
			once.Do(func() { // what the API server has arrives while the first tick is under way
				w.rules.write(hot, rules.Pause{})
				close(loaded)
			})
		})
		w.run()
		<-w.Ready()
		if got := w.Board().Rules()[0].Key.Name; got != "hot" {
			t.Errorf("ready with the rule %s, which only the former run knew", got)
		}
	})
}

func TestABoardWaitsForWhatItRestsOn(t *testing.T) {
	for sentence, tc := range map[string]struct {
		rules       string
		loaded      bool
		board, open bool
	}{
		"the rules are there":                                {hot, true, true, true},
		"there are no rules":                                 {"", true, true, true},
		"the rules cannot be read and there were none":       {"", false, false, false},
		"the rules cannot be read but those of a former run": {hot, false, true, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, tc.rules, newNodes(1))
				if !tc.loaded {
					w.rules.loaded = make(chan struct{})
				}
				w.memory.pause(5 * time.Second)
				w.start()
				if w.Board() != nil {
					t.Error("there is a Board before telemetry was read")
				}
				w.pass(10 * time.Second)
				if got := w.Board() != nil; got != tc.board {
					t.Errorf("there is a Board: %v", got)
				}
				if got := w.isReady(); got != tc.open {
					t.Errorf("it is ready: %v", got)
				}
			})
		})
	}
}

func TestSubscribersAreToldInTheirOrderAndBeforeReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(1), func(o *Options) { o.Sources = nil })
		told := map[uint64][]string{}
		subscribe := func(name string) {
			w.Subscribe(func(b *engine.Board, _ []engine.Transition) {
				told[b.Version] = append(told[b.Version], fmt.Sprintf("%s ready=%v current=%v", name, w.isReady(), b == w.Board()))
			})
		}
		subscribe("a")
		subscribe("b")
		w.start()
		subscribe("late")
		w.pass(5 * time.Second)
		want := [][]string{
			{"a ready=false current=true", "b ready=false current=true"},
			{"a ready=true current=true", "b ready=true current=true", "late ready=true current=true"},
		}
		if diff := cmp.Diff(want, [][]string{told[1], told[w.Board().Version]}); diff != "" {
			t.Errorf("subscribers were told of the first and the last Board (-want +got):\n%s", diff)
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
			createNode(t, w, newNode(fmt.Sprintf("new%d", i)))
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

func TestANodeThatIsDeletedLeavesTheBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hot, newNodes(2))
		w.memory.set(map[string]float64{"n0": 50, "n1": 50})
		w.start()
		if err := w.client.CoreV1().Nodes().Delete(t.Context(), "n0", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Second)
		if w.Board().Node("n0") != nil || w.Board().Node("n1") == nil {
			t.Error("the Board knows the wrong nodes")
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
