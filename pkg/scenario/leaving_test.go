package scenario

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// town has a hot node with a pod that leaves for one of two nodes, and one that may not.
const town = `apiVersion: telemetry-scheduler.io/v1alpha1
kind: RuleTests
rules:
- {name: hot, when: {metric: memory, above: 90%, clear: 85%}, actions: {evict: {after: 1m}}}
nodes: [{name: a}, {name: b}, {name: c, joins: 5m}]
series:
- {metric: memory, node: a, values: 95%x20}
- {metric: memory, node: b, values: 40%x20}
pods:
- {name: web, count: 2, node: a, controller: Deployment/web, uses: {memory: 12Gi}}
- {name: db, node: a, uses: {memory: 20Gi}}
cases:
- at: 2m
  expect: [EXPECT]
`

// TestWhatLeavesOtherwiseIsExplained compares all that people read.
func TestWhatLeavesOtherwiseIsExplained(t *testing.T) {
	const firing = "rule hot is firing since 00:00:00 UTC: memory is 95% (memory > 90%)"
	for sentence, c := range map[string]struct {
		old, new, expect string
		want             []string
	}{
		"a pod leaves, and another stays": {"", "", "{node: a, victims: []}", []string{
			"t.yaml:14:31: pods that are to leave node a", "expected  []", "got       [web-0]",
			"because   " + firing, "pod web-0 would leave for node b (memory would be 52%)", "pod db stays: it has no controller that would replace it",
		}},
		"no pod has a home": {"b, values: 40%", "b, values: 80%", "{node: a, reason: Evicted}", []string{
			"t.yaml:14:30: what comes of evictions from node a", "expected  Evicted", "got       NoHome",
			"because   " + firing, "no other node could take the pod under its rules", "pod db stays: it has no controller that would replace it",
			"pod web-0 stays: no other node could take the pod under its rules (1 node(s) would not be clear of telemetry rule hot)",
			"pod web-1 stays: no other node could take the pod under its rules (1 node(s) would not be clear of telemetry rule hot)",
		}},
		"the breaker holds it": {"cases:", "eviction: {breaker: {atLeast: 1}}\ncases:", "{node: a, reason: Evicted}", []string{
			"t.yaml:15:30: what comes of evictions from node a", "expected  Evicted", "got       Breaker",
			"because   " + firing, "it is held: 1 of 2 nodes began to fire at once, at 00:00:00 UTC; it holds until the rule has been firing there for 2m0s",
			"so many nodes became so at once, or cannot be judged, that the telemetry is suspected",
			"pod web-0 would leave for node b (memory would be 52%)", "pod db stays: it has no controller that would replace it",
		}},
		"nothing fires": {"", "", "{node: b, home: {web-0: b}}", []string{
			"t.yaml:14:36: home of pod web-0 of node b", "expected  b", "got       none", "because   no rule that evicts fires there",
		}},
		"the node is not there yet": {"", "", "{node: c, victims: []}", []string{
			"t.yaml:14:31: pods that are to leave node c", "expected  []", "got       not there yet", "because   no rule that evicts fires there",
		}},
	} {
		t.Run(sentence, func(t *testing.T) {
			text := strings.Replace(strings.Replace(town, c.old, c.new, 1), "EXPECT", c.expect, 1)
			var got []string
			for line := range strings.Lines(strings.Join(said(t, text), "\n")) {
				got = append(got, strings.TrimSpace(line))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("what is said (-want +got):\n%s", diff)
			}
		})
	}
}
