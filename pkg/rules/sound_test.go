package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsSoundBesideAMistake(t *testing.T) {
	const good = "- {name: good, when: {metric: cpu, above: 90%}, actions: {block: {}}}\n"
	for name, tc := range map[string]struct {
		body string
		want []string
		left int
	}{
		"a text without a mistake":                  {"rules:\n" + good, []string{"good"}, 0},
		"a threshold":                               {"rules:\n- {name: bad, when: {metric: cpu, above: 90}, actions: {block: {}}}\n" + good, []string{"good"}, 1},
		"a field that there is not":                 {"rules:\n- {name: bad, wen: {metric: cpu, above: 90%}, actions: {block: {}}}\n" + good, []string{"good"}, 1},
		"what this version does not carry out":      {"metrics:\n- {name: io, query: a, podQuery: b}\nrules:\n- {name: bad, when: {metric: io, above: 90, clear: 80}, actions: {evict: {}}}\n" + good, []string{"good"}, 1},
		"a mistake of a metric is none of its user": {"metrics:\n- {name: heat, query: 'a('}\nrules:\n- {name: hot, when: {metric: heat, above: 9}, actions: {block: {}}}\n- {name: odd, when: {metric: cpu, above: 9}, actions: {block: {}}}\n", []string{"hot"}, 1},
		"a mistake around everything":               {"colour: red\nrules:\n" + good, []string{"good"}, 0},
		"rules that are no list":                    {"rules: 7\n", nil, 0},
		"a text that cannot be read":                {"rules: [\n", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			document, left := Sound("rules.yaml", []byte(header+tc.body), Options{Metrics: Builtins(0, 0)})
			var got []string
			for i := range document.Rules {
				got = append(got, document.Rules[i].Name)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || left != tc.left {
				t.Errorf("%d are left out, want %d; sound are (-want +got):\n%s", left, tc.left, diff)
			}
		})
	}
}
