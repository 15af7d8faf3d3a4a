package status

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

func TestOfManyPodsThatWaitTheLongestAreNamed(t *testing.T) {
	list := &v1alpha1.WaitingList{}
	for i := range 1000 {
		list.Items = append(list.Items, v1alpha1.WaitingPod{Namespace: "shop", Name: fmt.Sprintf("web-%d", i), Rule: "hot", Verdict: "Broke", Since: noon.Add(-time.Duration(i) * time.Second), Attempts: i})
	}
	for i := range 12 {
		list.Rules = append(list.Rules, v1alpha1.WaitedFor{Rule: fmt.Sprintf("r%d", i), Pods: 100 - i})
	}
	r := &Report{At: noon, Waiting: waitersOf(list)}
	var out strings.Builder
	if err := r.showWaiting(&out, false); err != nil {
		t.Fatal(err)
	}
	const want = `Pods that wait for telemetry: 1000 (r0: 100, r1: 99, r2: 98, r3: 97, r4: 96, r5: 95, r6: 94, r7: 93, r8: 92, r9: 91, and 2 rules more)
POD            RULE   VERDICT   FOR   TIMES
shop/web-999   hot    Broke     16m   999
shop/web-998   hot    Broke     16m   998
shop/web-997   hot    Broke     16m   997
and 997 more, which kubectl telemetry waiting shows

`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatARuleDoes(t *testing.T) {
	on := func(nodes ...string) (out []v1alpha1.Silence) {
		for _, node := range nodes {
			out = append(out, v1alpha1.Silence{Node: node})
		}
		return out
	}
	for want, silences := range map[string][]v1alpha1.Silence{
		"blocks":                      nil,
		"blocks, silenced":            on("a", ""),
		"blocks, silenced on 1 node":  on("a", "a"),
		"blocks, silenced on 2 nodes": on("a", "b"),
	} {
		rule := &v1alpha1.Rule{Actions: v1alpha1.Actions{Block: new(v1alpha1.Block)}, Silences: silences}
		if got := does(rule); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}

func TestTheStopButtonNamesWhoPressedIt(t *testing.T) {
	for want, p := range map[string]*v1alpha1.Pause{
		"not known":   nil,
		"not pressed": {},
		"no rule keeps a pod off until 2026-03-01T12:00:00Z, by ann: fans": {Block: true, Until: noon, By: "ann", Why: "fans"},
	} {
		if got := pressed(p); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
