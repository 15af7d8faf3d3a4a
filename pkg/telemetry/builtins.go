package telemetry

import (
	"math"
	"time"
)

// The built-in metrics that telemetry serves, by the names that rules use:
// measured use in percent of the node's allocatable, and what is left of it in
// cores and bytes. Use may exceed the allocatable.
const (
	CPU             = "cpu"
	Memory          = "memory"
	CPUAvailable    = "cpu-available"
	MemoryAvailable = "memory-available"
)

// Allocatable is what a node offers to pods: cores and bytes.
type Allocatable struct{ CPU, Memory float64 }

// Builtins shows a Snapshot as the built-in metrics; every other metric is the
// Snapshot's own. Its fields are not changed while it is read.
type Builtins struct {
	Snapshot *Snapshot
	// Allocatable is keyed by the node's name.
	Allocatable map[string]Allocatable
	// Now and MaxAge let the reason of a failed reading be the answer for a
	// built-in value that is too old. With MaxAge 0 a value is returned at any age.
	Now    time.Time
	MaxAge time.Duration
}

// derivation makes a built-in metric of a raw one and the node's allocatable.
type derivation struct {
	raw    string
	amount func(Allocatable) float64
	value  func(used, allocatable float64) float64
	// used is the inverse of value.
	used func(value, allocatable float64) float64
	// without is the reason where the node has no such amount.
	without string
}

var (
	allocatableCPU    = func(a Allocatable) float64 { return a.CPU }
	allocatableMemory = func(a Allocatable) float64 { return a.Memory }

	// The quotient comes first: 100 × bytes may exceed what a float64 can hold.
	percent   = func(used, allocatable float64) float64 { return used / allocatable * 100 }
	available = func(used, allocatable float64) float64 { return allocatable - used }

	ofPercent   = func(value, allocatable float64) float64 { return value / 100 * allocatable }
	ofAvailable = available
)

const (
	withoutCPU    = "the node reports no allocatable CPU"
	withoutMemory = "the node reports no allocatable memory"
)

var derivations = map[string]derivation{
	CPU:             {UsedCPU, allocatableCPU, percent, ofPercent, withoutCPU},
	CPUAvailable:    {UsedCPU, allocatableCPU, available, ofAvailable, withoutCPU},
	Memory:          {UsedMemory, allocatableMemory, percent, ofPercent, withoutMemory},
	MemoryAvailable: {UsedMemory, allocatableMemory, available, ofAvailable, withoutMemory},
}

// Raw returns the measurement that a built-in metric is made of; any other metric is
// made of itself.
func Raw(metric string) string {
	if d, builtin := derivations[metric]; builtin {
		return d.raw
	}
	return metric
}

// Measured returns the measurement of which Builtins make the value of a built-in
// metric, as closely as floating point can. Any other metric is its own measurement.
func Measured(metric string, value float64, a Allocatable) float64 {
	if d, builtin := derivations[metric]; builtin {
		return d.used(value, d.amount(a))
	}
	return value
}

// Sample returns the newest value of a metric on a node, in the metric's unit,
// and its time; unknown says why there is none, as for Snapshot.Sample.
func (b *Builtins) Sample(metric, node string) (value float64, at time.Time, unknown string) {
	d, builtin := derivations[metric]
	if !builtin {
		return b.Snapshot.Sample(metric, node)
	}
	used, at, unknown := b.Snapshot.Sample(d.raw, node)
	if unknown != "" {
		return 0, time.Time{}, unknown
	}
	if why := b.tooOld(d.raw, node, at); why != "" {
		return 0, time.Time{}, why
	}
	return d.of(used, at, b.Allocatable[node])
}

// Window returns the time that the newest value of a metric on a node averages over.
func (b *Builtins) Window(metric, node string) time.Duration {
	if d, builtin := derivations[metric]; builtin {
		metric = d.raw
	}
	return b.Snapshot.Window(metric, node)
}

// tooOld says why nothing newer came, where the value is older than MaxAge and
// the cause is known.
func (b *Builtins) tooOld(metric, node string, at time.Time) string {
	if b.MaxAge == 0 || b.Now.Sub(at) <= b.MaxAge {
		return ""
	}
	return b.Snapshot.Stale(metric, node)
}

func (d derivation) of(used float64, at time.Time, a Allocatable) (float64, time.Time, string) {
	allocatable := d.amount(a)
	if !(allocatable > 0) {
		return 0, time.Time{}, d.without
	}
	value := d.value(used, allocatable)
	if math.IsInf(value, 0) {
		return 0, time.Time{}, "the measured use is beyond every machine"
	}
	return value, at, ""
}
