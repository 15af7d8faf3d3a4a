package telemetry

import (
	"context"
	"errors"
	"time"
)

// PodKey names a pod.
type PodKey struct{ Namespace, Name string }

// PodUse is the measured use of one pod: cores, averaged over Window, and bytes
// of working set. Both were measured at Time.
type PodUse struct {
	CPU, Memory float64
	Time        time.Time
	Window      time.Duration
	// Node is the one that says so of itself, and is to be believed of its own pods
	// alone; empty where the source vouches for the whole cluster.
	Node string
}

// PodUseOf puts the two values of a pod together: they are as old as the older one.
func PodUseOf(cpu, memory Sample) PodUse {
	u := PodUse{CPU: cpu.Value, Memory: memory.Value, Time: cpu.Time, Window: cpu.Window}
	if memory.Time.Before(u.Time) {
		u.Time = memory.Time
	}
	return u
}

// PodReading is what one reading of all pods brought. It is not changed after it
// is returned.
type PodReading struct {
	Use map[PodKey]PodUse
	// Problems says, for people, why a pod of the answer has no usable value.
	Problems map[PodKey]string
}

// Refuse says why the use of a pod cannot be trusted; empty where it can.
func (u PodUse) Refuse(now time.Time) string {
	if why := refuse(UsedCPU, Sample{Value: u.CPU, Time: u.Time}, now); why != "" {
		return why
	}
	return refuse(UsedMemory, Sample{Value: u.Memory, Time: u.Time}, now)
}

// ErrNoPods is wrapped by the error of a PodSource that works and measures no pod.
var ErrNoPods = errors.New("no pod is measured")

// PodSource is a Source that can also read the use of single pods.
type PodSource interface {
	// Pods reads the use of every pod of the cluster once. The answer is large: it is
	// for the leader alone, and not for every tick. An error means that nothing could be
	// read, or that there is nothing to be read: see ErrNoPods.
	Pods(ctx context.Context) (*PodReading, error)
}
