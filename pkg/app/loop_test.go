package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/events"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

func TestTenants(t *testing.T) {
	namespaces := informers.NewSharedInformerFactory(fake.NewClientset(), 0).Core().V1().Namespaces()
	parse := func(text string) *args.Args {
		said, err := args.Parse([]byte(text), args.Options{SourceTypes: args.Types()})
		if err != nil {
			t.Fatal(err)
		}
		return said
	}
	if got := tenants(parse(""), namespaces); got != nil {
		t.Errorf("without the argument %+v may have rules", got)
	}
	got := tenants(parse("namespaces: {matchLabels: {a: b}}\nnamespaceLimits: {rules: 7, together: {terms: 8}}"), namespaces)
	limits := rulesource.Limits{Each: rulesource.Counts{Rules: 7, Preferences: 10, Terms: 200}, Together: rulesource.Counts{Rules: 500, Preferences: 100, Terms: 8}}
	if got == nil || got.Selector.String() != "a in (b)" || got.Limits != limits || got.Namespaces != namespaces {
		t.Errorf("tenants are %+v", got)
	}
}

// answers is a store that gives one answer after the other, and the last one
// again and again.
type answers struct {
	errs  []error
	times []time.Time
}

func (a *answers) Load(context.Context) (state.Content, []state.Problem, error) {
	a.times = append(a.times, time.Now())
	err := a.errs[min(len(a.times), len(a.errs))-1]
	if err != nil {
		return nil, nil, err
	}
	return state.Content{"texts": nil}, nil, nil
}

func TestLoad(t *testing.T) {
	down := errors.New("the server is down")
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "configmaps"}, "", nil)
	for sentence, tc := range map[string]struct {
		errs   []error
		end    time.Duration // of the context
		loaded bool
		empty  bool
		tried  []time.Duration
	}{
		"state that is there is read once":             {errs: []error{nil}, loaded: true, tried: []time.Duration{0}},
		"a server that is down is asked ever later":    {errs: []error{down, down, down, nil}, loaded: true, tried: []time.Duration{0, 1, 3, 7}},
		"it is asked twice a minute at least":          {errs: []error{down, down, down, down, down, down, down, nil}, loaded: true, tried: []time.Duration{0, 1, 3, 7, 15, 31, 61, 91}},
		"state that may not be read is not waited for": {errs: []error{forbidden}, loaded: true, empty: true, tried: []time.Duration{0}},
		"the end of the process ends it":               {errs: []error{down}, end: 2 * time.Second, tried: []time.Duration{0, 1}},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				if tc.end > 0 {
					time.AfterFunc(tc.end, cancel)
				}
				defer cancel()
				began := time.Now()
				store := &answers{errs: tc.errs}
				content, loaded, lost := (&loop{state: store}).load(ctx)
				if loaded != tc.loaded || (content == nil) != (tc.empty || !tc.loaded) {
					t.Errorf("it is loaded: %v, with %v", loaded, content)
				}
				if (lost != nil) != tc.loaded { // the state has nothing of evictions
					t.Errorf("lost is %v", lost)
				}
				var tried []time.Duration
				for _, at := range store.times {
					tried = append(tried, at.Sub(began)/time.Second)
				}
				if diff := cmp.Diff(tc.tried, tried); diff != "" {
					t.Errorf("seconds of the attempts (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestWhatIsLostOfMoves(t *testing.T) {
	damaged := func(section string) []state.Problem {
		return []state.Problem{{ConfigMap: "state-" + section + "-0", Section: section, Err: errors.New("unexpected EOF")}}
	}
	some := map[string]json.RawMessage{"real": nil}
	for sentence, tc := range map[string]struct {
		content  state.Content
		problems []state.Problem
		want     string
	}{
		"there never was any state":            {nil, nil, "<nil>"},
		"all is there":                         {state.Content{"texts": some, "evictions": some}, nil, "<nil>"},
		"the section is not":                   {state.Content{"texts": some}, nil, "nothing is stored of evictions, though other things are"},
		"a part of it is damaged":              {state.Content{"evictions": some}, damaged("evictions"), "what was stored of evictions is damaged: state ConfigMap state-evictions-0: unexpected EOF"},
		"nobody knows what is damaged":         {state.Content{"evictions": some}, damaged(""), "what was stored of evictions is damaged: state ConfigMap state--0: unexpected EOF"},
		"something else is damaged":            {state.Content{"evictions": some}, damaged("texts"), "<nil>"},
		"all that is left is something else's": {nil, damaged("texts"), "nothing is stored of evictions, though other things are"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := fmt.Sprint(lostMoves(tc.content, tc.problems)); got != tc.want {
				t.Errorf("lost is %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAReplicaThatStandsByBlindlyReadsTheStateWhenItLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &answers{errs: []error{nil}}
		ctx, stop := context.WithCancel(t.Context())
		led, done := make(chan struct{}), make(chan struct{})
		go func() { defer close(done); (&loop{state: store, late: true}).run(ctx, led) }()
		time.Sleep(time.Hour)
		if len(store.times) != 0 {
			t.Error("the state was read by a replica that does not lead")
		}
		stop()
		<-done
	})
}

const hotRule = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: TelemetryRules
rules:
- {name: hot, when: {metric: memory, above: 90%}, actions: {block: {}}}
`

// TestLoopServes runs everything beside the scheduler but the scheduler itself.
func TestLoopServes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset(
			&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}},
			&corev1.ConfigMap{
				ObjectMeta: metav1.ObjectMeta{Namespace: "ours", Name: "r", Labels: map[string]string{rules.LabelRules: "true"}},
				Data:       map[string]string{"r.yaml": hotRule},
			})
		l, boards := newTestLoop(t, client)
		ctx, stop := context.WithCancel(t.Context())
		led, done := make(chan struct{}), make(chan struct{})
		e, source := l.assemble(nil)
		go func() { defer close(done); l.serve(ctx, led, e, source) }()

		if b := <-boards; b.Node("n") == nil {
			t.Error("the first Board does not know the node")
		}
		if states := stateMaps(t, client); states != 0 {
			t.Errorf("a replica that does not lead wrote %d ConfigMaps", states)
		}
		close(led)
		<-l.ready
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if states := stateMaps(t, client); states == 0 {
			t.Error("the leader wrote no state")
		}
		stop()
		<-done
	})
}

// successive is a store that has other lessons at each reading.
type successive struct {
	contents []state.Content
	reads    int
}

func (s *successive) Load(context.Context) (state.Content, []state.Problem, error) {
	s.reads++
	return s.contents[min(s.reads, len(s.contents))-1], nil, nil
}

func TestANewLeaderKnowsWhatTheOneBeforeLearned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}})
		l, _ := newTestLoop(t, client)
		lesson := func(bytes int64, at time.Time) state.Content {
			value, err := json.Marshal(inflight.Lesson{Use: inflight.Units{Bytes: bytes}, Settled: true, At: at})
			if err != nil {
				t.Fatal(err)
			}
			return state.Content{"lessons": {"owner": value}}
		}
		store := &successive{contents: []state.Content{lesson(7, time.Now()), lesson(30, time.Now().Add(5*time.Hour))}}
		l.state = store
		ctx, stop := context.WithCancel(t.Context())
		led, done := make(chan struct{}), make(chan struct{})
		go func() { defer close(done); l.run(ctx, led) }()
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{Kind: "Job", UID: "owner", Controller: new(true)}}}}
		time.Sleep(time.Minute)
		if got := l.evaluator.InFlight.Estimate(pod).Bytes; got != 7 {
			t.Errorf("at first the replica that stands by estimates %d bytes", got)
		}
		time.Sleep(5 * time.Hour)
		close(led)
		<-l.ready
		if got := l.evaluator.InFlight.Estimate(pod).Bytes; got != 30 {
			t.Errorf("before it places its first pod the new leader estimates %d bytes", got)
		}
		stop()
		<-done
	})
}

// newTestLoop returns a loop on a fake API server, and the newest of its Boards.
func newTestLoop(t *testing.T, client *fake.Clientset) (*loop, chan *engine.Board) {
	t.Helper()
	factory := informers.NewSharedInformerFactory(client, 0)
	core := factory.Core().V1()
	core.Nodes().Informer()
	core.Pods().Informer()
	factory.Start(t.Context().Done())
	t.Cleanup(factory.Shutdown)
	recorder := events.NewFakeRecorder(1000)
	store := state.New(state.Options{Client: client, Namespace: "ours", Name: "state", Sections: evaluator.Sections(), Recorder: recorder})
	boards := make(chan *engine.Board, 1)
	return &loop{
		state: store,
		rules: rulesource.Options{Client: client, Namespace: "ours", Recorder: recorder, Rules: rules.Options{Metrics: rules.Builtins(15*time.Second, time.Minute)}},
		evaluator: evaluator.Options{
			InFlight: telemetry.NewShared(telemetry.Options{}).InFlight(),
			Sources:  []evaluator.Source{{Name: "roof", Source: thermometer{}, Interval: 15 * time.Second}},
			Nodes:    core.Nodes(), Pods: core.Pods(), State: store, Recorder: recorder, NewNodeGrace: time.Minute,
			Self: leaseReference("ours", "telemetry-scheduler"),
		},
		publish: func(b *engine.Board, _ []engine.Transition) {
			select {
			case <-boards:
			default:
			}
			boards <- b
		},
		assembled: func(*evaluator.Evaluator, *rulesource.Source) {},
		ready:     make(chan struct{}),
	}, boards
}

func stateMaps(t *testing.T, client *fake.Clientset) int {
	t.Helper()
	found, err := client.CoreV1().ConfigMaps("ours").List(t.Context(), metav1.ListOptions{LabelSelector: state.LabelState})
	if err != nil {
		t.Fatal(err)
	}
	return len(found.Items)
}
