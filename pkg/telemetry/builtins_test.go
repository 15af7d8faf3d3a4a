package telemetry

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func used(cpu, memory float64) *Snapshot {
	return (*Snapshot)(nil).With(&Reading{Samples: map[Key]Sample{
		{UsedCPU, "a"}:    {Value: cpu, Time: now},
		{UsedMemory, "a"}: {Value: memory, Time: now},
		{"heat", "a"}:     {Value: 40, Time: now},
	}}, now)
}

func TestBuiltinsAreDerivedFromUseAndAllocatable(t *testing.T) {
	four := map[string]Allocatable{"a": {CPU: 4, Memory: 8 << 30}}
	for sentence, tc := range map[string]struct {
		snapshot    *Snapshot
		allocatable map[string]Allocatable
		metric      string
		want        said
	}{
		"cpu is percent of the allocatable":         {used(1, 0), four, CPU, said{25, now, ""}},
		"memory is percent of the allocatable":      {used(0, 6<<30), four, Memory, said{75, now, ""}},
		"cpu-available is cores":                    {used(1.5, 0), four, CPUAvailable, said{2.5, now, ""}},
		"memory-available is bytes":                 {used(0, 6<<30), four, MemoryAvailable, said{2 << 30, now, ""}},
		"use may exceed the allocatable":            {used(5, 0), four, CPU, said{125, now, ""}},
		"and then less than nothing is available":   {used(5, 0), four, CPUAvailable, said{-1, now, ""}},
		"an idle node":                              {used(0, 0), four, CPU, said{0, now, ""}},
		"100 times the use is beyond a float":       {used(0, 1e307), map[string]Allocatable{"a": {Memory: 1e307}}, Memory, said{100, now, ""}},
		"the quotient is beyond a float":            {used(0, 1e307), map[string]Allocatable{"a": {Memory: 1e-9}}, Memory, said{Unknown: "the measured use is beyond every machine"}},
		"a node that the caller does not know":      {used(1, 1), nil, CPU, said{Unknown: "the node reports no allocatable CPU"}},
		"a node without allocatable memory":         {used(1, 1), map[string]Allocatable{"a": {CPU: 4}}, MemoryAvailable, said{Unknown: "the node reports no allocatable memory"}},
		"a negative allocatable":                    {used(1, 1), map[string]Allocatable{"a": {CPU: -4}}, CPU, said{Unknown: "the node reports no allocatable CPU"}},
		"an allocatable that is no number":          {used(1, 1), map[string]Allocatable{"a": {CPU: math.NaN()}}, CPU, said{Unknown: "the node reports no allocatable CPU"}},
		"use that cannot be trusted":                {used(-1, 1), four, CPU, said{Unknown: "the source says a negative use (-1)"}},
		"nothing was read":                          {nil, four, CPU, said{Unknown: "no telemetry was read yet"}},
		"another metric is the snapshot's":          {used(1, 1), four, "heat", said{40, now, ""}},
		"a raw measurement is the snapshot's":       {used(1, 1), four, UsedCPU, said{1, now, ""}},
		"another metric that the snapshot has not":  {used(1, 1), four, "pods", said{Unknown: "the source has no value for this node"}},
		"of a node that the source does not report": {(&Snapshot{}).With(&Reading{}, now), four, CPU, said{Unknown: "the source has no value for this node"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			b := &Builtins{Snapshot: tc.snapshot, Allocatable: tc.allocatable, Now: now, MaxAge: time.Minute}
			if diff := cmp.Diff(tc.want, ask(b, tc.metric, "a")); diff != "" {
				t.Errorf("sample (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAValueThatIsTooOldSaysWhyNothingNewerCame(t *testing.T) {
	value := said{25, now, ""}
	for sentence, tc := range map[string]struct {
		snapshot *Snapshot
		age      time.Duration
		maxAge   time.Duration
		want     said
	}{
		"young, although the source failed":     {used(1, 1).WithFault("source is down"), time.Minute, time.Minute, value},
		"too old since the source failed":       {used(1, 1).WithFault("source is down"), time.Minute + 1, time.Minute, said{Unknown: "source is down"}},
		"too old since the node was missed":     {used(1, 1).With(missed("down"), now), time.Hour, time.Minute, said{Unknown: "down"}},
		"too old and nobody knows why":          {used(1, 1), time.Hour, time.Minute, value},
		"of any age where there is no such age": {used(1, 1).WithFault("source is down"), time.Hour, 0, value},
	} {
		t.Run(sentence, func(t *testing.T) {
			b := &Builtins{Snapshot: tc.snapshot, Allocatable: map[string]Allocatable{"a": {CPU: 4}}, Now: now.Add(tc.age), MaxAge: tc.maxAge}
			if diff := cmp.Diff(tc.want, ask(b, CPU, "a")); diff != "" {
				t.Errorf("sample (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAWindowIsThatOfTheMeasurement(t *testing.T) {
	s := (*Snapshot)(nil).With(&Reading{
		Samples:  map[Key]Sample{{UsedCPU, "a"}: {Value: 1, Time: now, Window: time.Minute}, {UsedCPU, "b"}: {Value: -1, Time: now, Window: time.Minute}},
		Problems: map[Key]string{{UsedMemory, "a"}: "no counter"},
	}, now)
	for sentence, tc := range map[string]struct {
		snapshot     *Snapshot
		metric, node string
		want         time.Duration
	}{
		"a value":                      {s, CPU, "a", time.Minute},
		"what is left is the same":     {s, CPUAvailable, "a", time.Minute},
		"a value that is not believed": {s, CPU, "b", 0},
		"a problem":                    {s, Memory, "a", 0},
		"a metric of somebody's own":   {s, "heat", "a", 0},
		"nothing was read":             {nil, CPU, "a", 0},
	} {
		if got := tc.snapshot.Window(Raw(tc.metric), tc.node); got != tc.want {
			t.Errorf("%s: the window is %v, want %v", sentence, got, tc.want)
		}
	}
}

func TestWhatIsMeasuredMakesTheValue(t *testing.T) {
	size := Allocatable{CPU: 3.92, Memory: 7_894_351_872}
	for _, metric := range []string{CPU, Memory, CPUAvailable, MemoryAvailable} {
		for _, value := range []float64{0, 0.5, 3, 90, 120} {
			raw := Measured(metric, value, size)
			if got, _, _ := derivations[metric].of(raw, now, size); math.Abs(got-value) > 1e-6 {
				t.Errorf("%s %v is measured as %v, which makes %v", metric, value, raw, got)
			}
		}
	}
	if got := Measured("other", 5, size); got != 5 {
		t.Errorf("another metric is measured as %v", got)
	}
}
