package integration

import (
	"context"
	"fmt"
	"strings"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// event waits for an Event about an object whose note has a text. The object is one of
// the release's namespace or the default one unless its name is namespace/name.
func (r *release) event(about, reason, text string) (found *eventsv1.Event) {
	r.t.Helper()
	r.eventually(func(ctx context.Context) (err error) {
		found, err = r.findEvent(ctx, about, reason, text)
		return err
	})
	return found
}

func (r *release) findEvent(ctx context.Context, about, reason, text string) (*eventsv1.Event, error) {
	name := about[strings.LastIndex(about, "/")+1:]
	list, err := r.bed.Client.EventsV1().Events("").List(ctx, metav1.ListOptions{FieldSelector: "reason=" + reason + ",regarding.name=" + name})
	if err != nil {
		return nil, err
	}
	var others []string
	for i := range list.Items {
		e := &list.Items[i]
		if e.Namespace+"/"+e.Regarding.Name != about && (e.Regarding.Name != about || e.Namespace != r.name && e.Namespace != metav1.NamespaceDefault) {
			continue
		}
		if strings.Contains(e.Note, text) {
			return e, nil
		}
		others = append(others, e.Note)
	}
	return nil, fmt.Errorf("no Event %s about %s says %q; there are %q", reason, about, text, others)
}

// waits makes sure that a pod is refused for a reason, and has no node.
func (r *release) waits(pod, reason string) *eventsv1.Event {
	r.t.Helper()
	e := r.event(pod, "FailedScheduling", reason)
	if node, err := r.bed.NodeOf(r.t.Context(), pod); err != nil || node != "" {
		r.t.Errorf("the pod %s is on node %q, %v", pod, node, err)
	}
	return e
}

// metric waits until the sum of some series has a value.
func (r *release) metric(value float64, name string, labels ...string) {
	r.t.Helper()
	r.eventually(func(ctx context.Context) error {
		m, err := r.Metrics(ctx)
		if err == nil && m.Sum(name, labels...) != value {
			err = fmt.Errorf("%s of %v is %v, not %v", name, labels, m.Sum(name, labels...), value)
		}
		return err
	})
}

// sum reads the sum of some series now.
func (r *release) sum(name string, labels ...string) float64 {
	r.t.Helper()
	m, err := r.Metrics(r.t.Context())
	r.must(err)
	return m.Sum(name, labels...)
}

// firing waits until a rule fires on that many nodes.
func (r *release) firing(rule string, nodes int) {
	r.t.Helper()
	r.metric(float64(nodes), "telemetry_scheduler_rule_nodes", "rule", rule, "state", "firing")
}

// blocks waits until a rule keeps pods off that many nodes. The gauges of the stop button,
// and those of rules, tell what was read of it, which the next evaluation puts in force.
func (r *release) blocks(rule string, nodes int) {
	r.t.Helper()
	r.metric(float64(nodes), "telemetry_scheduler_rule_blocked_nodes", "rule", rule)
}

// judged waits until a rule judges that many nodes and knows all about them.
func (r *release) judged(rule string, nodes int) {
	r.t.Helper()
	r.metric(float64(nodes), "telemetry_scheduler_rule_nodes", "rule", rule)
	r.metric(0, "telemetry_scheduler_rule_unknown_nodes", "rule", rule)
}

// readAgain waits until a reading has ended that began after now: quick reads
// every 2 s.
func (r *release) readAgain() {
	r.t.Helper()
	after := float64(time.Now().Add(4 * time.Second).Unix())
	r.eventually(func(ctx context.Context) error {
		m, err := r.Metrics(ctx)
		if at := m.Sum("telemetry_scheduler_source_last_reading_timestamp_seconds"); err == nil && at < after {
			err = fmt.Errorf("the newest reading is of %.0f, before %.0f", at, after)
		}
		return err
	})
}

// since is the time after a point, for reports.
func since(began time.Time) string { return fmt.Sprintf("%.2f s", time.Since(began).Seconds()) }

// wantNoFlush makes sure that no pod was woken by kube-scheduler's timer.
func (r *release) wantNoFlush() {
	r.t.Helper()
	if n := r.sum("scheduler_queue_incoming_pods_total", "event", "UnschedulableTimeout"); n != 0 {
		r.t.Errorf("%v pods came through the flush of the scheduling queue", n)
	}
	if n := r.sum("scheduler_pod_scheduled_after_flush_total"); n != 0 {
		r.t.Errorf("%v pods were scheduled after a flush", n)
	}
}
