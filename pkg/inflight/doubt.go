package inflight

import (
	"fmt"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// ReasonTooLow is that of an annotation that says much less than what is used.
const ReasonTooLow = "TelemetryEstimateTooLow"

// much is how many times an estimate what is used must be to be worth a word, and
// littleCPU and littleBytes are differences that are not.
const (
	much        = 2
	littleCPU   = 100
	littleBytes = 100 << 20
)

// tooLow says that an annotation says much less than what was measured; empty where it
// does not, or cannot be read.
func tooLow(text string, use Units) string {
	c, err := parseClaim(text)
	if err != nil {
		return ""
	}
	const words = "the annotation %s says %s, and use of %s %s is measured: it still counts, so that nodes are filled beyond what they have; raise it, or remove it"
	switch {
	case c.milliCPU >= 0 && use.MilliCPU >= much*c.milliCPU && use.MilliCPU-c.milliCPU > littleCPU:
		return fmt.Sprintf(words, rules.AnnotationEstimate, bounded(text), CPUQuantity(use.MilliCPU), "cpu")
	case c.bytes >= 0 && use.Bytes >= much*c.bytes && use.Bytes-c.bytes > littleBytes:
		return fmt.Sprintf(words, rules.AnnotationEstimate, bounded(text), MemoryQuantity(use.Bytes), "memory")
	}
	return ""
}

// doubt notes that a pod that had time to grow uses much more than its annotation says:
// once for all pods of an owner, and for each text of it. Where annotations can only
// raise, what is too low does not count.
func (l *Ledger) doubt(pod *v1.Pod, owner Owner, s sibling) {
	said := annotationOf(pod)
	if !said.there || !s.settled || !l.opts.Trust() {
		return
	}
	if owner == "" {
		owner = Owner(pod.UID)
	}
	low := tooLow(said.text, s.use)
	l.mu.Lock()
	defer l.mu.Unlock()
	if low == "" || l.doubted[owner] == said {
		return
	}
	if len(l.doubted) >= mostOwners {
		clear(l.doubted)
		l.low = nil
	}
	l.doubted[owner] = said
	l.low = append(l.low, Fault{pod, ReasonTooLow, low})
}
