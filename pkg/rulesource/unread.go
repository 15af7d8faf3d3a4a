package rulesource

import (
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// ending is what keys of rules end in.
const ending = ".yaml"

// divide separates our ConfigMaps from those whose label was most likely meant to
// say that they are ours. Those of other releases are neither.
func divide(found []*corev1.ConfigMap, value string) (ours, astray []*corev1.ConfigMap) {
	for _, cm := range found {
		switch written, labelled := cm.Labels[rules.LabelRules]; {
		case labelled && written == value:
			ours = append(ours, cm)
		case labelled && meant(written, value):
			astray = append(astray, cm)
		}
	}
	return ours, astray
}

// unread returns the keys of one of our ConfigMaps that are not read although
// they look like rules.
func unread(cm *corev1.ConfigMap) []string {
	return slices.DeleteFunc(likeRules(cm), func(key string) bool { return strings.HasSuffix(key, ending) })
}

// likeRules returns the keys that hold rules, or look as if they were meant to.
func likeRules(cm *corev1.ConfigMap) []string {
	var out []string
	for key, body := range allData(cm) {
		if looksLikeRules(key, body) {
			out = append(out, key)
		}
	}
	return out
}

// looksLikeRules judges by the name, or by how the text begins.
func looksLikeRules(key, body string) bool {
	switch strings.ToLower(path.Ext(key)) {
	case ending, ".yml":
		return true
	}
	return beginsAsRules(body)
}

func beginsAsRules(body string) bool {
	for _, line := range head(body) {
		if strings.Contains(line, "apiVersion") && strings.Contains(line, rules.Group+"/") {
			return true
		}
	}
	return false
}

// head returns the first lines of a text that say something.
func head(body string) []string {
	const enough = 3 // a document mark, a brace, the apiVersion or the kind before it
	var out []string
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
		if len(out) == enough {
			break
		}
	}
	return out
}

// unreadKey says why a key is not read.
func unreadKey(cm *corev1.ConfigMap, key string) note {
	n := on(cm, "data["+key+"]", corev1.EventTypeWarning, reasonWarning)
	n.key = key
	return n.listing([]rules.Mistake{unreadMistake(cm, key)}, "Nothing of this key is in force.")
}

func unreadMistake(cm *corev1.ConfigMap, key string) rules.Mistake {
	return rules.Mistake{
		File: Unit{cm.Namespace, cm.Name, key}.String(), Check: rules.CheckKey,
		Message: "keys of rules end in " + ending + ", and this one does not", Mend: rename(cm, key),
	}
}

// rename proposes a name for a key, unless another key has it.
func rename(cm *corev1.ConfigMap, key string) string {
	name := proper(key)
	if _, taken := cm.Data[name]; taken {
		return "give it such a name, or remove it"
	}
	return fmt.Sprintf("name it %q", name)
}

// proper is the name that a key was most likely meant to have.
func proper(key string) string {
	return strings.TrimSuffix(strings.TrimSuffix(key, path.Ext(key)), ending) + ending
}

// meant reports whether the author of a label most likely meant the value that
// we read. The name of another release is another value and nobody's mistake.
func meant(written, ours string) bool {
	if written == "" || strings.EqualFold(written, ours) {
		return true
	}
	return ours == "true" && slices.Contains([]string{"yes", "y", "on", "1", "t"}, strings.ToLower(written))
}

// mislabelled says that a ConfigMap is not read, and why.
func mislabelled(cm *corev1.ConfigMap, ours string) note {
	n := on(cm, "metadata.labels["+rules.LabelRules+"]", corev1.EventTypeWarning, reasonWarning)
	return n.listing([]rules.Mistake{labelMistake(cm, ours)}, "Nothing of this ConfigMap is in force.")
}

func labelMistake(cm *corev1.ConfigMap, ours string) rules.Mistake {
	return rules.Mistake{
		File: cm.Namespace + "/" + cm.Name, Check: rules.CheckLabel,
		Message: fmt.Sprintf("the label %s is %q, and only %q is read", rules.LabelRules, cm.Labels[rules.LabelRules], ours),
		Mend:    fmt.Sprintf("write %s: %q", rules.LabelRules, ours),
	}
}
