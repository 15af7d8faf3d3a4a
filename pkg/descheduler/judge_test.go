package descheduler

import (
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func TestRefusalsOfNodes(t *testing.T) {
	for sentence, tc := range map[string]struct {
		change func(*v1.Node)
		want   plan.Reason
	}{
		"a node in order":  {func(*v1.Node) {}, ""},
		"cordoned":         {func(n *v1.Node) { n.Spec.Unschedulable = true }, plan.Cordoned},
		"not ready":        {func(n *v1.Node) { n.Status.Conditions = nil }, plan.NotReady},
		"being deleted":    {func(n *v1.Node) { n.DeletionTimestamp, n.Finalizers = new(metav1.Now()), []string{"a/b"} }, plan.Draining},
		"about to be gone": {func(n *v1.Node) { n.Spec.Taints = []v1.Taint{{Key: "karpenter.sh/disrupted"}} }, plan.Draining},
		"reclaimed":        {func(n *v1.Node) { n.Spec.Taints = []v1.Taint{{Key: "aws-node-termination-handler/spot-itn"}} }, plan.Draining},
	} {
		t.Run(sentence, func(t *testing.T) {
			inTown(t, func(w *town) {
				w.tick()
				w.want("the refusal", w.look(time.Now(), w.newest.Load()).Sources[0].Refusal, tc.want)
			}, func(w *town) {
				if err := w.client.Tracker().Delete(v1.SchemeGroupVersion.WithResource("nodes"), "", "hot"); err != nil {
					t.Fatal(err)
				}
				node := newNode("hot")
				tc.change(node)
				w.add(node)
			})
		})
	}
}

func TestWindows(t *testing.T) {
	for sentence, tc := range map[string]struct {
		duration time.Duration
		want     string
	}{
		"open":   {23 * time.Hour, "Evicted"},
		"closed": {time.Minute, "OutsideWindow"},
	} {
		t.Run(sentence, func(t *testing.T) {
			inTown(t, func(w *town) {
				w.during(5 * time.Minute)
				if tc.want == "Evicted" {
					w.want("evictions", w.calls.asked, []string{"a"})
					return
				}
				w.want("evictions", len(w.calls.asked), 0)
				w.want("the reason", w.reasons(), map[string]string{"hot": tc.want})
			}, func(w *town) {
				said, err := args.NewWindow("0 23 * * *", tc.duration, "UTC") // a bubble begins at midnight
				if err != nil {
					t.Fatal(err)
				}
				w.eviction.Windows = []args.Window{said}
			})
		})
	}
}

func TestPodsTell(t *testing.T) {
	pod := func(change ...func(*v1.Pod)) *v1.Pod {
		p := &v1.Pod{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(noon)}, Spec: v1.PodSpec{NodeName: "n"}}
		for _, c := range change {
			c(p)
		}
		return p
	}
	terminating := func(p *v1.Pod) { p.DeletionTimestamp = new(metav1.NewTime(noon)) }
	failed := func(p *v1.Pod) { p.Status.Phase = v1.PodFailed }
	for sentence, tc := range map[string]struct {
		step memory.Step
		seen sighting
		want []memory.Event
	}{
		"the victim runs":                           {memory.Acting, sighting{victim: pod()}, nil},
		"it terminates":                             {memory.Acting, sighting{victim: pod(terminating)}, []memory.Event{memory.Accepted}},
		"it has failed":                             {memory.WaitingForGone, sighting{victim: pod(failed)}, []memory.Event{memory.Gone}},
		"it is gone":                                {memory.WaitingForGone, sighting{}, []memory.Event{memory.Gone}},
		"it is gone, and the next one is bound":     {memory.WaitingForGone, sighting{heir: pod()}, []memory.Event{memory.Gone, memory.Bound}},
		"it terminates, and the next one is bound":  {memory.WaitingForGone, sighting{victim: pod(terminating), heir: pod()}, []memory.Event{memory.Accepted, memory.Bound}},
		"nobody asked yet, and another pod is new":  {memory.Acting, sighting{victim: pod(), heir: pod()}, nil},
		"nobody heard the answer, and it is moving": {memory.Acting, sighting{heir: pod()}, []memory.Event{memory.Gone, memory.Bound}},
	} {
		t.Run(sentence, func(t *testing.T) {
			var got []memory.Event
			for _, n := range newsOf(&memory.Moving{Step: tc.step}, &tc.seen) {
				got = append(got, n.Event)
			}
			if len(got) != len(tc.want) {
				t.Fatalf("told is %v, want %v", got, tc.want)
			}
			for i := range got {
				if got[i] != tc.want[i] {
					t.Errorf("told is %v, want %v", got, tc.want)
				}
			}
		})
	}
}

func TestAVacatedNodeLosesOnePodAfterTheOther(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(20 * time.Minute)
		w.want("evictions", w.calls.asked, []string{"a", "b"})
		w.want("how the first went", w.Report().Evictions[1].Outcome, memory.Relieved)
	}, func(w *town) {
		w.used["cool"] = 20
		w.set = rulesWith(t, &rules.Evict{Goal: rules.Vacate, After: time.Minute})
	})
}
