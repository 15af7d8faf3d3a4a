package marks

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

const (
	us   = Owner("ours-marks")
	heat = rules.Group + "/heat"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func labelled(key, value string) engine.Mark {
	return engine.Mark{Label: &rules.Label{Key: key, Value: value}, Rule: "rule"}
}

func tainted(key, effect string) engine.Mark {
	return engine.Mark{Taint: &rules.Taint{Key: key, Effect: effect}, Rule: "rule"}
}

// node has labels of others and ours, and taints as "key=value:effect" in the order of
// their values.
func node(name string, labels, ours map[string]string, taints ...corev1.Taint) *Node {
	n := &Node{Name: name, UID: "uid-" + name, Version: "1", Labels: map[string]string{}, Ours: map[string]bool{}, Taints: taints}
	for k, v := range labels {
		n.Labels[k] = v
	}
	for k, v := range ours {
		n.Labels[k], n.Ours[k] = v, true
	}
	return n
}

func taint(key, value string, effect corev1.TaintEffect) corev1.Taint {
	return corev1.Taint{Key: key, Value: value, Effect: effect}
}

// described is a plan as people read it.
func described(changes []Change, held []Held) (out []string) {
	for i := range changes {
		c := &changes[i]
		for _, t := range c.Turns {
			out = append(out, c.Node.Name+": "+t.String())
		}
		if c.Relabel {
			out = append(out, fmt.Sprint(c.Node.Name, ": labels ", c.Labels))
		}
		if c.Retaint {
			var list []string
			for _, t := range c.Taints {
				list = append(list, t.ToString())
			}
			out = append(out, fmt.Sprint(c.Node.Name, ": taints ", list))
		}
	}
	for i := range held {
		out = append(out, fmt.Sprintf("%s: %s %s held: %s", held[i].Node.Name, held[i].Kind, held[i].Key.Key, held[i].Reason))
	}
	return out
}

func TestPlan(t *testing.T) {
	type marks = []engine.Mark
	const no, prefer = corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule
	theirs := taint("example.com/a", "b", corev1.TaintEffectNoExecute)
	ours := taint(heat, string(us), no)
	minute := map[Place]time.Time{{"uid-n", Key{Label, heat}}: start.Add(-30 * time.Second), {"uid-n", Key{Taint, heat}}: start.Add(-30 * time.Second)}
	for name, c := range map[string]struct {
		node   *Node
		wanted marks
		set    map[Place]time.Time
		want   []string
	}{
		"what nobody wants and nobody has":         {node: node("n", nil, nil)},
		"a label is set":                           {node: node("n", nil, nil), wanted: marks{labelled(heat, "hot")}, want: []string{"n: label " + heat + "=hot set for rule rule", "n: labels map[" + heat + ":hot]"}},
		"one that is there is left":                {node: node("n", nil, map[string]string{heat: "hot"}), wanted: marks{labelled(heat, "hot")}},
		"one that nobody wants is taken away":      {node: node("n", nil, map[string]string{heat: "hot"}), want: []string{"n: label " + heat + "=hot taken away", "n: labels map[]"}},
		"a value is replaced":                      {node: node("n", nil, map[string]string{heat: "hot"}), wanted: marks{labelled(heat, "warm")}, want: []string{"n: label " + heat + "=warm set for rule rule", "n: labels map[" + heat + ":warm]"}},
		"somebody else's label is not written":     {node: node("n", map[string]string{heat: "mine"}, nil), wanted: marks{labelled(heat, "hot")}, want: []string{"n: label " + heat + " held: foreign"}},
		"somebody else's equal one is left theirs": {node: node("n", map[string]string{heat: "hot"}, nil), wanted: marks{labelled(heat, "hot")}},
		"one that was set a moment ago waits":      {node: node("n", nil, nil), wanted: marks{labelled(heat, "hot")}, set: minute, want: []string{"n: label " + heat + " held: interval"}},
		"and keeps its value meanwhile":            {node: node("n", nil, map[string]string{heat: "hot"}), wanted: marks{labelled(heat, "warm")}, set: minute, want: []string{"n: label " + heat + " held: interval"}},
		"taking away never waits":                  {node: node("n", nil, map[string]string{heat: "hot"}, ours), set: minute, want: []string{"n: label " + heat + "=hot taken away", "n: taint " + heat + ":NoSchedule taken away", "n: labels map[]", "n: taints []"}},
		"another key of ours stays": {node: node("n", nil, map[string]string{heat: "hot", "telemetry-scheduler.io/b": "x"}), wanted: marks{labelled(heat, "hot")},
			want: []string{"n: label telemetry-scheduler.io/b=x taken away", "n: labels map[" + heat + ":hot]"}},
		"a taint is set after those of others":    {node: node("n", nil, nil, theirs), wanted: marks{tainted(heat, "NoSchedule")}, want: []string{"n: taint " + heat + ":NoSchedule set for rule rule", "n: taints [example.com/a=b:NoExecute " + heat + "=ours-marks:NoSchedule]"}},
		"one that is there is left alone":         {node: node("n", nil, nil, ours, theirs), wanted: marks{tainted(heat, "NoSchedule")}},
		"one that nobody wants goes, theirs stay": {node: node("n", nil, nil, theirs, ours), want: []string{"n: taint " + heat + ":NoSchedule taken away", "n: taints [example.com/a=b:NoExecute]"}},
		"an effect is replaced": {node: node("n", nil, nil, ours), wanted: marks{tainted(heat, "PreferNoSchedule")},
			want: []string{"n: taint " + heat + ":NoSchedule taken away", "n: taint " + heat + ":PreferNoSchedule set for rule rule", "n: taints [" + heat + "=ours-marks:PreferNoSchedule]"}},
		"and stays meanwhile where it may not be yet": {node: node("n", nil, nil, ours), wanted: marks{tainted(heat, "PreferNoSchedule")}, set: minute, want: []string{"n: taint " + heat + " held: interval"}},
		"somebody else's taint is not touched":        {node: node("n", nil, nil, taint(heat, "x", no)), wanted: marks{tainted(heat, "NoSchedule")}, want: []string{"n: taint " + heat + " held: foreign"}},
		"somebody else's of another effect is beside it": {node: node("n", nil, nil, taint(heat, "x", prefer)), wanted: marks{tainted(heat, "NoSchedule")},
			want: []string{"n: taint " + heat + ":NoSchedule set for rule rule", "n: taints [" + heat + "=x:PreferNoSchedule " + heat + "=ours-marks:NoSchedule]"}},
		"whoever writes the state, no pod is evicted": {node: node("n", nil, nil), wanted: marks{tainted(heat, "NoExecute")}},
		"the marks of another node are nothing here":  {node: node("n", nil, nil), wanted: nil},
	} {
		t.Run(name, func(t *testing.T) {
			changes, held := Plan(Input{
				Now: start, Owner: us, Limits: Limits{Interval: time.Minute, Tainted: 100}, Nodes: []*Node{c.node},
				Wanted: map[string][]engine.Mark{"n": c.wanted, "other": {labelled(heat, "hot")}}, Set: c.set,
			})
			if diff := cmp.Diff(c.want, described(changes, held)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSoManyNodesAreTaintedAtOnce(t *testing.T) {
	var nodes []*Node
	wanted := map[string][]engine.Mark{}
	for i := range 10 {
		nodes = append(nodes, node(fmt.Sprint("n", i), nil, nil))
		wanted[nodes[i].Name] = []engine.Mark{tainted(heat, "NoSchedule"), labelled(heat, "hot")}
	}
	// One stands already, one is about to lose its taint, and one prefers alone.
	nodes[7].Taints = []corev1.Taint{taint(heat, string(us), corev1.TaintEffectNoSchedule)}
	nodes[8].Taints, wanted["n8"] = nodes[7].Taints, nil
	wanted["n9"] = []engine.Mark{tainted(heat, "PreferNoSchedule")}
	changes, held := Plan(Input{Now: start, Owner: us, Limits: Limits{Tainted: 40}, Nodes: nodes, Wanted: wanted})
	var set, labels []string
	for _, c := range changes {
		if c.Retaint && c.sets() {
			set = append(set, c.Node.Name)
		}
		if c.Relabel {
			labels = append(labels, c.Node.Name)
		}
	}
	if changes[0].Node.Name != "n8" {
		t.Errorf("what only takes marks away comes not first, but %s", changes[0].Node.Name)
	}
	if diff := cmp.Diff([]string{"n0", "n1", "n9"}, set); diff != "" {
		t.Errorf("tainted (-want +got):\n%s", diff)
	}
	if len(labels) != 8 || len(held) != 5 || held[0].Reason != Crowded {
		t.Errorf("%d are labelled, and %d taints held: %v", len(labels), len(held), described(nil, held))
	}
	for tainted, want := range map[int]int{1: 0, 0: 1} {
		if _, held = Plan(Input{Now: start, Owner: us, Limits: Limits{Tainted: tainted}, Nodes: nodes[:1], Wanted: wanted}); len(held) != want {
			t.Errorf("one node may be tainted in any cluster, and with 0 of a hundred none: of %d %v", tainted, described(nil, held))
		}
	}
}

// TestANewNodeOfATaintedGroupTakesThePod holds why docs/marks.md names the prefix: Cluster
// Autoscaler leaves taints with it off the copy of a node that stands for the group's next one
// (SanitizeTaints of its package utils/taints), and no others that rules may set.
func TestANewNodeOfATaintedGroupTakesThePod(t *testing.T) {
	next := func(n *Node) (out []corev1.Taint) {
		for _, t := range n.Taints {
			if !strings.HasPrefix(t.Key, "status-taint.cluster-autoscaler.kubernetes.io/") {
				out = append(out, t)
			}
		}
		return out
	}
	for key, takes := range map[string]bool{"status-taint.cluster-autoscaler.kubernetes.io/hot": true, heat: false} {
		if !rules.MayMark(key, nil) {
			t.Errorf("no rule may set %s", key)
		}
		n := node("n", nil, nil)
		changes, _ := Plan(Input{Now: start, Owner: us, Limits: Limits{Tainted: 100}, Nodes: []*Node{n}, Wanted: map[string][]engine.Mark{"n": {tainted(key, "NoSchedule")}}})
		n.Taints = changes[0].Taints
		filtered := func(t *corev1.Taint) bool { return t.Effect == corev1.TaintEffectNoSchedule }
		if _, kept := corev1helpers.FindMatchingUntoleratedTaint(klog.Background(), n.Taints, nil, filtered, true); !kept {
			t.Errorf("a node with %s takes the pod", key)
		}
		if _, kept := corev1helpers.FindMatchingUntoleratedTaint(klog.Background(), next(n), nil, filtered, true); kept == takes {
			t.Errorf("whether the next node of a group with %s takes the pod: %v, want %v", key, !kept, takes)
		}
	}
}

// TestWhatTakesAwayComesFirst is for a rate that does not suffice: a node that gets another
// mark, too, does not keep what nobody wants behind those that only get some.
func TestWhatTakesAwayComesFirst(t *testing.T) {
	ours := taint(heat, string(us), corev1.TaintEffectNoSchedule)
	nodes := []*Node{node("a", nil, nil), node("b", nil, nil, ours), node("c", nil, nil, ours)}
	wanted := map[string][]engine.Mark{"a": {labelled(heat, "hot")}, "b": {labelled(heat, "hot")}}
	changes, _ := Plan(Input{Now: start, Owner: us, Limits: Limits{Tainted: 100}, Nodes: nodes, Wanted: wanted})
	var order string
	for _, c := range changes {
		order += c.Node.Name
	}
	if order != "cba" {
		t.Errorf("the order is %s", order)
	}
}
