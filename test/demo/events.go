package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// eventOf waits for an Event about an object whose note has a text, and returns
// the note.
func (s *stage) eventOf(ctx context.Context, name, reason, text string) (string, error) {
	e, err := s.event(ctx, name, reason, text)
	if err != nil {
		return "", err
	}
	return e.Note, nil
}

// timeOf waits for an Event about an object and returns its time.
func (s *stage) timeOf(ctx context.Context, name, reason string) (time.Time, error) {
	e, err := s.event(ctx, name, reason, "")
	if err != nil {
		return time.Time{}, err
	}
	return e.EventTime.Time, nil
}

func (s *stage) event(ctx context.Context, name, reason, text string) (found *eventsv1.Event, err error) {
	err = testbed.Within(ctx, patience, func(ctx context.Context) error {
		list, err := s.bed.Client.EventsV1().Events("").List(ctx, metav1.ListOptions{FieldSelector: "reason=" + reason})
		if err != nil {
			return err
		}
		var others []string
		for i := range list.Items {
			e := &list.Items[i]
			if e.Regarding.Name != name {
				continue
			}
			if found = e; strings.Contains(e.Note, text) {
				return nil
			}
			others = append(others, e.Note)
		}
		return fmt.Errorf("no Event %s about %s with %q; there are %q", reason, name, text, others)
	})
	return found, err
}

// part returns the sentence of a note that begins with some words.
func part(note, begins string) string {
	i := strings.Index(note, begins)
	if i < 0 {
		return note
	}
	note = note[i:]
	for _, end := range []string{", ", ". ", "; ", "\n"} {
		note, _, _ = strings.Cut(note, end)
	}
	return strings.TrimSuffix(note, ".")
}

// writeRule replaces the ConfigMap's only key.
func (s *stage) writeRule(ctx context.Context, text string) error {
	return s.bed.AddRules(ctx, "memory-rules", map[string]string{"memory.yaml": text})
}

// metricIs waits until a metric of the scheduler has a value.
func (s *stage) metricIs(ctx context.Context, value float64, name string, labels ...string) error {
	return testbed.Within(ctx, patience, func(ctx context.Context) error {
		m, err := s.scheduler.Metrics(ctx)
		if err == nil && m.Sum(name, labels...) != value {
			err = fmt.Errorf("%s of %v is %v, not %v", name, labels, m.Sum(name, labels...), value)
		}
		return err
	})
}

// selecting pins a pod to nodes by a label.
func selecting(label, value string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{label: value} }
}
