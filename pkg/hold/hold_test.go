package hold

import (
	"sync"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func heldBy(owner inflight.Owner, node string, minutes int) *Hold {
	priority := int32(100)
	return &Hold{
		Node: node, Owner: owner, Pod: &v1.Pod{Spec: v1.PodSpec{Priority: &priority}},
		Until: noon.Add(time.Duration(minutes) * time.Minute),
	}
}

func TestWhomAHoldBinds(t *testing.T) {
	h := heldBy("shop", "a", 5)
	for name, tc := range map[string]struct {
		owner    inflight.Owner
		priority int32
		want     bool
	}{
		"a pod of lower priority":  {"batch", 0, true},
		"a pod of equal priority":  {"batch", 100, true},
		"a pod of higher priority": {"batch", 101, false},
		"a pod of the same owner":  {"shop", 0, false},
		"a pod that nobody made":   {"", 0, true},
	} {
		if got := h.Binds(tc.owner, tc.priority); got != tc.want {
			t.Errorf("the hold binds %s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestAPodConsumesOneHoldOfItsOwner(t *testing.T) {
	for name, tc := range map[string]struct {
		owner inflight.Owner
		node  string
		want  int // the index of the Hold that ends; −1 for none
	}{
		"on the very node":             {"shop", "b", 1},
		"elsewhere, that ends first":   {"shop", "z", 2},
		"of another owner":             {"web", "a", 3},
		"of an owner without holds":    {"batch", "a", -1},
		"of a pod that nobody made":    {"", "a", -1},
		"on a node held for others":    {"web", "b", 3},
		"one of two on the same node":  {"shop", "c", 2},
		"the node of another's holder": {"shop", "d", 2},
	} {
		t.Run(name, func(t *testing.T) {
			all := []*Hold{heldBy("shop", "a", 9), heldBy("shop", "b", 8), heldBy("shop", "c", 7), heldBy("web", "d", 1)}
			var holds Holds
			told := 0
			holds.OnRelease(func() { told++ })
			for _, one := range all {
				holds.Add(one)
			}
			got := holds.Consume(tc.owner, tc.node)
			switch {
			case tc.want < 0 && (got != nil || told != 0 || len(holds.All()) != 4):
				t.Errorf("consumed %v, told %d times, %d left", got, told, len(holds.All()))
			case tc.want >= 0 && (got != all[tc.want] || told != 1 || len(holds.All()) != 3):
				t.Errorf("consumed %v, want %v; told %d times, %d left", got, all[tc.want], told, len(holds.All()))
			}
		})
	}
}

func TestHoldsLapse(t *testing.T) {
	var holds Holds
	told := 0
	holds.OnRelease(func() { told++ })
	first, second := heldBy("shop", "a", 1), heldBy("shop", "a", 2)
	holds.Add(first)
	holds.Add(second)
	if lapsed := holds.Expire(noon.Add(59 * time.Second)); lapsed != nil || told != 0 {
		t.Errorf("after 59 s %v have lapsed, told %d times", lapsed, told)
	}
	if lapsed := holds.Expire(noon.Add(time.Minute)); len(lapsed) != 1 || lapsed[0] != first || told != 1 {
		t.Errorf("after a minute %v have lapsed, told %d times", lapsed, told)
	}
	if on := holds.On("a"); len(on) != 1 || on[0] != second || !holds.Any() {
		t.Errorf("node a then holds %v", on)
	}
	holds.Release(second)
	holds.Release(second)
	if holds.Any() || holds.On("a") != nil || told != 2 {
		t.Errorf("something is left, or was told %d times", told)
	}
}

func TestHoldsAreReadWhileTheyChange(t *testing.T) {
	var holds Holds
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			for i := range 200 {
				one := heldBy("shop", "a", i)
				holds.Add(one)
				holds.On("a")
				holds.Any()
				holds.Release(one)
			}
		})
	}
	running.Wait()
	if holds.Any() {
		t.Errorf("%d holds are left", len(holds.All()))
	}
}

func TestReadingHoldsAllocatesNothing(t *testing.T) {
	var holds Holds
	holds.Add(heldBy("shop", "a", 5))
	if n := testing.AllocsPerRun(100, func() { holds.On("a"); holds.On("b"); holds.Any() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
