package api

import (
	"math"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

func TestWhatIsReckonedIsRounded(t *testing.T) {
	for _, c := range []struct {
		value float64
		unit  rules.Unit
		want  float64
	}{
		{1.3e-09, rules.UnitPercent, 0}, {-1.3e-09, rules.UnitBytes, 0}, {0.1 + 0.2, rules.UnitCores, 0.3}, {4.0666666666, rules.UnitPercent, 4.066667},
		{38583122875.73334, rules.UnitBytes, 38583122876}, {math.Inf(1), rules.UnitBytes, math.Inf(1)},
	} {
		if got := tidy(c.value, c.unit); got != c.want {
			t.Errorf("%v in %q is told as %v, want %v", c.value, c.unit, got, c.want)
		}
	}
}

// TestHeadroomSaysWhatFits rounds so that nothing fits into what is shown that does not
// fit into what there is.
func TestHeadroomSaysWhatFits(t *testing.T) {
	below := math.Nextafter(12.9, 0) // by a rule with atLeast, 12.9 would be too much
	for _, c := range []struct{ cpu, memory, wantCPU, wantMemory float64 }{
		{12.9, 5.7, 12.9, 5}, {below, 5, 12.899, 5}, {1.3e-09, 0, 0, 0}, {-1.3e-09, -0.2, -0.001, -1}, {-1.6600000000000001, -4509715660.8, -1.66, -4509715661},
	} {
		if got := headroom(engine.Amounts{CPU: c.cpu, Memory: c.memory}); *got.CPU != c.wantCPU || *got.Memory != c.wantMemory {
			t.Errorf("%v cores and %v bytes are told as %v and %v", c.cpu, c.memory, *got.CPU, *got.Memory)
		}
	}
	if got := headroom(engine.Amounts{CPU: math.Inf(1)}); got.CPU != nil {
		t.Errorf("no bound is told as %v", *got.CPU)
	}
}
