package state

import (
	"context"
	"fmt"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"
	"k8s.io/klog/v2"
)

// Reasons of our Events, all on the ConfigMaps that hold the state.
const (
	reasonDamaged = "StateDamaged"
	reasonBound   = "StateBoundReached"
)

var (
	shardWrites = metrics.NewCounter(&metrics.CounterOpts{
		Subsystem: "telemetry_scheduler", Name: "state_writes_total", StabilityLevel: metrics.ALPHA,
		Help: "ConfigMaps of stored state that were written.",
	})
	writeErrors = metrics.NewCounter(&metrics.CounterOpts{
		Subsystem: "telemetry_scheduler", Name: "state_write_errors_total", StabilityLevel: metrics.ALPHA,
		Help: "Rounds of writing the state that failed and are tried again.",
	})
	damagedShards = metrics.NewCounter(&metrics.CounterOpts{
		Subsystem: "telemetry_scheduler", Name: "state_damaged_total", StabilityLevel: metrics.ALPHA,
		Help: "ConfigMaps of stored state that could not be read, or that somebody else deleted or altered, and are written anew.",
	})
	sectionBytes = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Subsystem: "telemetry_scheduler", Name: "state_bytes", StabilityLevel: metrics.ALPHA,
		Help: "Compressed bytes of stored state by section.",
	}, []string{"section"})
	sectionLeftOut = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Subsystem: "telemetry_scheduler", Name: "state_left_out_entries", StabilityLevel: metrics.ALPHA,
		Help: "Entries that did not fit the bound of stored state, by section; they would not survive a restart.",
	}, []string{"section"})

	registerOnce sync.Once
)

// Register adds the metrics of this package to the registry of the process.
func Register() {
	registerOnce.Do(func() {
		legacyregistry.MustRegister(shardWrites, writeErrors, damagedShards, sectionBytes, sectionLeftOut)
	})
}

// reportDamage tells each damage once, however often it is read before it is mended.
func (s *Store) reportDamage(problems []Problem) {
	found := map[string]string{}
	for _, p := range problems {
		found[p.ConfigMap] = p.Err.Error()
		if s.damage[p.ConfigMap] == found[p.ConfigMap] {
			continue
		}
		damagedShards.Inc()
		s.opts.Recorder.Eventf(s.reference(p.ConfigMap), nil, corev1.EventTypeWarning, reasonDamaged, "Load",
			"Stored state could not be read and will be written anew: %v", p.Err)
	}
	s.damage = found
}

// namedHarm bounds the names in an Event, whose text is bounded too.
const namedHarm = 3

func harmTo(name, what string) string { return fmt.Sprintf("%s (%s)", name, what) }

// reportHarm says what somebody else did to our ConfigMaps.
func (s *Store) reportHarm(ctx context.Context, harm []string) {
	if len(harm) == 0 {
		return
	}
	damagedShards.Add(float64(len(harm)))
	klog.FromContext(ctx).Info("Somebody else deleted or altered stored state; it is written again", "configMaps", harm)
	named := strings.Join(harm[:min(namedHarm, len(harm))], ", ")
	if more := len(harm) - namedHarm; more > 0 {
		named += fmt.Sprintf(" and %d more", more)
	}
	about := s.reference(s.opts.Name)
	about.FieldPath = "[" + named + "]" // the next harm is another Event
	s.opts.Recorder.Eventf(about, nil, corev1.EventTypeWarning, reasonDamaged, "Write",
		"Stored state was deleted or altered by somebody else and is written again: %s", named)
}

// reportBound says once that a section outgrew its bound, and again only after
// it fitted in between.
func (s *Store) reportBound(section string, now layout) {
	sectionBytes.WithLabelValues(section).Set(float64(now.bytes()))
	sectionLeftOut.WithLabelValues(section).Set(float64(now.leftOut))
	if now.leftOut == 0 || s.current[section].leftOut > 0 {
		return
	}
	s.opts.Recorder.Eventf(s.reference(s.opts.Name), nil, corev1.EventTypeWarning, reasonBound, "Write",
		"The least important %d entries of section %s exceed the bound of stored state (%d KiB) and would not survive a restart.",
		now.leftOut, section, s.opts.MaxBytes>>10)
}

func (s *Store) reference(name string) *corev1.ObjectReference {
	return &corev1.ObjectReference{APIVersion: "v1", Kind: "ConfigMap", Namespace: s.opts.Namespace, Name: name}
}
