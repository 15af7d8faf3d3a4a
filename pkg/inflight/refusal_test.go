package inflight

import "testing"

func TestAnEstimateThatWasSetAsideStaysSo(t *testing.T) {
	absurd := pod("p", annotated("cpu=100k,memory=1Pi"), ownedBy("o"))
	requests := Units{MilliCPU: 100, Bytes: gib, Pods: 1}
	for name, c := range map[string]struct {
		happens func(*world)
		node    string
		want    Units
	}{
		"when it is reserved": {func(w *world) { w.Reserve(absurd, "a", requests) }, "a", requests},
		"when it is bound": {func(w *world) {
			w.Reserve(absurd, "a", requests)
			w.see(pod("p", annotated("cpu=100k,memory=1Pi"), on("a")))
		}, "a", requests},
		"when it is bound elsewhere": {func(w *world) {
			w.Reserve(absurd, "a", requests)
			w.see(pod("p", annotated("cpu=100k,memory=1Pi"), on("c")))
		}, "c", requests},
		"when siblings are measured": {func(w *world) {
			w.see(pod("old", on("a"), ownedBy("o"), running(after(-3600))))
			w.Reserve(absurd, "a", requests)
			w.measure(noon, map[string]float64{"old": 7})
		}, "a", requests},
		"of one resource alone": {func(w *world) {
			w.Reserve(pod("p", annotated("cpu=2,memory=1Pi")), "a", Units{MilliCPU: 2000, Bytes: gib, Pods: 1})
			w.see(pod("p", annotated("cpu=2,memory=1Pi"), on("a")))
		}, "a", Units{MilliCPU: 2000, Bytes: gib, Pods: 1}},
		"where the node could not hold it": {func(w *world) { w.see(pod("p", annotated("cpu=3,memory=9Gi"), on("b"))) }, "b",
			Units{MilliCPU: 3000, Bytes: gib, Pods: 1}},
		"where the node could not hold it and no rule governs it": {func(w *world) { w.Reserve(absurd, "b", w.Estimate(absurd).Units) }, "b", requests},
		"but not where it was believed": {func(w *world) {
			w.Reserve(pod("p", annotated("memory=5Gi")), "b", Units{MilliCPU: 100, Bytes: 5 * gib, Pods: 1})
			w.see(pod("p", annotated("memory=5Gi"), on("b")))
		}, "b", Units{MilliCPU: 100, Bytes: 5 * gib, Pods: 1}},
	} {
		w := newWorld(t)
		w.tick()
		c.happens(w)
		if got, _ := w.Pod("uid-p", w.now); got.Units != c.want || got.Node != c.node {
			t.Errorf("%s: it came to %s with %+v, want %s with %+v", name, got.Node, got.Units, c.node, c.want)
		}
		if got := w.tick()[c.node][0].Estimate; got != c.want.Amounts() {
			t.Errorf("%s: the Board counts %+v, want %+v", name, got, c.want.Amounts())
		}
	}
}
