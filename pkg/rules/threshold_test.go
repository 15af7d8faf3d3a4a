package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// TestThresholds reads what authors write, in every unit. The examples that go
// wrong have fixtures.
func TestThresholds(t *testing.T) {
	for _, test := range []struct {
		unit Unit
		text string
		want float64
	}{
		{UnitPercent, "90%", 90},
		{UnitPercent, "0.5%", 0.5},
		{UnitPercent, "90.0%", 90},
		{UnitPercent, "1e1%", 10},
		{UnitPercent, "-3%", -3},
		{UnitRatio, "90%", 0.9},
		{UnitRatio, "0.5%", 0.005},
		{UnitSeconds, "90", 90},
		{UnitSeconds, "0", 0},
		{UnitSeconds, "30d", 30 * 86400},
		{UnitSeconds, "5m", 300},
		{UnitSeconds, "1h30m", 5400},
		{UnitSeconds, "250ms", 0.25},
		{UnitCores, "2", 2},
		{UnitCores, "500m", 0.5},
		{UnitCores, "1k", 1000},
		{UnitBytes, "2Gi", 2 << 30},
		{UnitBytes, "1.5Gi", 3 << 29},
		{UnitBytes, "4G", 4e9},
		{UnitBytes, "1e9", 1e9},
		{UnitNone, "-1", -1},
		{UnitNone, "+.5", 0.5},
		{"celsius", "85", 85},
		{"celsius", "85.5", 85.5},
		{"currency", "1.25", 1.25},
	} {
		got, problem := parseThreshold(strictyaml.Scalar{Text: test.text}, Metric{Name: "m", Unit: test.unit})
		if problem != nil || got != test.want {
			t.Errorf("%s in %q is %v (%v), want %v", test.text, test.unit, got, problem, test.want)
		}
	}
}

func TestThresholdsThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", "%", "%%", "90%%", "9 %", "ninety%", "NaN", "nan", "-inf", ".inf", "+Inf%", "1e999", "1e400%", "010", "010%", "-007",
		"0x10", "0b1", "0o7", "1_000", "1,000", "1:30", "2GiB", "2gi", "2 Gi", "1e3Gi", "1e9999999999", "--1", "1-", "٣",
		strings.Repeat("9", 400) + "Gi", "1." + strings.Repeat("9", 400) + "Gi",
	} {
		for _, unit := range []Unit{UnitNone, UnitPercent, UnitRatio, UnitSeconds, UnitCores, UnitBytes} {
			if got, problem := parseThreshold(strictyaml.Scalar{Text: text}, Metric{Unit: unit}); problem == nil {
				t.Errorf("%.20s in %q is %v", text, unit, got)
			}
		}
	}
}

func TestBuiltins(t *testing.T) {
	builtins := Builtins(15*time.Second, time.Minute)
	for name, metric := range builtins {
		if metric.Name != name || !metric.BuiltIn || metric.Interval != 15*time.Second || metric.MaxAge != time.Minute || metric.InFlight.Resource == ResourceNone {
			t.Errorf("%s is %+v", name, metric)
		}
	}
	free := builtins[MetricMemoryAvailable].InFlight
	if want := (InFlight{Resource: ResourceMemory, Free: true, Of: OfAbsolute}); free != want {
		t.Errorf("a pod in flight changes free memory by %+v, want %+v", free, want)
	}
}
