package marks

import (
	"context"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

func TestWhoBeginsOnAStateThatNobodyStandsBehindSetsNothing(t *testing.T) {
	onABench(t, 1, func(b *bench) {
		b.says(hot)
		time.Sleep(11 * time.Minute)
		b.wants("nobody stands behind it any more", nothing)
		b.stop()
		b.ctx, b.stop = context.WithCancel(b.t.Context())
		b.begin()
		time.Sleep(5 * time.Second)
		b.wants("a process that begins now reads what was said long ago", nothing)
		b.says(hot)
		b.wants("the leader is back", isHot)
	})
}

func TestALabelThatIsSomebodyElsesTooIsToldAndTriedAgainLater(t *testing.T) {
	onABench(t, 1, func(b *bench) {
		b.says(hot)
		too := applycorev1.Node("n0").WithLabels(map[string]string{heat: "hot"})
		if _, err := b.client.CoreV1().Nodes().Apply(b.ctx, too, metav1.ApplyOptions{FieldManager: "theirs"}); err != nil {
			b.t.Fatal(err)
		}
		time.Sleep(time.Minute)
		b.event()
		b.event()
		b.client.ClearActions()
		b.says(map[string][]engine.Mark{"n0": {labelled(heat, "cold"), tainted(heat, "NoSchedule")}})
		written := 0
		for _, a := range b.client.Actions() {
			if a.Matches("patch", "nodes") {
				written++
			}
		}
		if written != 1 {
			b.t.Errorf("it was tried %d times in 10 s", written)
		}
		if e := b.event(); !strings.Contains(e, "TelemetryMarkFailed") || !strings.Contains(e, "theirs") {
			b.t.Errorf("the Event says %s", e)
		}
	})
}

func TestALabelThatIsSomebodyElsesTooKeepsNoOtherOneFromGoing(t *testing.T) {
	const second = "telemetry-scheduler.io/second"
	onABench(t, 1, func(b *bench) {
		b.says(map[string][]engine.Mark{"n0": {labelled(heat, "hot"), labelled(second, "x")}})
		too := applycorev1.Node("n0").WithLabels(map[string]string{heat: "hot"})
		if _, err := b.client.CoreV1().Nodes().Apply(b.ctx, too, metav1.ApplyOptions{FieldManager: "theirs"}); err != nil {
			b.t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		b.says(map[string][]engine.Mark{"n0": {labelled(heat, "cold")}})
		b.wants("what nobody wants goes, and what is theirs too stays", map[string]string{"n0": heat + "=hot"})
		b.event()
		b.event()
		told := b.event() + b.event()
		if !strings.Contains(told, "label "+second+"=x taken away") || !strings.Contains(told, "TelemetryMarkFailed") {
			b.t.Error("the Events say", told)
		}
	})
}
