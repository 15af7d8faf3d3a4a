package top

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// node has a rule in a phase, and is so far from a line.
func node(name string, away float64, list ...v1alpha1.NodeRule) v1alpha1.Node {
	value, age := 50.0, 5.0
	return v1alpha1.Node{
		Node: name, Rules: list, Values: []v1alpha1.NodeValue{{Metric: "memory", Unit: "percent", Value: &value, AgeSeconds: &age}},
		Nearest: &v1alpha1.Nearest{Rule: "r", Condition: "memory > 90%", Metric: "memory", Value: 50, Threshold: 90, Away: away},
	}
}

func rule(name, phase string, change ...func(*v1alpha1.NodeRule)) v1alpha1.NodeRule {
	out := v1alpha1.NodeRule{Rule: name, Phase: phase, Truth: "True", Since: noon.Add(-20 * time.Minute), Blocks: phase == "firing" || phase == "keeping"}
	for _, c := range change {
		c(&out)
	}
	return out
}

func silenced(r *v1alpha1.NodeRule) { r.Silenced = true }

// unread is a rule whose condition is unknown, and onUnknown Block.
func unread(r *v1alpha1.NodeRule) { r.Truth, r.Blocks = "Unknown", true }

func TestTheWorstIsFirst(t *testing.T) {
	allowed := func(r *v1alpha1.NodeRule) { r.Truth = "Unknown" }
	young := node("new", 0.9, rule("r", "inactive", allowed))
	young.GraceUntil = noon.Add(time.Minute)
	v := &view{idle: map[string]string{"trial": "dry run"}, nodes: []v1alpha1.Node{
		young, {Node: "nothing is known"}, node("far", 0.5), node("near", 0.1), node("silent", 0.2, rule("r", "inactive", allowed)),
		node("dry", -0.5, rule("trial", "firing")), node("hushed", -0.4, rule("r", "firing", silenced)), node("pending", -0.1, rule("r", "pending")),
		node("blind", 0.3, rule("r", "inactive", unread)), node("keeping", 0.1, rule("r", "keeping")),
		node("hot", -0.1, rule("trial", "firing"), rule("r", "firing")), node("hottest", -0.2, rule("r", "firing")), node("a-hot", -0.1, rule("r", "firing")),
	}}
	if err := v.sort(byTrouble); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range v.nodes {
		got = append(got, n.Node)
	}
	want := []string{"hottest", "a-hot", "hot", "keeping", "blind", "pending", "dry", "hushed", "silent", "near", "far", "new", "nothing is known"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsSaidOfANode(t *testing.T) {
	for sentence, tc := range map[string]struct {
		node v1alpha1.Node
		wide bool
		want string
	}{
		"nothing is known":                  {v1alpha1.Node{}, false, "-"},
		"all is calm":                       {node("n", 0.123), false, "12% to memory > 90%"},
		"the condition holds, and no more":  {node("n", -0.1), false, "10% beyond memory > 90%"},
		"a rule fires":                      {node("n", -0.1, rule("r", "firing")), false, "r firing 20m"},
		"two do, and the worse is named":    {node("n", -0.1, rule("a", "pending"), rule("r", "firing")), false, "r firing 20m, 1 more"},
		"all of them":                       {node("n", -0.1, rule("a", "pending"), rule("r", "firing")), true, "r firing 20m, a pending 20m"},
		"it is a dry run":                   {node("n", -0.1, rule("trial", "firing")), false, "trial firing 20m (dry run)"},
		"it is silenced":                    {node("n", -0.1, rule("r", "firing", silenced)), false, "r firing 20m (silenced)"},
		"nothing is known, which keeps off": {node("n", 0.1, rule("r", "inactive", unread)), false, "r unknown, blocks"},
	} {
		t.Run(sentence, func(t *testing.T) {
			v := &view{idle: map[string]string{"trial": "dry run"}}
			if got := v.standing(&tc.node, page{now: noon, wide: tc.wide}); got != tc.want {
				t.Errorf("it is %q, want %q", got, tc.want)
			}
		})
	}
}

// crowd has many nodes with long names and many metrics.
func crowd(n int) *view {
	v := &view{board: v1alpha1.Board{At: noon}}
	for i := range n {
		one := node(fmt.Sprintf("ip-10-%03d-%03d-17.eu-central-1.compute.internal", i/100, i%100), 0.2, rule("memory-above-90", "firing"))
		for _, m := range []string{"cpu", "disk-io-utilisation", "memory-stall", "temperature"} {
			value, age := 12.5, 5.0
			one.Values = append(one.Values, v1alpha1.NodeValue{Metric: m, Unit: "percent", Value: &value, AgeSeconds: &age})
		}
		v.nodes = append(v.nodes, one)
	}
	return v
}

func TestManyNodesFitAScreen(t *testing.T) {
	var out strings.Builder
	if err := crowd(5000).show(&out, page{now: noon, limit: defaultLimit, width: 80}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2+defaultLimit+2 {
		t.Errorf("there are %d lines", len(lines))
	}
	for _, line := range lines {
		if utf8.RuneCountInString(line) > 80 {
			t.Errorf("this has %d columns: %s", utf8.RuneCountInString(line), line)
		}
	}
	if want := "ip-10-000-000-1…ompute.internal   12.5%   50%      memory-above-90 firing 20m"; lines[2] != want {
		t.Errorf("the first node is\n%s, want\n%s", lines[2], want)
	}
	if got := lines[len(lines)-2:]; got[0] != "and 4980 more, which --limit 0 shows" || got[1] != "-o wide has disk-io-utilisation, memory-stall, temperature too" {
		t.Errorf("it ends with %q", got)
	}
}

func BenchmarkTop(b *testing.B) {
	v := crowd(5000)
	for b.Loop() {
		if err := v.sort(byTrouble); err != nil {
			b.Fatal(err)
		}
		if err := v.show(new(strings.Builder), page{now: noon, limit: defaultLimit, width: 80}); err != nil {
			b.Fatal(err)
		}
	}
}
