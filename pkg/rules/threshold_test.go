package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func TestMendsSuggestWhatTheWriterMeant(t *testing.T) {
	bytes, cores := Metric{Name: MetricMemoryAvailable, Unit: UnitBytes, BuiltIn: true}, Metric{Name: MetricCPUAvailable, Unit: UnitCores, BuiltIn: true}
	memory, age := Metric{Name: MetricMemory, Unit: UnitPercent, BuiltIn: true}, Metric{Name: "age", Unit: UnitSeconds}
	for sentence, tc := range map[string]struct {
		text   string
		metric Metric
		want   string
	}{
		"gigabytes may count by 1000 or by 1024":    {"4GB", bytes, "4GB is neither a number nor a quantity; write 4G or 4Gi"},
		"small letters are megabytes too":           {"500mb", bytes, "500mb is neither a number nor a quantity; write 500M or 500Mi"},
		"gibibytes count by 1024 alone":             {"2GiB", bytes, "2GiB is neither a number nor a quantity; write 2Gi"},
		"a space and a fraction do not matter":      {"1.5 gi", bytes, "1.5 gi is neither a number nor a quantity; write 1.5Gi"},
		"kilobytes have a small letter":             {"64KB", bytes, "64KB is neither a number nor a quantity; write 64k or 64Ki"},
		"a fraction of a byte is many bytes":        {"400m", bytes, "400m is a fraction of a byte; write 400M or 400Mi"},
		"another word for bytes gets an example":    {"4gigs", bytes, "4gigs is neither a number nor a quantity; write it like 4Gi or 500M"},
		"sizes count no cores":                      {"4GB", cores, "4GB is neither a number nor a quantity; write it like 2 or 500m"},
		"cores have no name":                        {"2cores", cores, "2cores is neither a number nor a quantity; write it like 2 or 500m"},
		"words for times get an example":            {"5 min", age, "5 min is neither a number nor a duration; write it like 90, 5m or 30d"},
		"sizes of a metric without a unit":          {"4GB", Metric{Name: "m"}, "4GB is neither a number nor a quantity; write 4G or 4Gi"},
		"degrees need no letter":                    {"85C", Metric{Name: "m", Unit: "celsius"}, "85C is neither a number nor a quantity; write a plain number"},
		"a share of bytes is another metric":        {"10%", bytes, "memory-available is not a share but measured in bytes, so 10% has no meaning; write it like 4Gi or 500M, or use the metric memory"},
		"a share of cores is another metric":        {"10%", cores, "cpu-available is not a share but measured in cores, so 10% has no meaning; write it like 2 or 500m, or use the metric cpu"},
		"percent as a word of the author's":         {"10%", Metric{Name: "m", Unit: "percents"}, "m is not a share but measured in percents, so 10% has no meaning; write 10"},
		"a share of nothing known":                  {"10 %", Metric{Name: "m"}, "m is not a share, so 10 % has no meaning; write 10"},
		"a share with a space":                      {"10 %", memory, "there is a space before the %; write 10%"},
		"a size of a share is another metric":       {"4GB", memory, "memory is measured in percent, and 4GB is no percentage; write it like 90%, or use the metric memory-available"},
		"what is no size of a share is no hint":     {"lots", memory, "memory is measured in percent, and lots is no percentage; write it like 90%"},
		"leading zeros are the first thing to mend": {"010GB", bytes, "010GB can be read in base eight or in base ten; write it without leading zeros"},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, problem := parseThreshold(strictyaml.Scalar{Text: tc.text}, tc.metric)
			if problem == nil {
				t.Fatalf("%s was read", tc.text)
			}
			if diff := cmp.Diff(tc.want, problem.Message+"; "+problem.Mend); diff != "" {
				t.Errorf("problem (-want +got):\n%s", diff)
			}
		})
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
