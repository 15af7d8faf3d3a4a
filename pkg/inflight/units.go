package inflight

import (
	"math"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// Units are exact amounts: thousandths of a core, bytes, pods.
type Units struct {
	MilliCPU int64 `json:"milliCPU,omitempty"`
	Bytes    int64 `json:"bytes,omitempty"`
	Pods     int64 `json:"pods,omitempty"`
}

// Amounts are the same in cores, bytes and pods.
func (u Units) Amounts() engine.Amounts {
	return engine.Amounts{CPU: float64(u.MilliCPU) / 1000, Memory: float64(u.Bytes), Pods: float64(u.Pods)}
}

// AtLeast raises what is less than so many cores, bytes and pods.
func (u Units) AtLeast(a engine.Amounts) Units {
	least := used(a.CPU, a.Memory)
	return Units{max(u.MilliCPU, least.MilliCPU), max(u.Bytes, least.Bytes), max(u.Pods, int64(a.Pods))}
}

func (u Units) minus(o Units) Units {
	return Units{u.MilliCPU - o.MilliCPU, u.Bytes - o.Bytes, u.Pods - o.Pods}
}

// used turns measured cores and bytes into whole units, rounded up.
func used(cores, bytes float64) Units {
	return Units{MilliCPU: int64(math.Ceil(cores * 1000)), Bytes: int64(math.Ceil(bytes))}
}

// CPUQuantity writes millicores, and MemoryQuantity bytes, as people write resources.
func CPUQuantity(n int64) *resource.Quantity    { return resource.NewMilliQuantity(n, resource.DecimalSI) }
func MemoryQuantity(n int64) *resource.Quantity { return resource.NewQuantity(n, resource.BinarySI) }
