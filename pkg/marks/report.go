package marks

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"
	"k8s.io/klog/v2"
)

const subsystem = "telemetry_scheduler"

var (
	standing = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "node_marks", StabilityLevel: metrics.ALPHA,
		Help: "Marks of this release on nodes, by kind: label or taint.",
	}, []string{"kind"})
	turns = metrics.NewCounterVec(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "node_mark_changes_total", StabilityLevel: metrics.ALPHA,
		Help: "Marks that were set on nodes or taken away, by kind and change: set, removed.",
	}, []string{"kind", "change"})
	failures = metrics.NewCounter(&metrics.CounterOpts{
		Subsystem: subsystem, Name: "node_mark_errors_total", StabilityLevel: metrics.ALPHA,
		Help: "Writes of marks that the API server refused, or did not answer.",
	})
	withheld = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "node_marks_withheld", StabilityLevel: metrics.ALPHA,
		Help: "What is not written although rules want it, by reason: foreign, interval and tainted count marks, rate counts nodes.",
	}, []string{"reason"})
	// heard has no labels, and no series where this replica does not mark.
	heard = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Subsystem: subsystem, Name: "node_marks_state_timestamp_seconds", StabilityLevel: metrics.ALPHA,
		Help: "When the state was last seen to move. While no rule marks a node nothing moves it.",
	}, nil)

	registerOnce sync.Once
)

// Register adds the metrics of this package to the registry of the process.
func Register() {
	registerOnce.Do(func() { legacyregistry.MustRegister(standing, turns, failures, withheld, heard) })
}

// rateReason is that of what waits for its turn.
const rateReason = "rate"

func (m *Marker) measure(now time.Time, nodes []*Node) {
	heard.WithLabelValues().Set(float64(m.sight.moved.UnixMilli()) / 1e3)
	counts := map[Kind]int{Label: 0, Taint: 0}
	for _, n := range nodes {
		counts[Label] += len(n.Ours)
		for _, t := range n.Taints {
			if m.opts.Owner.ours(t) {
				counts[Taint]++
			}
		}
	}
	for kind, count := range counts {
		standing.WithLabelValues(string(kind)).Set(float64(count))
	}
}

func measureHeld(held []Held, left int) {
	counts := map[string]int{string(Foreign): 0, string(Early): 0, string(Crowded): 0, rateReason: left}
	for _, h := range held {
		counts[string(h.Reason)]++
	}
	for reason, count := range counts {
		withheld.WithLabelValues(reason).Set(float64(count))
	}
}

// Reasons of our Events, which speak of nodes.
const (
	reasonMarked   = "TelemetryMarked"
	reasonWithheld = "TelemetryMarkWithheld"
	reasonFailed   = "TelemetryMarkFailed"
	action         = "Mark"
	// maxNote is what the events API accepts, in bytes.
	maxNote = 1024
)

// tell says what was written to a node.
func (m *Marker) tell(ctx context.Context, n *Node, done []Turn) {
	var said []string
	for _, t := range done {
		change := "removed"
		if t.Rule != "" {
			change = "set"
		}
		turns.WithLabelValues(string(t.Kind), change).Inc()
		said = append(said, t.String())
	}
	text := strings.Join(said, "; ")
	m.event(n, corev1.EventTypeNormal, reasonMarked, text)
	klog.FromContext(ctx).V(2).Info("The marks of a node were changed", "node", n.Name, "says", text)
}

// String says what was done, for people.
func (t Turn) String() string {
	text := t.Key.Key
	switch {
	case t.Kind == Taint:
		text += ":" + t.Text
	case t.Text != "":
		text += "=" + t.Text
	}
	if t.Rule == "" {
		return fmt.Sprintf("%s %s taken away", t.Kind, text)
	}
	return fmt.Sprintf("%s %s set for rule %s", t.Kind, text, t.Rule)
}

// news is a mark that is not set, without how the node stands now.
type news struct {
	Place
	reason Reason
}

// tellHeld says once of each mark that it is not set, until that is over. What waits for a
// moment is no news.
func (m *Marker) tellHeld(held []Held) {
	told := map[news]bool{}
	for i := range held {
		h := &held[i]
		key := news{Place{h.Node.UID, h.Key}, h.Reason}
		if h.Reason != Early {
			told[key] = true
		}
		if told[key] && !m.told[key] && len(told) <= maxTold {
			m.event(h.Node, corev1.EventTypeWarning, reasonWithheld, h.String())
		}
	}
	m.told = told
}

// maxTold bounds the Events on marks that are not set: one rule can ask for many.
const maxTold = 50

// String says why a mark is not set, and what to do about it.
func (h *Held) String() string {
	why := "so many nodes as may be are tainted already; see marks.maxTainted of the chart, or --max-tainted"
	if h.Reason == Foreign {
		why = "somebody else has set it; remove it, or give the rule another key"
	}
	return fmt.Sprintf("%s %s is not set for rule %s: %s", h.Kind, h.Key.Key, h.Rule, why)
}

func (m *Marker) tellFailed(ctx context.Context, c *Change, err error) {
	failures.Inc()
	klog.FromContext(ctx).Error(err, "A node cannot be marked; it is tried again", "node", c.Node.Name)
	m.event(c.Node, corev1.EventTypeWarning, reasonFailed, err.Error())
}

func (m *Marker) event(n *Node, kind, reason, text string) {
	about := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.Name, UID: types.UID(n.UID)}}
	if len(text) > maxNote {
		text = strings.ToValidUTF8(text[:maxNote-len("…")], "") + "…"
	}
	m.opts.Recorder.Eventf(about, nil, kind, reason, action, "%s", text)
}
