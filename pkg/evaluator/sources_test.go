package evaluator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/component-base/metrics"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

func TestASourceThatHangsDoesNotHoldUpTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		w := newWorld(t, loaded+hot, newNodes(1), withProm(func(context.Context, telemetry.Request) (*telemetry.Reading, error) {
			<-release
			return &telemetry.Reading{}, nil
		}))
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

// TestALieFreesNoNodeAtOnceAndBlocksNoneForEver begins with a hot node and lets
// its source go wrong.
func TestALieFreesNoNodeAtOnceAndBlocksNoneForEver(t *testing.T) {
	says := func(value float64, age time.Duration) sourceFunc {
		return func(context.Context, telemetry.Request) (*telemetry.Reading, error) {
			return reading(map[string]float64{"n0": value}, time.Now().Add(-age)), nil
		}
	}
	frozen := func() sourceFunc {
		var began time.Time
		return func(context.Context, telemetry.Request) (*telemetry.Reading, error) {
			if began.IsZero() {
				began = time.Now()
			}
			return reading(map[string]float64{"n0": 95}, began), nil
		}
	}
	for sentence, tc := range map[string]struct {
		lie  sourceFunc
		want string // what people are told
	}{
		"it says NaN":                 {says(math.NaN(), 0), "NaN"},
		"it says infinity":            {says(math.Inf(-1), 0), "infinity"},
		"it says less than nothing":   {says(-5, 0), "negative use"},
		"it says what will be":        {says(0, -time.Hour), "in the future"},
		"it says what was":            {says(0, time.Hour), "old"},
		"it says the same for ever":   {frozen(), "old"},
		"it says nothing of the node": {func(context.Context, telemetry.Request) (*telemetry.Reading, error) { return empty, nil }, "no value"},
		"it says nothing at all":      {func(context.Context, telemetry.Request) (*telemetry.Reading, error) { return nil, nil }, "neither a reading nor an error"},
		"it fails": {func(context.Context, telemetry.Request) (*telemetry.Reading, error) {
			return nil, errors.New("no route")
		}, "no route"},
		"it panics": {func(context.Context, telemetry.Request) (*telemetry.Reading, error) { panic("boo") }, "boo"},
		"it hangs until its deadline": {func(ctx context.Context, _ telemetry.Request) (*telemetry.Reading, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, "deadline"},
		"it speaks of nodes nobody has": {func(context.Context, telemetry.Request) (*telemetry.Reading, error) {
			return reading(map[string]float64{"?": 1}, time.Now()), nil
		}, "no value"},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, hot, newNodes(1))
				w.memory.set(map[string]float64{"n0": 95})
				w.start()
				w.wantTurns("hot n0 inactive-firing")
				w.memory.lie(tc.lie)
				w.pass(time.Minute)
				if !w.keepsOff("n0") {
					t.Error("the node is free after a minute")
				}
				w.pass(4 * time.Minute)
				if w.keepsOff("n0") {
					t.Error("the node is not free after five minutes")
				}
				if got := w.explain("hot", "n0"); !strings.Contains(got, tc.want) {
					t.Errorf("explained by %q, want %q in it", got, tc.want)
				}
			})
		})
	}
}

func TestEachReadingIsAskedForTheNodesOfTheMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		w := newWorld(t, hot, newNodes(1))
		w.memory.lie(func(_ context.Context, want telemetry.Request) (*telemetry.Reading, error) {
			asked = append(asked, fmt.Sprintf("%d [%s %s]", len(want.Nodes), want.Metrics[0].Name, want.Metrics[1].Name))
			return empty, nil
		})
		w.start()
		createNode(t, w, newNode("n1"))
		w.pass(17 * time.Second)
		if diff := cmp.Diff([]string{"1 [used-cpu used-memory]", "2 [used-cpu used-memory]"}, asked); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}

// TestASourceThatNobodyLooksAtDoesNotFailForEver: it is not read any more, and nothing could end
// its fault.
func TestASourceThatNobodyLooksAtDoesNotFailForEver(t *testing.T) {
	registry := metrics.NewKubeRegistry()
	registry.MustRegister(sourceUp, sourceLast, sourceProblems)
	t.Cleanup(func() { sourceUp.Reset(); sourceLast.Reset(); sourceProblems.Reset() })
	up := func() string {
		said, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(said)
	}
	synctest.Test(t, func(t *testing.T) {
		prom := &gauge{}
		prom.fail("the server answers 503")
		w := newWorld(t, loaded+hot, newNodes(1), withProm(prom.Collect)).start()
		w.pass(time.Minute)
		if said := up(); !strings.Contains(said, `value:"prom"`) || w.Sources()[1].Fault == "" {
			t.Fatalf("nothing is said of the source while a rule looks at it: %s, %+v", said, w.Sources())
		}
		asked := make(chan struct{})
		prom.lie(func(context.Context, telemetry.Request) (*telemetry.Reading, error) {
			close(asked)
			prom.fail("the server answers 503")
			time.Sleep(3 * time.Second)
			return nil, errors.New("the server answers 503")
		})
		<-asked // a reading is under way when the rule goes
		w.rules.write(hot, rules.Pause{})
		w.pass(time.Minute)
		if said := up(); strings.Contains(said, `value:"prom"`) || w.Sources()[1].Fault != "" || !w.Sources()[1].Failing.IsZero() {
			t.Errorf("it still fails: %s, %+v", said, w.Sources()[1])
		}
		w.rules.write(loaded+hot, rules.Pause{})
		w.pass(time.Minute)
		if said := up(); !strings.Contains(said, `value:"prom"`) || w.Sources()[1].Fault == "" {
			t.Errorf("nothing is said of it when a rule looks at it again: %s, %+v", said, w.Sources()[1])
		}
	})
}
