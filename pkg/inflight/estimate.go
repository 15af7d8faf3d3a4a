package inflight

import (
	"fmt"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Origin is where an estimate comes from.
type Origin string

// The origins, the better one first.
const (
	FromAnnotation Origin = "annotation"
	FromSiblings   Origin = "siblings"
	FromRequests   Origin = "requests"
)

// Estimate is what a pod is expected to use on its node.
type Estimate struct {
	Units
	// CPU and Memory say where the two amounts come from.
	CPU, Memory Origin
	// Mistake says, for people, why the pod's annotation is of no use; empty where it is
	// or there is none.
	Mistake string
	// TooLow says that its siblings are measured to use much more than the annotation says,
	// which counts all the same; empty where they are not.
	TooLow string
}

// Estimate returns what a pod is expected to use: what its annotation says, else
// what its siblings are measured to use, else what it requests.
func (l *Ledger) Estimate(pod *v1.Pod) Estimate {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.estimate(pod)
}

func (l *Ledger) estimate(pod *v1.Pod) Estimate {
	e := Estimate{Units: l.opts.Requests(pod), CPU: FromRequests, Memory: FromRequests}
	if lesson, found := l.lessons[l.opts.Owner(pod)]; found && !lesson.old(l.now) {
		e.follow(lesson)
	}
	if text, found := pod.Annotations[rules.AnnotationEstimate]; found {
		e.obey(text, l.opts.Trust())
		if lesson := l.lessons[l.opts.Owner(pod)]; l.opts.Trust() && lesson.Settled && !lesson.old(l.now) {
			e.TooLow = tooLow(text, lesson.Use)
		}
	}
	return e
}

// follow takes over what siblings use. Those that may still grow can only raise it.
func (e *Estimate) follow(l Lesson) {
	if l.Settled || l.Use.MilliCPU > e.MilliCPU {
		e.MilliCPU, e.CPU = l.Use.MilliCPU, FromSiblings
	}
	if l.Settled || l.Use.Bytes > e.Bytes {
		e.Bytes, e.Memory = l.Use.Bytes, FromSiblings
	}
}

// obey takes over what the annotation says; what is less only with trust.
func (e *Estimate) obey(text string, trust bool) {
	c, err := parseClaim(text)
	if err != nil {
		e.Mistake = fmt.Sprintf("the annotation %s is not used: %v", rules.AnnotationEstimate, err)
		return
	}
	if c.milliCPU > e.MilliCPU || c.milliCPU >= 0 && trust {
		e.MilliCPU, e.CPU = c.milliCPU, FromAnnotation
	}
	if c.bytes > e.Bytes || c.bytes >= 0 && trust {
		e.Bytes, e.Memory = c.bytes, FromAnnotation
	}
}
