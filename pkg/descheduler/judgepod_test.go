package descheduler

import (
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestAPodOfACalmNodeIsJudged(t *testing.T) {
	key := rules.Key{Name: "memory-above-90"}
	for sentence, tc := range map[string]struct {
		change        func(*v1.Pod)
		runs          bool
		refusal, rule plan.Reason
	}{
		"a plain one": {func(*v1.Pod) {}, true, "", ""},
		"one with a claim": {func(p *v1.Pod) {
			p.Spec.Volumes = []v1.Volume{{VolumeSource: v1.VolumeSource{PersistentVolumeClaim: &v1.PersistentVolumeClaimVolumeSource{}}}}
		}, true, "", plan.PersistentVolume},
		"one without a controller": {func(p *v1.Pod) { p.OwnerReferences = nil }, true, plan.Bare, ""},
		"one that has ended":       {func(p *v1.Pod) { p.Status.Phase = v1.PodSucceeded }, false, "", ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			inTown(t, func(w *town) {
				w.want("who judges before the first round", w.Report() == nil, true)
				w.used["hot"] = 10
				w.during(10 * time.Second)
				w.want("nodes in trouble", len(w.Report().Pairs), 0)
				pod := w.newPod("c", "a", "cool", 1)
				tc.change(pod)
				got, runs := w.Report().Judge(time.Now(), pod)
				why, governed := got.Governed[key]
				w.want("the judgement", []any{runs, got.Refusal, why, governed}, []any{tc.runs, tc.refusal, tc.rule, tc.runs})
			})
		})
	}
}

func TestWithoutRulesThatEvictNobodyJudgesPods(t *testing.T) {
	inTown(t, func(w *town) {
		w.during(10 * time.Second)
		w.want("nobody judges", w.Report().Judge == nil, true)
	}, func(w *town) { w.set = rulesWith(t, nil) })
}
