package inflight

import (
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
)

func TestAnAnnotationThatSaysMuchTooLittleIsToldOnceAnOwner(t *testing.T) {
	for name, c := range map[string]struct {
		says string
		age  int
		uses float64
		want int
	}{
		"twice as much":                     {"memory=1Gi", 300, 2, 1},
		"less than twice":                   {"memory=1Gi", 300, 1.9, 0},
		"one that may still grow":           {"memory=1Gi", 100, 3, 0},
		"twice, though by little":           {"memory=10Mi", 300, 0.05, 0},
		"an annotation that cannot be read": {"memory=lots", 300, 3, 0},
		"much cpu":                          {"cpu=100m", 300, 1, 1},
	} {
		w := newWorld(t)
		w.tick()
		for _, pod := range []string{"p", "q"} {
			w.pods = append(w.pods, podOf(pod, c.says, c.age))
		}
		w.measure(noon, map[string]float64{"p": c.uses, "q": c.uses})
		got := w.heard()
		if len(got) != c.want || len(got) > 0 && !strings.HasPrefix(got[0], ReasonTooLow+": the annotation telemetry-scheduler.io/estimate says "+c.says+", and use of ") {
			t.Errorf("%s: told is %q", name, got)
		}
		w.measure(noon, map[string]float64{"p": c.uses, "q": c.uses})
		if again := w.heard(); again != nil {
			t.Errorf("%s: told again: %q", name, again)
		}
		if low := w.Estimate(podOf("r", c.says, 0)).TooLow; (low != "") != (c.want > 0) {
			t.Errorf("%s: of a sibling it says %q", name, low)
		}
	}
}

// podOf is one of a Deployment's pods, which began so many seconds ago.
func podOf(name, says string, age int) *v1.Pod {
	return pod(name, on("a"), ownedBy("o"), annotated(says), running(after(-age)))
}
