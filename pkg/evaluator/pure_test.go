package evaluator

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

func TestTurnOfEveryPairOfPhases(t *testing.T) {
	want := map[[2]engine.Phase]turn{
		{engine.Inactive, engine.Firing}:  beganToFire,
		{engine.Inactive, engine.Keeping}: beganToFire,
		{engine.Pending, engine.Firing}:   beganToFire,
		{engine.Pending, engine.Keeping}:  beganToFire,
		{engine.Firing, engine.Inactive}:  endedFiring,
		{engine.Firing, engine.Pending}:   endedFiring,
		{engine.Keeping, engine.Inactive}: endedFiring,
		{engine.Keeping, engine.Pending}:  endedFiring,
	}
	phases := []engine.Phase{engine.Inactive, engine.Pending, engine.Firing, engine.Keeping}
	for _, from := range phases {
		for _, to := range phases {
			if got := turnOf(engine.Transition{From: from, To: to}); got != want[[2]engine.Phase{from, to}] {
				t.Errorf("%s to %s: turn %d", from, to, got)
			}
		}
	}
}

func TestCrowdsAreGatheredByRuleAndDirection(t *testing.T) {
	a, b := rules.Key{Name: "a"}, rules.Key{Name: "b"}
	move := func(rule rules.Key, node string, from, to engine.Phase) engine.Transition {
		return engine.Transition{Rule: rule, Node: node, From: from, To: to}
	}
	var got []string
	for _, c := range crowdsOf([]engine.Transition{
		move(b, "n0", engine.Inactive, engine.Firing),
		move(a, "n0", engine.Inactive, engine.Pending),
		move(a, "n1", engine.Firing, engine.Inactive),
		move(b, "n1", engine.Keeping, engine.Inactive),
		move(b, "n2", engine.Pending, engine.Firing),
		move(b, "n3", engine.Firing, engine.Keeping),
	}) {
		for _, m := range c.members {
			got = append(got, fmt.Sprint(c.rule, " ", c.turn == beganToFire, " ", m.Node))
		}
	}
	if diff := cmp.Diff([]string{"b true n0", "b true n2", "a false n1", "b false n1"}, got); diff != "" {
		t.Errorf("crowds (-want +got):\n%s", diff)
	}
}

func TestWhichNodeUpdatesMatter(t *testing.T) {
	for sentence, tc := range map[string]struct {
		change func(*corev1.Node)
		want   bool
	}{
		"nothing changed":              {func(*corev1.Node) {}, false},
		"a heartbeat":                  {func(n *corev1.Node) { n.Status.Conditions = []corev1.NodeCondition{{}} }, false},
		"an image list":                {func(n *corev1.Node) { n.Status.Images = []corev1.ContainerImage{{}} }, false},
		"an annotation of others":      {func(n *corev1.Node) { n.Annotations = map[string]string{"a": "b"} }, false},
		"the ignore annotation":        {func(n *corev1.Node) { n.Annotations = map[string]string{rules.AnnotationIgnore: "*"} }, true},
		"a label":                      {func(n *corev1.Node) { n.Labels = map[string]string{"a": "b"} }, true},
		"the same amount written anew": {func(n *corev1.Node) { n.Status.Allocatable[corev1.ResourceCPU] = resource.MustParse("4000m") }, false},
		"another amount":               {func(n *corev1.Node) { n.Status.Allocatable[corev1.ResourceCPU] = resource.MustParse("3") }, true},
		"another capacity": {func(n *corev1.Node) {
			n.Status.Capacity = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("8")}
		}, true},
		"it was deleted and made again": {func(n *corev1.Node) { n.UID = "new" }, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			before := newNode("n")
			after := before.DeepCopy()
			tc.change(after)
			if got := nodeMatters(before, after); got != tc.want {
				t.Errorf("matters: %v", got)
			}
		})
	}
}

func TestANodeIsHandedToTheEngineAndToTheSources(t *testing.T) {
	created := time.Unix(1000, 0)
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: "n", Labels: map[string]string{"l": "1"}, Annotations: map[string]string{"a": "1"}, CreationTimestamp: metav1.NewTime(created),
		},
		Status: corev1.NodeStatus{
			Allocatable: corev1.ResourceList{
				corev1.ResourceCPU: resource.MustParse("3500m"), corev1.ResourceMemory: resource.MustParse("2Gi"), corev1.ResourcePods: resource.MustParse("110"),
			},
			Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "10.0.0.1"}},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: 10250}},
		},
	}
	gotEngine := EngineNode(n)
	if diff := cmp.Diff(engine.Amounts{CPU: 3.5, Memory: 2 << 30, Pods: 110}, gotEngine.Allocatable); diff != "" {
		t.Errorf("allocatable (-want +got):\n%s", diff)
	}
	if gotEngine.Name != "n" || !gotEngine.Created.Equal(created) || gotEngine.Labels.Get("l") != "1" || gotEngine.Capacity != (engine.Amounts{}) {
		t.Errorf("node for the engine: %+v", gotEngine)
	}
	want := telemetry.Node{
		Name: "n", KubeletPort: 10250, Labels: n.Labels, Annotations: n.Annotations,
		Addresses: []telemetry.Address{{Type: "InternalIP", Address: "10.0.0.1"}},
	}
	if diff := cmp.Diff(want, NodeOf(n)); diff != "" {
		t.Errorf("node for the sources (-want +got):\n%s", diff)
	}
}

func TestPodPercentOfANodeThatTakesNoPodsIsAbsent(t *testing.T) {
	got := podPercent([]engine.Node{{Name: "none"}, {Name: "ten", Allocatable: engine.Amounts{Pods: 10}}}, nil)
	if diff := cmp.Diff(map[string]float64{"ten": 0}, got); diff != "" {
		t.Errorf("percent (-want +got):\n%s", diff)
	}
}

func TestRuleFaultsAreSaidOnceEachWay(t *testing.T) {
	place := &corev1.ObjectReference{}
	about := func(k rules.Key) *corev1.ObjectReference {
		if k.Name == "gone" {
			return nil
		}
		return place
	}
	key := func(name string) rules.Key { return rules.Key{Name: name} }
	told := ruleFaults{}
	for _, step := range []struct {
		sentence string
		now      ruleFaults
		want     []string
	}{
		{"two rules go blind", ruleFaults{key("b"): {unknown: 3, nodes: 4}, key("a"): {unknown: 4, nodes: 4}}, []string{reasonRuleBlind + " a", reasonRuleBlind + " b"}},
		{"one sees a node more", ruleFaults{key("b"): {unknown: 3, nodes: 4}, key("a"): {unknown: 3, nodes: 4}}, nil},
		{"one sees again", ruleFaults{key("b"): {unknown: 3, nodes: 4}}, []string{reasonRuleSees + " a"}},
		{"a rule without a ConfigMap goes blind", ruleFaults{key("b"): {unknown: 3, nodes: 4}, key("gone"): {unknown: 3, nodes: 4}}, nil},
		{"all see", ruleFaults{}, []string{reasonRuleSees + " b"}},
	} {
		var got []string
		for _, v := range told.update(step.now, about) {
			_, rule, _ := strings.Cut(v.text, "rule ")
			got = append(got, v.reason+" "+rule[:1])
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.sentence, diff)
		}
	}
}

func TestRulesThatAreGoneAreToldApart(t *testing.T) {
	a, b := orGone(nil, rules.Key{Name: "a"}), orGone(nil, rules.Key{Name: "b"})
	if *a == *b {
		t.Errorf("the Events API would merge what is said of two rules: %v", a)
	}
}
