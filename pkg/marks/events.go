package marks

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
)

// Reasons of our Events, which speak of nodes.
const (
	reasonMarked   = "TelemetryMarked"
	reasonWithheld = "TelemetryMarkWithheld"
	reasonFailed   = "TelemetryMarkFailed"

	// Actions of our Events; that of a mark that is withheld is its reason.
	actionSet    = "Set"
	actionRemove = "Remove"
	actionMark   = "Mark"

	// maxNote is what the events API accepts, in bytes.
	maxNote = 1024
)

// tell says what was written to a node.
func (m *Marker) tell(ctx context.Context, n *Node, done []Turn) {
	for _, t := range done {
		turns.WithLabelValues(string(t.Kind), t.change()).Inc()
		action := actionSet
		if t.Rule == "" {
			action = actionRemove
		}
		m.event(n.field(t.path()), corev1.EventTypeNormal, reasonMarked, action, t.String())
		klog.FromContext(ctx).V(2).Info("A mark of a node was changed", "node", n.Name, "says", t.String())
	}
}

// change is what the metrics call it.
func (t Turn) change() string {
	if t.Rule == "" {
		return "removed"
	}
	return "set"
}

// path is the field of the node that the mark is.
func (t Turn) path() string { return t.field() + "=" + t.Text }

func (k Key) field() string {
	if k.Kind == Taint {
		return "spec.taints[" + k.Key + "]"
	}
	return "metadata.labels[" + k.Key + "]"
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
			m.event(h.Node.field(h.field()), corev1.EventTypeWarning, reasonWithheld, string(h.Reason), h.String())
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
	m.event(c.Node.field(""), corev1.EventTypeWarning, reasonFailed, actionMark, err.Error())
}

// field is a field of the node. The events API merges Events that differ in nothing but their
// text, and keeps the first text; so each names the mark that it speaks of.
func (n *Node) field(path string) *corev1.ObjectReference {
	return &corev1.ObjectReference{APIVersion: "v1", Kind: "Node", Name: n.Name, UID: types.UID(n.UID), FieldPath: path}
}

func (m *Marker) event(about *corev1.ObjectReference, kind, reason, action, text string) {
	if len(text) > maxNote {
		text = strings.ToValidUTF8(text[:maxNote-len("…")], "") + "…"
	}
	m.opts.Recorder.Eventf(about, nil, kind, reason, action, "%s", text)
}
