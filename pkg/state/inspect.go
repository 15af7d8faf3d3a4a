package state

import (
	"encoding/json"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Overview is what stands of a state, for people.
type Overview struct {
	// Epoch counts those who have written; 0 where the ConfigMap that says so is missing.
	Epoch int64
	// ConfigMaps counts those of the state, and Bytes what is packed in them.
	ConfigMaps, Bytes int
	// Written is when one was written last; zero where the API server does not say so.
	Written time.Time
	// Problems are the ConfigMaps that cannot be read.
	Problems []Problem
	// Content is what the others hold.
	Content Content
}

// Selector selects the ConfigMaps of the state of this name.
func Selector(name string) string { return LabelState + "=" + name }

// Inspect reads the ConfigMaps of the state of this name; others are passed over.
func Inspect(name string, all []corev1.ConfigMap) Overview {
	stored := slices.DeleteFunc(slices.Clone(all), func(cm corev1.ConfigMap) bool { return cm.Labels[LabelState] != name })
	out := Overview{ConfigMaps: len(stored)}
	out.Content, out.Problems = decode(stored)
	for i := range stored {
		cm := &stored[i]
		out.Bytes += len(cm.BinaryData[dataKey])
		for _, by := range cm.ManagedFields {
			if by.Time != nil && by.Time.After(out.Written) {
				out.Written = by.Time.Time
			}
		}
		if cm.Name == name {
			out.Epoch = number(cm, annotationEpoch)
		}
	}
	return out
}

// Section reads one section of the state of this name; other ConfigMaps are passed over.
func Section(name, section string, all []*corev1.ConfigMap) (map[string]json.RawMessage, []Problem) {
	var stored []corev1.ConfigMap
	for _, cm := range all {
		if at, ok := placeOf(cm); ok && at.section == section && cm.Labels[LabelState] == name {
			stored = append(stored, *cm)
		}
	}
	content, problems := decode(stored)
	return content[section], problems
}
