package rulesource

import (
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

// CheckPaused judges the annotation that pauses the rules of a ConfigMap, and reports
// whether something is wrong with it.
func CheckPaused(cm *corev1.ConfigMap) (rules.Mistake, bool) {
	_, unclear := pauseWord(cm)
	return pauseMistake(cm), unclear
}
