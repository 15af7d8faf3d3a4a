package state

import (
	"encoding/json"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestAStateIsSeenFromOutside(t *testing.T) {
	s := New(Options{Namespace: "ns", Name: "s"})
	s.fence.epoch = 7
	data, err := pack(shard{Section: "phases", Entries: map[string]json.RawMessage{"rule": json.RawMessage("1")}})
	if err != nil {
		t.Fatal(err)
	}
	sound, damaged := s.newShard(place{"phases", 0}, data, ""), s.newShard(place{"texts", 0}, []byte("no gzip"), "")
	other := New(Options{Namespace: "ns", Name: "other"}).newAnchor(9)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i, cm := range []*corev1.ConfigMap{damaged, sound, other} {
		cm.ManagedFields = []metav1.ManagedFieldsEntry{{}, {Time: &metav1.Time{Time: at.Add(time.Duration(i) * time.Minute)}}}
	}
	got := Inspect("s", []corev1.ConfigMap{*s.newAnchor(7), *sound, *damaged, *other})
	if got.Epoch != 7 || got.ConfigMaps != 3 || got.Bytes != len(data)+len("no gzip") || !got.Written.Equal(at.Add(time.Minute)) {
		t.Errorf("it is %+v", got)
	}
	if len(got.Problems) != 1 || got.Problems[0].ConfigMap != damaged.Name || string(got.Content["phases"]["rule"]) != "1" {
		t.Errorf("of it %v cannot be read, and the rest is %s", got.Problems, got.Content)
	}
	if got := Inspect("s", []corev1.ConfigMap{*sound}); got.Epoch != 0 {
		t.Errorf("without an anchor the epoch is %d", got.Epoch)
	}
}
