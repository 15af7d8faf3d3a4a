package rulesource

import (
	"fmt"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// isInForce says what of a good text is in force: whoever reads no Event at all knows
// that nobody reads the ConfigMap.
func isInForce(r result, conflicts []conflict) note {
	n := about(r.text, corev1.EventTypeNormal, reasonInForce)
	n.body = r.text.Text
	defined := maps.Clone(r.defined)
	for _, c := range conflicts {
		if c.loser.text == r.text {
			defined[c.loser.kind]--
		}
	}
	n.text = countWords(defined, r.text.Key)
	return n
}

// countWords writes "2 rules and 1 preference of key are in force."
func countWords(defined map[kind]int, key string) string {
	var words []string
	all := 0
	for _, k := range []kind{metric, rule, preference} {
		all += defined[k]
		switch defined[k] {
		case 0:
		case 1:
			words = append(words, fmt.Sprintf("1 %s", k))
		default:
			words = append(words, fmt.Sprintf("%d %ss", defined[k], k))
		}
	}
	last := len(words) - 1
	switch {
	case all == 0:
		return fmt.Sprintf("%s is read, and nothing of it is in force.", key)
	case all == 1:
		return fmt.Sprintf("%s of %s is in force.", words[0], key)
	case last == 0:
		return fmt.Sprintf("%s of %s are in force.", words[0], key)
	}
	return fmt.Sprintf("%s and %s of %s are in force.", strings.Join(words[:last], ", "), words[last], key)
}

// Of good news so much is told at one look, for one namespace and in all: what is
// wrong, and what becomes of pods, must find room in the recorder's queue. What is
// left out is not told later.
const (
	mostGood    = 20
	mostGoodAll = 200
)

func withoutTooMuchGood(news []note) []note {
	var out []note
	told, all := map[string]int{}, 0
	for _, n := range news {
		if n.reason == reasonInForce {
			if told[n.object.Namespace]++; told[n.object.Namespace] > mostGood || all == mostGoodAll {
				continue
			}
			all++
		}
		out = append(out, n)
	}
	return out
}
