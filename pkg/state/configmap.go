package state

import (
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Names of the ConfigMaps and of what stands in them.
const (
	// LabelState marks our ConfigMaps; its value is the store's name.
	LabelState = "telemetry-scheduler.io/state"

	annotationEpoch    = "telemetry-scheduler.io/state-epoch"
	annotationRevision = "telemetry-scheduler.io/state-revision"
	annotationSection  = "telemetry-scheduler.io/state-section"
	annotationIndex    = "telemetry-scheduler.io/state-index"

	dataKey = "state.json.gz"
)

// place is where a shard stands: one section, and its number in it.
type place struct {
	section string
	index   int
}

func (s *Store) nameOf(p place) string {
	return fmt.Sprintf("%s-%s-%d", s.opts.Name, p.section, p.index)
}

// placeOf reads the place of a shard; false for the anchor and for what is not
// ours.
func placeOf(cm *corev1.ConfigMap) (place, bool) {
	section, found := cm.Annotations[annotationSection]
	index, err := strconv.Atoi(cm.Annotations[annotationIndex])
	return place{section, index}, found && err == nil && index >= 0
}

// number reads a number that we wrote as an annotation; what cannot be read
// counts as 0, so that a damaged fence is rebuilt above the others.
func number(cm *corev1.ConfigMap, annotation string) int64 {
	n, err := strconv.ParseInt(cm.Annotations[annotation], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (s *Store) newAnchor(epoch int64) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:   s.opts.Namespace,
			Name:        s.opts.Name,
			Labels:      map[string]string{LabelState: s.opts.Name},
			Annotations: map[string]string{annotationEpoch: strconv.FormatInt(epoch, 10)},
		},
		Data: s.opts.Open(),
	}
}

func (s *Store) newShard(p place, data []byte, resourceVersion string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:       s.opts.Namespace,
			Name:            s.nameOf(p),
			ResourceVersion: resourceVersion,
			Labels:          map[string]string{LabelState: s.opts.Name},
			Annotations: map[string]string{
				annotationEpoch:    strconv.FormatInt(s.fence.epoch, 10),
				annotationRevision: strconv.FormatInt(s.fence.revision, 10),
				annotationSection:  p.section,
				annotationIndex:    strconv.Itoa(p.index),
			},
		},
		BinaryData: map[string][]byte{dataKey: data},
	}
}
