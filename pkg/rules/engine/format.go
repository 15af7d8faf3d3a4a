package engine

import (
	"math"
	"strconv"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// FormatValue writes a value for people, in its unit: 94.2%, 3.5 GiB, 1.25 cores.
func FormatValue(value float64, unit rules.Unit) string {
	switch unit {
	case rules.UnitPercent:
		return short(value) + "%"
	case rules.UnitRatio:
		return short(value*100) + "%"
	case rules.UnitBytes:
		return formatBytes(value)
	case rules.UnitSeconds:
		return short(value) + " s"
	case rules.UnitNone:
		return short(value)
	}
	return short(value) + " " + string(unit)
}

// short rounds to a hundredth, or to four digits where the value is small.
func short(value float64) string {
	if math.Abs(value) < 1 {
		return strconv.FormatFloat(value, 'g', 4, 64)
	}
	return strconv.FormatFloat(math.Round(value*100)/100, 'f', -1, 64)
}

func formatBytes(value float64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for math.Abs(value) >= 1024 && i < len(units)-1 {
		value /= 1024
		i++
	}
	return short(value) + " " + units[i]
}
