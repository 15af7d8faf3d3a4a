package marks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/flowcontrol"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// bench is a Marker on a fake cluster, whose API server knows managed fields.
type bench struct {
	t        *testing.T
	client   *fake.Clientset
	recorder *events.FakeRecorder
	ctx      context.Context
	stop     context.CancelFunc
}

// onABench runs a test in a bubble of its own time, with a Marker from the start.
func onABench(t *testing.T, nodes int, test func(b *bench), change ...func(*Options)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, client: fake.NewClientset(), recorder: events.NewFakeRecorder(1000)}
		b.ctx, b.stop = context.WithCancel(t.Context())
		for i := range nodes {
			n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("n", i), UID: types.UID(fmt.Sprint("uid-", i))}}
			if _, err := b.client.CoreV1().Nodes().Create(b.ctx, n, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		b.begin(change...)
		test(b)
		b.stop()
		synctest.Wait()
	})
}

// begin starts a Marker.
func (b *bench) begin(change ...func(*Options)) {
	factory := informers.NewSharedInformerFactoryWithOptions(b.client, 0)
	nodes, stored := factory.Core().V1().Nodes(), factory.Core().V1().ConfigMaps()
	nodes.Informer()
	stored.Informer()
	factory.Start(b.ctx.Done())
	factory.WaitForCacheSync(b.ctx.Done())
	opts := Options{
		Owner: us, Limits: Limits{Interval: time.Minute, Tainted: 100}, Stale: 10 * time.Minute,
		Rate:  flowcontrol.NewTokenBucketRateLimiter(100, 100),
		Nodes: nodes.Lister(), State: stored.Lister().ConfigMaps("ours"), StateName: "state", Client: b.client.CoreV1().Nodes(), Recorder: b.recorder,
	}
	for _, c := range change {
		c(&opts)
	}
	go New(time.Now(), opts).Run(b.ctx)
}

// says is what the scheduler's leader publishes; each time it is a new one.
func (b *bench) says(nodes map[string][]engine.Mark) {
	b.t.Helper()
	b.forget()
	ctx, stop := context.WithCancel(b.ctx)
	defer stop()
	leader := state.New(state.Options{
		Client: b.client, Namespace: "ours", Name: "state", Sections: []string{evaluator.SectionMarks}, Recorder: events.NewFakeRecorder(100),
	})
	go func() { _ = leader.Run(ctx) }()
	leader.Put(evaluator.SectionMarks, evaluator.Marks{At: time.Now(), Nodes: nodes}.Entries())
	if err := leader.Sync(ctx, evaluator.SectionMarks); err != nil {
		b.t.Fatal(err)
	}
	time.Sleep(10 * time.Second)
	synctest.Wait()
}

// forget deletes the state.
func (b *bench) forget() {
	b.t.Helper()
	maps := b.client.CoreV1().ConfigMaps("ours")
	list, err := maps.List(b.ctx, metav1.ListOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, cm := range list.Items {
		if err := maps.Delete(b.ctx, cm.Name, metav1.DeleteOptions{}); err != nil {
			b.t.Fatal(err)
		}
	}
}

// event is the next Event.
func (b *bench) event() string {
	select {
	case e := <-b.recorder.Events:
		return e
	default:
		return "there is none"
	}
}

// carried is what nodes carry, as people read it.
func (b *bench) carried() map[string]string {
	b.t.Helper()
	list, err := b.client.CoreV1().Nodes().List(b.ctx, metav1.ListOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	out := map[string]string{}
	for i := range list.Items {
		n := &list.Items[i]
		var has []string
		for _, key := range slices.Sorted(maps.Keys(n.Labels)) {
			has = append(has, key+"="+n.Labels[key])
		}
		for _, t := range n.Spec.Taints {
			has = append(has, t.ToString())
		}
		if len(has) > 0 {
			out[n.Name] = strings.Join(has, " ")
		}
	}
	return out
}

func (b *bench) wants(sentence string, want map[string]string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.carried()); diff != "" {
		b.t.Errorf("%s (-want +got):\n%s", sentence, diff)
	}
}

// hot has the first node carry a label and a taint.
var hot = map[string][]engine.Mark{"n0": {labelled(heat, "hot"), tainted(heat, "NoSchedule")}}

var (
	isHot   = map[string]string{"n0": heat + "=hot " + heat + "=ours-marks:NoSchedule"}
	nothing = map[string]string{}
)

func TestMarksFollowTheState(t *testing.T) {
	onABench(t, 2, func(b *bench) {
		b.says(hot)
		b.wants("what is said is carried", isHot)
		b.says(nil)
		b.wants("what is said no more is gone", nothing)
	})
}

func TestMarksOutliveTheLeaderForAWhile(t *testing.T) {
	onABench(t, 2, func(b *bench) {
		b.says(hot)
		time.Sleep(9 * time.Minute)
		b.wants("a change of leaders takes nothing away", isHot)
		time.Sleep(2 * time.Minute)
		b.wants("nobody stands behind them any more", nothing)
		b.says(hot)
		b.wants("the leader is back", isHot)
	})
}

func TestWhoBeginsWithoutAStateWaitsBeforeItTakesMarksAway(t *testing.T) {
	onABench(t, 1, func(b *bench) {
		b.says(hot)
		b.forget()
		time.Sleep(5 * time.Second)
		b.wants("the state is gone for a moment", isHot)
	})
}

func TestADamagedStateSaysNothing(t *testing.T) {
	onABench(t, 1, func(b *bench) {
		b.says(hot)
		maps := b.client.CoreV1().ConfigMaps("ours")
		cm, err := maps.Get(b.ctx, "state-marks-0", metav1.GetOptions{})
		if err != nil {
			b.t.Fatal(err)
		}
		cm.BinaryData = map[string][]byte{"state.json.gz": []byte("x")}
		if _, err := maps.Update(b.ctx, cm, metav1.UpdateOptions{}); err != nil {
			b.t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		b.wants("the state cannot be read for a moment", isHot)
	})
}

func TestOneMarkIsNotSetTwiceInAMoment(t *testing.T) {
	onABench(t, 1, func(b *bench) {
		for range 5 { // a source that swings
			b.says(hot)
			b.says(nil)
		}
		sets := 0
		for _, a := range b.client.Actions() {
			if p, is := a.(clienttesting.PatchAction); is && p.GetPatchType() == types.MergePatchType && strings.Contains(string(p.GetPatch()), "NoSchedule") {
				sets++
			}
		}
		if sets > 2 {
			b.t.Errorf("the taint was set %d times in 100 s", sets)
		}
		b.says(hot)
		time.Sleep(time.Minute)
		b.wants("what stays is set in the end", isHot)
	})
}

func TestSoManyNodesAreWrittenInASecond(t *testing.T) {
	everywhere := map[string][]engine.Mark{}
	for i := range 100 {
		everywhere[fmt.Sprint("n", i)] = []engine.Mark{labelled(heat, "hot")}
	}
	slow := func(o *Options) { o.Rate = flowcontrol.NewTokenBucketRateLimiter(1, 5) }
	onABench(t, 100, func(b *bench) {
		b.says(everywhere)
		if n := len(b.carried()); n > 20 || n < 5 {
			b.t.Errorf("%d nodes were written in 10 s", n)
		}
		time.Sleep(100 * time.Second)
		if n := len(b.carried()); n != 100 {
			b.t.Errorf("%d of 100 nodes were written", n)
		}
	}, slow)
}

func TestWithRemoveEverythingIsTakenAway(t *testing.T) {
	onABench(t, 1, func(b *bench) {
		b.says(hot)
		b.wants("nothing is set", nothing)
	}, func(o *Options) { o.Remove = true })
}

func TestWhatIsRefusedIsToldAndTriedAgainLater(t *testing.T) {
	onABench(t, 1, func(b *bench) {
		var refused atomic.Int32
		b.client.PrependReactor("patch", "nodes", func(a clienttesting.Action) (bool, runtime.Object, error) {
			if refused.Add(1) > 6 {
				return false, nil, nil
			}
			return true, nil, apierrors.NewForbidden(a.GetResource().GroupResource(), "n0", errors.New("the policy says no"))
		})
		b.says(hot)
		if n := refused.Load(); n != 2 {
			b.t.Errorf("labels and taints, each once: %d writes were tried in 10 s", n)
		}
		if e := b.event(); !strings.Contains(e, "TelemetryMarkFailed") || !strings.Contains(e, "the policy says no") {
			b.t.Errorf("the Event says %s", e)
		}
		time.Sleep(2 * time.Minute)
		b.wants("it goes on", isHot)
	})
}

func TestTaintsThatAreRefusedKeepNoLabelFromBeingWritten(t *testing.T) {
	onABench(t, 1, func(b *bench) {
		b.client.PrependReactor("patch", "nodes", func(a clienttesting.Action) (bool, runtime.Object, error) {
			refuse := a.(clienttesting.PatchAction).GetPatchType() == types.MergePatchType
			return refuse, nil, apierrors.NewForbidden(a.GetResource().GroupResource(), "n0", errors.New("the policy says no"))
		})
		b.says(hot)
		b.wants("the label is set", map[string]string{"n0": heat + "=hot"})
		told := b.event() + b.event()
		if !strings.Contains(told, "TelemetryMarked label "+heat+"=hot set") || !strings.Contains(told, "TelemetryMarkFailed") {
			b.t.Error("the Events say", told)
		}
		b.says(map[string][]engine.Mark{"n0": {labelled(heat, "cold"), tainted(heat, "NoSchedule")}})
		b.wants("and not again within the interval", map[string]string{"n0": heat + "=hot"})
	})
}

func TestSomebodyElsesLabelIsToldOnce(t *testing.T) {
	onABench(t, 1, func(b *bench) {
		patch := []byte(`{"metadata":{"labels":{"` + heat + `":"mine"}}}`)
		if _, err := b.client.CoreV1().Nodes().Patch(b.ctx, "n0", types.MergePatchType, patch, metav1.PatchOptions{FieldManager: "kubectl-label"}); err != nil {
			b.t.Fatal(err)
		}
		b.says(map[string][]engine.Mark{"n0": {labelled(heat, "hot")}})
		b.wants("it is left alone", map[string]string{"n0": heat + "=mine"})
		if e := b.event(); !strings.Contains(e, "TelemetryMarkWithheld") || !strings.Contains(e, "somebody else has set it") {
			b.t.Errorf("the Event says %s", e)
		}
		if n := len(b.recorder.Events); n > 0 {
			b.t.Errorf("there are %d Events more", n)
		}
	})
}

func TestClean(t *testing.T) {
	onABench(t, 3, func(b *bench) {
		b.says(map[string][]engine.Mark{"n0": hot["n0"], "n2": {labelled(heat, "hot")}})
		b.stop()
		synctest.Wait()
		b.ctx = b.t.Context()
		cleaned, err := Clean(b.ctx, b.client.CoreV1().Nodes(), us)
		if cleaned != 2 || err != nil {
			b.t.Errorf("%d nodes were cleaned, %v", cleaned, err)
		}
		b.wants("nothing is left", nothing)
		if cleaned, err := Clean(b.ctx, b.client.CoreV1().Nodes(), us); cleaned != 0 || err != nil {
			b.t.Errorf("then %d nodes were cleaned, %v", cleaned, err)
		}
	})
}

func TestASketchOfANodeHasWhatIsLookedAt(t *testing.T) {
	ours := metav1.ManagedFieldsEntry{Manager: string(us), Operation: metav1.ManagedFieldsOperationApply, FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{"f:labels":{"f:` + heat + `":{}}}}`)}
	other := metav1.ManagedFieldsEntry{Manager: "kubectl", Operation: metav1.ManagedFieldsOperationApply, FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{"f:labels":{"f:other":{}}}}`)}
	updated := metav1.ManagedFieldsEntry{Manager: string(us), Operation: metav1.ManagedFieldsOperationUpdate, FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{"f:labels":{"f:third":{}}},"f:spec":{"f:taints":{}}}`)}
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "n", UID: "u", ResourceVersion: "7", Labels: map[string]string{heat: "hot", "other": "x", "third": "y"}, ManagedFields: []metav1.ManagedFieldsEntry{other, ours, updated}},
		Spec:       corev1.NodeSpec{Taints: []corev1.Taint{taint(heat, string(us), corev1.TaintEffectNoSchedule)}},
	}
	sketch, err := us.Slim(n)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(us.see(n), us.see(sketch.(*corev1.Node))); diff != "" {
		t.Errorf("sketch (-whole +sketch):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]bool{heat: true}, us.see(n).Ours); diff != "" {
		t.Errorf("ours (-want +got):\n%s", diff)
	}
}
