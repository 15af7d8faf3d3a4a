package inflight

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
)

// heard returns the faults that nobody was told of, as reason and text.
func (w *world) heard() (out []string) {
	for _, f := range w.Faults(10) {
		out = append(out, f.Reason+": "+f.Text)
	}
	slices.Sort(out)
	return out
}

func TestFaultsOfPodsThatOthersBoundAreToldOnce(t *testing.T) {
	bad, absurd := annotated("memory=lots"), annotated("cpu=3,memory=9Gi")
	rejected := `TelemetryEstimateRejected: the annotation telemetry-scheduler.io/estimate is not used: "lots" is no quantity; write it like 500m or 2Gi`
	tooLarge := "TelemetryEstimateTooLarge: the memory estimate of 9Gi from the pod's annotation is more than the 8Gi that node b has for pods; the pod counts with no more than it requests"
	both := "TelemetryEstimateTooLarge: the cpu estimate of 5 from the pod's annotation is more than the 4, and the memory estimate of 9Gi from the pod's annotation is more than the 8Gi that node b has for pods; the pod counts with no more than it requests"
	empty := `TelemetryEstimateRejected: the annotation telemetry-scheduler.io/estimate is not used: "" is not of the form cpu=500m or memory=2Gi`
	for name, c := range map[string]struct {
		happens func(*world)
		want    []string
	}{
		"a pod with an estimate that can be read":       {func(w *world) { w.see(pod("p", on("b"), annotated("memory=2Gi"))) }, nil},
		"a pod without one":                             {func(w *world) { w.see(pod("p", on("b"))) }, nil},
		"one that cannot be read":                       {func(w *world) { w.see(pod("p", on("b"), bad)) }, []string{rejected}},
		"an empty one":                                  {func(w *world) { w.see(pod("p", on("b"), annotated(""))) }, []string{empty}},
		"one that the node cannot hold":                 {func(w *world) { w.see(pod("p", on("b"), absurd)) }, []string{tooLarge}},
		"one of which the node can hold neither":        {func(w *world) { w.see(pod("p", on("b"), annotated("cpu=5,memory=9Gi"))) }, []string{both}},
		"on a node of which nothing is known":           {func(w *world) { w.see(pod("p", on("a"), absurd)) }, nil},
		"a pod that is shown again, and starts":         {func(w *world) { w.see(pod("p", on("b"), bad)); w.see(pod("p", on("b"), bad, running(noon))) }, []string{rejected}},
		"one that was told before":                      {func(w *world) { w.see(pod("p", on("b"), bad)); w.heard(); w.see(pod("p", on("b"), bad, running(noon))) }, nil},
		"one that is mended in time":                    {func(w *world) { w.see(pod("p", on("b"), bad)); w.see(pod("p", on("b"), annotated("memory=2Gi"))) }, nil},
		"one that is spoiled later":                     {func(w *world) { w.see(pod("p", on("b"))); w.see(pod("p", on("b"), bad)) }, []string{rejected}},
		"a pod that is gone in time":                    {func(w *world) { w.see(pod("p", on("b"), bad)); w.Forget("uid-p") }, nil},
		"a pod that ran for long":                       {func(w *world) { w.see(pod("p", on("b"), bad, running(after(-3600)))) }, nil},
		"a pod that has no node":                        {func(w *world) { w.see(pod("p", bad)) }, nil},
		"a pod that ended":                              {func(w *world) { w.see(pod("p", on("b"), bad, inPhase(v1.PodFailed))) }, nil},
		"one that the scheduler judged, and told":       {func(w *world) { w.Reserve(pod("p", bad), "b", Units{Pods: 1}); w.see(pod("p", on("b"), bad)) }, nil},
		"one that was bound elsewhere than it was told": {func(w *world) { w.Reserve(pod("p", bad), "b", Units{Pods: 1}); w.see(pod("p", on("a"), bad)) }, nil},
	} {
		w := newWorld(t)
		w.tick()
		c.happens(w)
		if diff := cmp.Diff(c.want, w.heard()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got := w.heard(); got != nil {
			t.Errorf("%s: told again: %v", name, got)
		}
	}
}

func TestFaultsAreToldInPartsAndGoWithTheirPods(t *testing.T) {
	w := newWorld(t)
	w.tick()
	for i := range 25 {
		w.see(pod(fmt.Sprint(i), on("a"), annotated("memory=lots"), running(noon)))
	}
	if first, second, third := len(w.Faults(10)), len(w.Faults(10)), len(w.Faults(10)); first != 10 || second != 10 || third != 5 {
		t.Errorf("told are %d, %d and %d", first, second, third)
	}
	w.see(pod("last", on("a"), annotated("memory=lots"), running(noon)))
	w.now = after(700)
	w.tick()
	if got := w.heard(); got != nil {
		t.Errorf("of a pod that every metric has seen one tells %v", got)
	}
}
