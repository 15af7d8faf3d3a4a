package state

import (
	"maps"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// saying returns an option that has a leader tell what a pointer holds, and the pointer.
func saying(words string) (func(*Options), *atomic.Value) {
	now := &atomic.Value{}
	now.Store(words)
	return func(o *Options) {
		o.Open = func() map[string]string { return map[string]string{"leader": now.Load().(string)} }
	}, now
}

// wantOpen fails unless the ConfigMap of the epoch says something.
func (s *server) wantOpen(t *testing.T, when, words string) {
	t.Helper()
	now, err := s.CoreV1().ConfigMaps("ours").Get(t.Context(), "state", metav1.GetOptions{})
	if err != nil || !maps.Equal(now.Data, map[string]string{"leader": words}) {
		t.Errorf("%s %v stands there, want %s: %v", when, now.Data, words, err)
	}
}

func TestWhatIsOpenIsThatOfTheLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer()
		first, words := saying("a")
		a := newLeader(t, s, first).lead(t)
		s.wantOpen(t, "after it began", "a")

		words.Store("renewed")
		time.Sleep(time.Minute + settleFor)
		s.wantOpen(t, "after a change", "renewed")

		s.edit(t, "state", func(cm *corev1.ConfigMap) { cm.Data = map[string]string{"leader": "another hand"} })
		time.Sleep(time.Minute + settleFor)
		s.wantOpen(t, "after another hand", "renewed")
		s.wantPeace(t, a)

		second, _ := saying("b")
		b := newLeader(t, s, second).lead(t)
		s.wantOpen(t, "after a successor began", "b")
		time.Sleep(2 * time.Minute)
		s.wantOpen(t, "while a former leader may still write", "b")
		b.end()
		a.end()
	})
}
