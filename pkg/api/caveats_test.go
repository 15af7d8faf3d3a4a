package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// saidOf is the verdict of a pod.
func saidOf(t *testing.T, w *world, request, body string) (out v1alpha1.PodVerdict) {
	t.Helper()
	answer := w.ask(t, request, body)
	if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil || answer.Code != 200 {
		t.Fatalf("%d, %v: %s", answer.Code, err, answer.Body)
	}
	return out
}

func TestAPodThatAsksSomebodyElseIsToldSo(t *testing.T) {
	const otherwise = `which is not this one, or a profile of it without the plugin Telemetry, so that no rule keeps the pod off: this is what would be with schedulerName: telemetry-scheduler`
	for sentence, tc := range map[string]struct{ body, scheduler, want string }{
		"a pod of ours":                       {manifest, "telemetry-scheduler", ""},
		"a pod that names nobody":             {strings.Replace(manifest, `"schedulerName":"telemetry-scheduler",`, "", 1), "default-scheduler", `the pod asks the scheduler "default-scheduler", ` + otherwise},
		"a pod of a profile that has it not":  {strings.Replace(manifest, "telemetry-scheduler", "plain", 1), "plain", `the pod asks the scheduler "plain", ` + otherwise},
		"a Deployment as kubectl would write": {strings.Replace(deployment("Deployment", "apps/v1"), "schedulerName: telemetry-scheduler,", "", 1), "default-scheduler", `the pod asks the scheduler "default-scheduler", ` + otherwise},
	} {
		said := saidOf(t, newWorld(t, rules.Pause{}), "POST /pods", tc.body)
		noted := len(said.Notes) > 0 && said.Notes[0] == tc.want
		if noted != (tc.want != "") || said.Pod.Scheduler != tc.scheduler || len(said.Governing) == 0 {
			t.Errorf("%s, of %s, is told %q and governed by %v", sentence, said.Pod.Scheduler, said.Notes, said.Governing)
		}
	}
}

// have adds nodes: in the pool are idle and full, and idle has a taint where it is said.
func (w *world) have(t *testing.T, tainted bool) {
	t.Helper()
	for name := range readings {
		node := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{}}}
		if name == "idle" || name == "full" {
			node.Labels["pool"] = "a"
		}
		if name == "idle" && tainted {
			node.Spec.Taints = []v1.Taint{{Key: "gpu", Effect: v1.TaintEffectNoSchedule}}
		}
		if err := w.factory.Core().V1().Nodes().Informer().GetStore().Add(node); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNodesThatAPodDoesNotGoToAreCounted(t *testing.T) {
	light := strings.Replace(manifest, "8Gi", "1Gi", 1)
	chosen := strings.Replace(light, `"containers"`, `"nodeSelector":{"pool":"a"},"containers"`, 1)
	tolerant := strings.Replace(chosen, `"containers"`, `"tolerations":[{"key":"gpu","operator":"Exists"}],"containers"`, 1)
	for sentence, tc := range map[string]struct {
		body    string
		tainted bool
		unfit   []string
		note    string
	}{
		"a pod that goes everywhere":           {light, false, nil, ""},
		"one that selects nodes":               {chosen, false, []string{"nearly", "silent", "warm", "young"}, "of the 3 nodes that take the pod by telemetry, its nodeSelector, node affinity or tolerations leave 1"},
		"one that does not tolerate a taint":   {light, true, []string{"idle"}, "of the 3 nodes that take the pod by telemetry, its nodeSelector, node affinity or tolerations leave 2"},
		"one that selects what it may not use": {chosen, true, []string{"idle", "nearly", "silent", "warm", "young"}, "of the 3 nodes that take the pod by telemetry, its nodeSelector, node affinity or tolerations leave 0"},
		"one that tolerates it":                {tolerant, true, []string{"nearly", "silent", "warm", "young"}, "of the 3 nodes that take the pod by telemetry, its nodeSelector, node affinity or tolerations leave 1"},
	} {
		w := newWorld(t, rules.Pause{})
		w.have(t, tc.tainted)
		said := saidOf(t, w, "POST /pods?nodes=all", tc.body)
		var unfit []string
		for _, n := range said.Nodes {
			if n.Unfit {
				unfit = append(unfit, n.Node)
			}
		}
		sum := 0
		for _, g := range said.Groups {
			sum += g.Unfit
		}
		if !slices.Equal(unfit, tc.unfit) || sum != len(tc.unfit) || strings.Join(said.Notes, "; ") != tc.note {
			t.Errorf("%s: unfit are %v, %d in groups, and it notes %q", sentence, unfit, sum, said.Notes)
		}
	}
}

func TestRulesDoNotGiveWayWhereAPodDoesNotGo(t *testing.T) {
	batch := strings.Replace(manifest, `"web"`, `"batch"`, 1)
	for _, tainted := range []bool{false, true} {
		w := newWorld(t, rules.Pause{})
		w.have(t, tainted)
		if least := saidOf(t, w, "POST /pods", batch).LeastViolating; (least != nil && least.Node == "idle") == tainted {
			t.Errorf("where idle is tainted (%v) it is %+v", tainted, least)
		}
	}
}

func TestASilencedNodeSaysWhatWouldBeWithout(t *testing.T) {
	for sentence, tc := range map[string]struct {
		node    string
		silence rules.Silence
		verdict string
		want    []v1alpha1.SilencedRule
	}{
		"a rule that fires": {"full", rules.Silence{Node: "full"}, "Takes", []v1alpha1.SilencedRule{
			{Rule: "hot", Without: "Takes"}, {Rule: "memory-above-90", Without: "Broke", Says: "memory is 94.2% (memory > 90%)"}}},
		"a rule that the pod would break": {"nearly", rules.Silence{Rule: rules.Key{Name: "memory-above-90"}}, "Takes", []v1alpha1.SilencedRule{
			{Rule: "memory-above-90", Without: "WouldBreak", Says: "memory would be 94% (memory > 90%) with 86% measured, 0% in flight and 8% of this pod, for which 4% is left"}}},
		"a rule that knows nothing": {"silent", rules.Silence{Rule: rules.Key{Name: "hot"}, Node: "silent"}, "Takes", []v1alpha1.SilencedRule{
			{Rule: "hot", Without: "Unknown", Says: "heat is unknown: the source has no value for this node; cpu is unknown: the source has no value for this node"}}},
		"a rule beside one that fires": {"warm", rules.Silence{Rule: rules.Key{Name: "memory-above-90"}}, "Broke", []v1alpha1.SilencedRule{{Rule: "memory-above-90", Without: "Takes"}}},
		"a rule of other pods":         {"full", rules.Silence{Rule: rules.Key{Name: "nothing-else-runs"}}, "Broke", nil},
		"a node elsewhere":             {"full", rules.Silence{Node: "idle"}, "Broke", nil},
	} {
		said := saidOf(t, newWorld(t, rules.Pause{Silences: []rules.Silence{tc.silence}}), "POST /pods?nodes=all", manifest)
		sum, listed := 0, 0
		for _, g := range said.Groups {
			sum += g.Silenced
		}
		for _, n := range said.Nodes {
			if n.Silenced != nil {
				listed++
			}
			if n.Node != tc.node {
				continue
			}
			if diff := cmp.Diff(tc.want, n.Silenced); diff != "" || n.Verdict != tc.verdict {
				t.Errorf("%s: the verdict is %s (-want +got):\n%s", sentence, n.Verdict, diff)
			}
		}
		if sum != listed {
			t.Errorf("%s: the groups count %d, and %d nodes say so", sentence, sum, listed)
		}
	}
}
