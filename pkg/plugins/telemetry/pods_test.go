package telemetry

import (
	"testing"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

func TestSignPod(t *testing.T) {
	sign := func(pod *v1.Pod) string {
		p := newPlugin(nil)
		fragments, status := p.SignPod(t.Context(), pod)
		if !status.IsSuccess() {
			t.Fatal(status.Message())
		}
		return marshal(t, fragments)
	}
	plain := sign(newPod("p"))
	for name, tc := range map[string]struct {
		pod  *v1.Pod
		same bool
	}{
		"the name does not matter":            {newPod("q"), true},
		"annotations of others do not matter": {newPod("p", annotated("example.com/x", "y")), true},
		"labels matter":                       {newPod("p", labelled("a", "b")), false},
		"the namespace matters":               {newPod("p", func(p *v1.Pod) { p.Namespace = "other" }), false},
		"the priority matters":                {newPod("p", withPriority(5)), false},
		"the controller matters":              {newPod("p", controlledBy("ReplicaSet")), false},
		"requests matter":                     {newPod("p", needing("1Gi")), false},
		"the default for a container without requests matters": {newPod("p", func(p *v1.Pod) {
			p.Spec.Containers = append(p.Spec.Containers, v1.Container{Name: "second", Image: "image"})
		}), false},
		"an exemption matters":                     {newPod("p", annotated(rules.AnnotationIgnore, "*")), false},
		"an annotation of a later version matters": {newPod("p", annotated(rules.Group+"/estimate", "cpu=1")), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := sign(tc.pod) == plain; got != tc.same {
				t.Errorf("the signature is the same: %v", got)
			}
		})
	}
}

func TestSignPodDoesNotDependOnTheBoard(t *testing.T) {
	c := newCluster(t, memoryRule)
	var signed []string
	for _, board := range []*engine.Board{nil, c.board(map[string]float64{"n": 95}), newCluster(t, "").board(nil)} {
		fragments, _ := newPlugin(board).SignPod(t.Context(), newPod("p", labelled("a", "b")))
		signed = append(signed, marshal(t, fragments))
	}
	if signed[0] != signed[1] || signed[1] != signed[2] {
		t.Errorf("signatures differ: %q", signed)
	}
}
