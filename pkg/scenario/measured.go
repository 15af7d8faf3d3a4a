package scenario

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// uses reads what is measured of a pod; nil where nothing is. What is not written is used
// as it is requested.
func (r *reader) uses(at strictyaml.Path, written map[string]strictyaml.Scalar, of *corev1.Pod) *inflight.Units {
	if len(written) == 0 {
		return nil
	}
	out := inquiry.Requests(of)
	found := r.quantities(at, written, nil, "cpu", "memory")
	if cpu, is := found[corev1.ResourceCPU]; is {
		out.MilliCPU = cpu.MilliValue()
	}
	if memory, is := found[corev1.ResourceMemory]; is {
		out.Bytes = memory.Value()
	}
	return &out
}

// measurePods has the account of pods learn what pods use, as often as the leader does.
func (w *world) measurePods() {
	measures := func(p pod) bool { return p.uses != nil }
	if !slices.ContainsFunc(w.lives, measures) || !w.pace.Due(w.clock(), w.ledger) {
		return
	}
	reading := &telemetry.PodReading{Use: map[telemetry.PodKey]telemetry.PodUse{}}
	for i := range w.lives {
		p := &w.lives[i]
		if p.uses != nil && p.shown == running && !w.silent(builtinSource) {
			use := p.uses.Amounts()
			reading.Use[telemetry.PodKey{Namespace: p.Namespace, Name: p.Name}] = telemetry.PodUse{CPU: use.CPU, Memory: use.Memory, Time: w.clock()}
		}
	}
	w.pace.Brought(len(reading.Use))
	if len(reading.Use) > 0 {
		w.ledger.Learn(reading, w.clock())
	}
}
