package rulesource

import (
	"cmp"
	"maps"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Unit identifies one key of one ConfigMap.
type Unit struct {
	Namespace string `json:"namespace"`
	ConfigMap string `json:"configMap"`
	Key       string `json:"key"`
}

// String is the file name that positions carry: namespace/name/key.
func (u Unit) String() string { return u.Namespace + "/" + u.ConfigMap + "/" + u.Key }

func compareUnits(a, b Unit) int {
	return cmp.Or(
		cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.ConfigMap, b.ConfigMap),
		cmp.Compare(a.Key, b.Key),
	)
}

// GoodText is the newest text of a unit that loaded: what stays in force while
// the unit is broken, and what must survive a restart. The UID ties it to one
// life of the ConfigMap: a deleted ConfigMap takes its texts along, even if one
// of the same name follows at once.
type GoodText struct {
	Unit
	UID  types.UID `json:"uid"`
	Text string    `json:"text"`
}

// text is one unit as it stands in the cluster.
type text struct {
	GoodText
	version string // the resourceVersion of its ConfigMap
	created time.Time
	paused  bool
	// refused is what the ConfigMap counts where there was no room to keep its texts, in
	// bytes; the text is empty then. Otherwise it is 0.
	refused int
}

// textsOf returns the units of all ConfigMaps, ordered. Binary keys are units
// too, so that their mistake is reported rather than ignored.
func textsOf(found []*corev1.ConfigMap) []text {
	var out []text
	for _, cm := range found {
		for key, body := range allData(cm) {
			out = appendText(out, cm, key, body)
		}
	}
	sortTexts(out)
	return out
}

// allData makes binary keys readable mistakes. No key is in both parts.
func allData(cm *corev1.ConfigMap) map[string]string {
	data := map[string]string{}
	for key, value := range cm.BinaryData {
		data[key] = string(value)
	}
	maps.Copy(data, cm.Data)
	return data
}

func appendText(out []text, cm *corev1.ConfigMap, key, body string) []text {
	if !strings.HasSuffix(key, ending) {
		return out
	}
	paused, _ := pauseWord(cm)
	return append(out, text{
		GoodText: GoodText{Unit: Unit{cm.Namespace, cm.Name, key}, UID: cm.UID, Text: body},
		version:  cm.ResourceVersion,
		created:  cm.CreationTimestamp.Time,
		paused:   paused,
	})
}
