package kubelet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// fleet answers for kubelets without a network, so that time can be a fake. Each
// node's host is its name.
type fleet struct {
	mu sync.Mutex
	// behave holds what a node does; the others answer at once.
	behave map[string]func(*http.Request) (string, error)
	// visits are the nodes in the order in which they were asked.
	visits          []string
	underWay, worst int
}

// RoundTrip implements http.RoundTripper.
func (f *fleet) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	f.visits = append(f.visits, r.URL.Hostname())
	f.underWay++
	f.worst = max(f.worst, f.underWay)
	behave := f.behave[r.URL.Hostname()]
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.underWay--
	}()
	if behave == nil {
		behave = fine
	}
	body, err := behave(r)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {text}}, Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}

func (f *fleet) change(node string, behave func(*http.Request) (string, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.behave[node] = behave
}

// take returns the visits since it was last called.
func (f *fleet) take() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	visits := f.visits
	f.visits = nil
	return visits
}

// fine is a node that uses one core and 100 bytes, as of now.
func fine(*http.Request) (string, error) {
	now := time.Now()
	return fmt.Sprintf("%s %d %d\n%s 100 %d\n", cpuFamily, now.Unix(), now.UnixMilli(), memoryFamily, now.UnixMilli()), nil
}

// lag answers after a while, with what was true then.
func lag(d time.Duration) func(*http.Request) (string, error) {
	return func(r *http.Request) (string, error) {
		select {
		case <-r.Context().Done():
			return "", r.Context().Err()
		case <-time.After(d):
			return fine(r)
		}
	}
}

var hang = lag(time.Hour)

func refuse(*http.Request) (string, error) { return "", errors.New("connection refused") }

func newFleet(t *testing.T, o Options) (*fleet, *Source) {
	t.Helper()
	source, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{behave: map[string]func(*http.Request) (string, error){}}
	source.visitor.client = &http.Client{Transport: f}
	return f, source
}

func named(names ...string) telemetry.Request {
	var want telemetry.Request
	for _, name := range names {
		want.Nodes = append(want.Nodes, telemetry.Node{Name: name, UID: name, Addresses: []telemetry.Address{{Type: "InternalIP", Address: name}}})
	}
	return want
}

func cpuOf(node string) telemetry.Key {
	return telemetry.Key{Metric: telemetry.UsedCPU, Node: node}
}

func memoryOf(node string) telemetry.Key {
	return telemetry.Key{Metric: telemetry.UsedMemory, Node: node}
}

// collect reads once and says how long it took.
func collect(t *testing.T, s *Source, want telemetry.Request) (*telemetry.Reading, time.Duration) {
	t.Helper()
	began := time.Now()
	r, err := s.Collect(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	return r, time.Since(began)
}

const second = "CPU use is known from the second reading on"

func TestCPUIsKnownFromTheSecondReadingOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, source := newFleet(t, Options{})
		first, _ := collect(t, source, named("a"))
		memory := telemetry.Sample{Value: 100, Time: time.Now()}
		want := &telemetry.Reading{
			Samples:  map[telemetry.Key]telemetry.Sample{memoryOf("a"): memory},
			Problems: map[telemetry.Key]string{cpuOf("a"): second},
			Missed:   map[string]string{},
		}
		if diff := cmp.Diff(want, first, nearby); diff != "" {
			t.Errorf("first reading (-want +got):\n%s", diff)
		}
		time.Sleep(15 * time.Second)
		later, _ := collect(t, source, named("a"))
		memory.Time = time.Now()
		want = &telemetry.Reading{
			Samples: map[telemetry.Key]telemetry.Sample{
				memoryOf("a"): memory, cpuOf("a"): {Value: 1, Time: time.Now(), Window: 15 * time.Second},
			},
			Problems: map[telemetry.Key]string{}, Missed: map[string]string{},
		}
		if diff := cmp.Diff(want, later, nearby); diff != "" {
			t.Errorf("second reading (-want +got):\n%s", diff)
		}
	})
}

// nearby compares moments, whatever their place.
var nearby = cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })

func TestAKubeletThatHangsHoldsUpOnlyItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, source := newFleet(t, Options{})
		f.change("a", hang)
		reading, took := collect(t, source, named("a", "b", "c"))
		if took != time.Second {
			t.Errorf("the reading took %v, and patience is 1s", took)
		}
		if diff := cmp.Diff(map[string]string{"a": "the kubelet has not answered for 1s"}, reading.Missed); diff != "" {
			t.Errorf("missed (-want +got):\n%s", diff)
		}
		if len(reading.Samples) != 2 {
			t.Errorf("samples: %v", reading.Samples)
		}
		time.Sleep(14 * time.Second)
		reading, _ = collect(t, source, named("a", "b", "c"))
		if got, want := reading.Missed["a"], "the kubelet has not answered for 1s"; got != want {
			t.Errorf("missed because %q, want %q", got, want)
		}
		synctest.Wait()
		time.Sleep(5 * time.Second)
	})
}

func TestALateAnswerBelongsToTheNextReadingWithItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, source := newFleet(t, Options{})
		f.change("a", lag(3*time.Second))
		began := time.Now()
		if reading, _ := collect(t, source, named("a", "b")); reading.Missed["a"] == "" {
			t.Error("the laggard is in the first reading")
		}
		time.Sleep(14 * time.Second)
		reading, _ := collect(t, source, named("a", "b"))
		if got := reading.Samples[memoryOf("a")].Time.Sub(began); got != 3*time.Second {
			t.Errorf("the answer came %v after the question", got)
		}
		time.Sleep(14 * time.Second)
		reading, _ = collect(t, source, named("a", "b"))
		want := telemetry.Sample{Value: 1, Time: began.Add(18 * time.Second), Window: 15 * time.Second}
		if diff := cmp.Diff(want, reading.Samples[cpuOf("a")], nearby); diff != "" {
			t.Errorf("CPU (-want +got):\n%s", diff)
		}
		time.Sleep(5 * time.Second)
	})
}

func TestAKubeletIsNotAskedAgainWhileItsVisitIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, source := newFleet(t, Options{NodeTimeout: time.Minute})
		f.change("a", hang)
		for range 3 {
			collect(t, source, named("a", "b"))
			time.Sleep(10 * time.Second)
		}
		visits := f.take()
		if n := len(slices.DeleteFunc(visits, func(v string) bool { return v != "a" })); n != 1 {
			t.Errorf("a was asked %d times", n)
		}
		time.Sleep(time.Minute)
	})
}

func TestVisitsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, source := newFleet(t, Options{Concurrency: 3})
		var names []string
		for i := range 30 {
			names = append(names, fmt.Sprintf("n%d", i))
			f.change(names[i], lag(100*time.Millisecond))
		}
		reading, took := collect(t, source, named(names...))
		if f.worst != 3 || took != time.Second || len(reading.Samples) != 30 {
			t.Errorf("%d samples, at most %d visits at a time, took %v", len(reading.Samples), f.worst, took)
		}
	})
}

func TestThoseThatFailTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, source := newFleet(t, Options{Concurrency: 1, NodeTimeout: 800 * time.Millisecond})
		for _, name := range []string{"x", "y", "z"} {
			f.change(name, hang)
		}
		all := named("a", "b", "x", "y", "z")
		collect(t, source, all)
		f.take()
		seen := map[string]int{}
		for range 3 {
			time.Sleep(15 * time.Second)
			collect(t, source, all)
			for _, v := range f.take() {
				seen[v]++
			}
		}
		if diff := cmp.Diff(map[string]int{"a": 3, "b": 3, "x": 2, "y": 2, "z": 2}, seen); diff != "" {
			t.Errorf("visits (-want +got):\n%s", diff)
		}
		time.Sleep(time.Second)
	})
}

func TestAHundredDeadNodesDoNotStarveTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, source := newFleet(t, Options{Concurrency: 10})
		var names []string
		for i := range 200 {
			names = append(names, fmt.Sprintf("n%d", i))
		}
		collect(t, source, named(names...))
		for _, name := range names[:100] {
			f.change(name, hang)
		}
		for range 6 {
			time.Sleep(15 * time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			_, _ = source.Collect(ctx, named(names...))
			cancel()
		}
		time.Sleep(15 * time.Second)
		reading, took := collect(t, source, named(names...))
		if len(reading.Missed) != 100 || took != time.Second {
			t.Errorf("%d nodes were missed in %v, and 100 are dead", len(reading.Missed), took)
		}
		for _, name := range names[:100] {
			f.change(name, nil)
		}
		time.Sleep(15 * time.Second)
		if reading, _ = collect(t, source, named(names...)); len(reading.Missed) != 0 {
			t.Errorf("%d nodes are missed although all live again", len(reading.Missed))
		}
	})
}

func TestWhatAReadingCouldNotAskIsMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, source := newFleet(t, Options{Concurrency: 1})
		f.change("a", lag(2*time.Second))
		f.change("b", lag(2*time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		reading, err := source.Collect(ctx, named("a", "b", "c"))
		if err != nil {
			t.Fatal(err)
		}
		answered := len(reading.Samples)
		if answered+len(reading.Missed) != 3 {
			t.Errorf("%d nodes answered, %d were missed", answered, len(reading.Missed))
		}
		for node, why := range reading.Missed {
			if why != "the kubelet has not answered for 1s" && why != "the kubelet was not asked: those of other nodes took all the time" {
				t.Errorf("%s was missed because %s", node, why)
			}
		}
		time.Sleep(5 * time.Second)
	})
}

func TestANodeThatIsMadeAnewHasACounterOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, source := newFleet(t, Options{})
		collect(t, source, named("a", "b"))
		time.Sleep(15 * time.Second)
		want := named("a", "b")
		want.Nodes[0].UID = "another"
		reading, _ := collect(t, source, want)
		if diff := cmp.Diff(map[telemetry.Key]string{cpuOf("a"): second}, reading.Problems); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
	})
}

func TestANodeThatIsGoneIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, source := newFleet(t, Options{})
		collect(t, source, named("a", "b"))
		f.take()
		reading, _ := collect(t, source, named("b"))
		if len(source.kubelets) != 1 || len(reading.Missed) != 0 || !slices.Equal(f.take(), []string{"b"}) {
			t.Errorf("a is still known: %+v", reading)
		}
	})
}

func TestAReadingFailsWhereNoKubeletBringsAnything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, source := newFleet(t, Options{})
		f.change("a", refuse)
		f.change("b", refuse)
		_, err := source.Collect(t.Context(), named("a", "b"))
		if want := "none of the kubelets of 2 nodes could be read; of the node a: the kubelet cannot be reached: connection refused"; err == nil || err.Error() != want {
			t.Errorf("error: %v, want %s", err, want)
		}
		f.change("b", nil)
		reading, _ := collect(t, source, named("a", "b"))
		if diff := cmp.Diff(map[string]string{"a": "the kubelet cannot be reached: connection refused"}, reading.Missed); diff != "" {
			t.Errorf("missed (-want +got):\n%s", diff)
		}
	})
}

func TestAClusterWithoutNodesIsNoFault(t *testing.T) {
	_, source := newFleet(t, Options{})
	if reading, _ := collect(t, source, telemetry.Request{}); len(reading.Samples)+len(reading.Missed) != 0 {
		t.Errorf("%+v", reading)
	}
}

func TestAnAnswerThatMakesUsPanicIsMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, source := newFleet(t, Options{})
		f.change("a", func(*http.Request) (string, error) { panic("boo") })
		reading, _ := collect(t, source, named("a", "b"))
		if got, want := reading.Missed["a"], "reading the kubelet's answer panicked: boo"; got != want {
			t.Errorf("missed because %q, want %q", got, want)
		}
	})
}

func TestACounterThatFallsIsUnknownForOneReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, source := newFleet(t, Options{})
		collect(t, source, named("a"))
		time.Sleep(15 * time.Second)
		f.change("a", func(*http.Request) (string, error) {
			return fmt.Sprintf("%s 1\n%s 100\n", cpuFamily, memoryFamily), nil
		})
		reading, _ := collect(t, source, named("a"))
		if got, want := reading.Problems[cpuOf("a")], "the CPU counter began anew; CPU use is known from the next reading on"; got != want {
			t.Errorf("problem %q, want %q", got, want)
		}
		time.Sleep(15 * time.Second)
		reading, _ = collect(t, source, named("a"))
		want := telemetry.Sample{Value: 0, Time: time.Now(), Window: 15 * time.Second}
		if diff := cmp.Diff(want, reading.Samples[cpuOf("a")], nearby); diff != "" {
			t.Errorf("CPU (-want +got):\n%s", diff)
		}
	})
}
