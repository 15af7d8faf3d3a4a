package rulesource

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// HoldsRules reports whether a ConfigMap holds texts of rules, whatever its label and
// the names of its keys.
func HoldsRules(cm *corev1.ConfigMap) bool {
	for _, body := range allData(cm) {
		if beginsAsRules(body) {
			return true
		}
	}
	return false
}

// Meant is a ConfigMap as it would be read once it has the label and the keys that its
// author most likely meant.
type Meant struct {
	ConfigMap *corev1.ConfigMap
	// Renamed are the keys that have other names here, with those that they had.
	Renamed map[string]string
	// Wrong is what keeps it, or a key of it, from being read.
	Wrong []rules.Mistake
}

// AsMeant mends what keeps a ConfigMap from being read. One that is no ConfigMap of rules,
// or another release's, stays as it is.
func AsMeant(cm *corev1.ConfigMap, value string) Meant {
	out := Meant{ConfigMap: cm}
	switch written, labelled := cm.Labels[rules.LabelRules]; {
	case labelled && written == value:
	case labelled && meant(written, value):
		out.Wrong = append(out.Wrong, labelMistake(cm, value))
	case !labelled && HoldsRules(cm):
		out.Wrong = append(out.Wrong, unlabelledMistake(cm, value))
	default:
		return out
	}
	keys := unread(cm)
	if len(out.Wrong)+len(keys) == 0 {
		return out
	}
	slices.Sort(keys)
	out.ConfigMap, out.Renamed = cm.DeepCopy(), map[string]string{}
	out.ConfigMap.Labels = map[string]string{rules.LabelRules: value}
	for _, key := range keys {
		out.Wrong = append(out.Wrong, unreadMistake(cm, key))
		out.rename(key)
	}
	return out
}

// rename gives a key that holds rules a name by which it is read.
func (m *Meant) rename(key string) {
	text, plain := m.ConfigMap.Data[key]
	if !plain || !beginsAsRules(text) {
		return
	}
	name := proper(key)
	for taken(m.ConfigMap, name) {
		name = key + name
	}
	delete(m.ConfigMap.Data, key)
	m.ConfigMap.Data[name], m.Renamed[name] = text, key
}

func taken(cm *corev1.ConfigMap, key string) bool {
	_, is := allData(cm)[key]
	return is
}

func unlabelledMistake(cm *corev1.ConfigMap, value string) rules.Mistake {
	return rules.Mistake{
		File: cm.Namespace + "/" + cm.Name, Check: rules.CheckLabel,
		Message: fmt.Sprintf("this ConfigMap holds rules and has no label %s, so nobody reads them", rules.LabelRules),
		Mend:    fmt.Sprintf("write %s: %q among its labels", rules.LabelRules, value),
	}
}

// CheckPaused judges the annotation that pauses the rules of a ConfigMap, and reports
// whether something is wrong with it.
func CheckPaused(cm *corev1.ConfigMap) (rules.Mistake, bool) {
	_, unclear := pauseWord(cm)
	return pauseMistake(cm), unclear
}
