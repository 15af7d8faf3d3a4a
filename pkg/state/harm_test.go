package state

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// remove deletes ConfigMaps as another client would; all of them without names.
func (s *server) remove(t *testing.T, names ...string) {
	t.Helper()
	if names == nil {
		for name := range s.standing(t) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if err := s.CoreV1().ConfigMaps("ours").Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// standing returns what matters of our ConfigMaps, by name.
func (s *server) standing(t *testing.T) map[string]string {
	t.Helper()
	list, err := s.CoreV1().ConfigMaps("ours").List(t.Context(), metav1.ListOptions{LabelSelector: LabelState + "=state"})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, cm := range list.Items {
		a := cm.Annotations
		out[cm.Name] = fmt.Sprintf("%s %s %s %x", a[annotationEpoch], a[annotationSection], a[annotationIndex], digest(cm.BinaryData[dataKey]))
	}
	return out
}

func (l *leader) takeEvents() (out []string) {
	for len(l.events) > 0 {
		out = append(out, <-l.events)
	}
	return out
}

const wasHarmed = "Warning StateDamaged Stored state was deleted or altered by somebody else and is written again: "

// harms are what another hand may do, and what is said about it.
var harms = map[string]struct {
	do   func(*testing.T, *server)
	said string
}{
	"the anchor is deleted": {
		func(t *testing.T, s *server) { s.remove(t, "state") }, "state (missing)",
	},
	"a shard is deleted": {
		func(t *testing.T, s *server) { s.remove(t, "state-texts-0") }, "state-texts-0 (missing)",
	},
	"everything is deleted": {
		func(t *testing.T, s *server) { s.remove(t) },
		"state (missing), state-phases-0 (missing), state-texts-0 (missing)",
	},
	"the data of a shard is edited": {
		func(t *testing.T, s *server) {
			s.edit(t, "state-texts-0", func(cm *corev1.ConfigMap) { cm.BinaryData[dataKey] = []byte("x") })
		}, "state-texts-0 (altered)",
	},
	"a shard is turned back to what it was": {
		func(t *testing.T, s *server) {
			s.edit(t, "state-texts-0", func(cm *corev1.ConfigMap) { cm.Annotations[annotationRevision] = "0" })
		}, "state-texts-0 (altered)",
	},
	"a shard is given another place": {
		func(t *testing.T, s *server) {
			s.edit(t, "state-texts-0", func(cm *corev1.ConfigMap) { cm.Annotations[annotationIndex] = "7" })
		}, "state-texts-0 (altered)",
	},
	"the label of a shard is taken away": {
		func(t *testing.T, s *server) {
			s.edit(t, "state-texts-0", func(cm *corev1.ConfigMap) { cm.Labels = nil })
		}, "state-texts-0 (missing)",
	},
	"the epoch of the anchor is taken away": {
		func(t *testing.T, s *server) {
			s.edit(t, "state", func(cm *corev1.ConfigMap) { cm.Annotations = nil })
		}, "state (altered)",
	},
	"the label of the anchor is taken away": {
		func(t *testing.T, s *server) {
			s.edit(t, "state", func(cm *corev1.ConfigMap) { cm.Labels = nil })
		}, "state (missing)",
	},
}
