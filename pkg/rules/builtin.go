package rules

import "time"

// Builtins are the metrics that need no definition. interval and maxAge are those
// of the source that feeds them; pods come from the API server and are read as
// often.
func Builtins(interval, maxAge time.Duration) map[string]Metric {
	list := []Metric{
		{Name: MetricCPU, Unit: UnitPercent, InFlight: InFlight{Resource: ResourceCPU, Of: OfAllocatable}},
		{Name: MetricMemory, Unit: UnitPercent, InFlight: InFlight{Resource: ResourceMemory, Of: OfAllocatable}},
		{Name: MetricCPUAvailable, Unit: UnitCores, InFlight: InFlight{Resource: ResourceCPU, Free: true, Of: OfAbsolute}},
		{Name: MetricMemoryAvailable, Unit: UnitBytes, InFlight: InFlight{Resource: ResourceMemory, Free: true, Of: OfAbsolute}},
		{Name: MetricPods, Unit: UnitPercent, InFlight: InFlight{Resource: ResourcePods, Of: OfAllocatable}},
	}
	builtins := make(map[string]Metric, len(list))
	for _, metric := range list {
		metric.BuiltIn, metric.Interval, metric.MaxAge = true, interval, maxAge
		builtins[metric.Name] = metric
	}
	return builtins
}
