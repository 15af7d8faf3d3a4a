package inflight

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAnAnnotationIsBelieved(t *testing.T) {
	for text, want := range map[string]Units{
		"cpu=500m,memory=2Gi":    {500, 2 * gib, 1},
		" memory = 2Gi , cpu=2 ": {2000, 2 * gib, 1},
		"memory=2Gi":             {100, 2 * gib, 1},
		"cpu=0":                  {0, gib, 1},
	} {
		e := newWorld(t).Estimate(pod("p", annotated(text)))
		if e.Units != want || e.Mistake != "" {
			t.Errorf("%q is %+v", text, e)
		}
	}
}

func TestAnAbsurdAnnotationIsTold(t *testing.T) {
	for text, want := range map[string]string{
		"":                       `"" is not of the form cpu=500m or memory=2Gi`,
		"2Gi":                    `"2Gi" is not of the form`,
		"memory=lots":            `"lots" is no quantity`,
		"memory=-1Gi":            "memory=-1Gi is negative",
		"memory=100m":            "memory=100m is a fraction of a byte; write it like 500Mi",
		"cpu=1,cpu=2":            "cpu is given twice",
		"disk=1Gi":               `"disk" is no resource that can be estimated`,
		"memory=2Pi":             "memory=2Pi is more than any machine has",
		"memory=99999999999999E": "memory=99999999999999E is more than any machine has",
		"cpu=500m,memory=x":      `"x" is no quantity`,
	} {
		e := newWorld(t).Estimate(pod("p", annotated(text)))
		if !strings.Contains(e.Mistake, want) || e.Units != (Units{100, gib, 1}) {
			t.Errorf("%q is %+v, want %q", text, e, want)
		}
	}
}

func TestAMistakeFitsIntoAnEventHoweverLongTheAnnotationIs(t *testing.T) {
	for what, text := range map[string]string{
		"a form":     strings.Repeat("é", 100_000),
		"a quantity": "cpu=" + strings.Repeat("x", 200_000),
		"a number":   "cpu=1." + strings.Repeat("7", 200_000) + "Ei",
		"a name":     strings.Repeat("x", 200_000) + "=1",
		"its escape": strings.Repeat("\x00", 200_000),
	} {
		if e := newWorld(t).Estimate(pod("p", annotated(text))); e.Mistake == "" || len(e.Mistake) > 1024 {
			t.Errorf("what is said of %s has %d bytes", what, len(e.Mistake))
		}
	}
}

func TestSiblingsTeach(t *testing.T) {
	young, old := running(after(-60)), running(after(-600))
	for name, c := range map[string]struct {
		uses map[string]float64 // of old-… and young-… siblings, in GiB
		want float64
		from Origin
	}{
		"none":                                   {nil, 1, FromRequests},
		"one that had time to grow":              {map[string]float64{"old-1": 3}, 3, FromSiblings},
		"requests that were three times too low": {map[string]float64{"young-1": 3}, 3, FromSiblings},
		"a young one says nothing of less":       {map[string]float64{"young-1": 0.3}, 1, FromRequests},
		"an old one does":                        {map[string]float64{"old-1": 0.25}, 0.25, FromSiblings},
		"old ones speak for all":                 {map[string]float64{"old-1": 0.5, "young-1": 4}, 0.5, FromSiblings},
		"of three the greatest":                  {map[string]float64{"old-1": 1, "old-2": 2, "old-3": 4}, 4, FromSiblings},
		"of four one may run away":               {map[string]float64{"old-1": 1, "old-2": 2, "old-3": 2.5, "old-4": 40}, 2.5, FromSiblings},
	} {
		w := newWorld(t)
		for i := range 4 {
			w.see(pod(fmt.Sprintf("old-%d", i+1), on("a"), ownedBy("o"), old))
			w.see(pod(fmt.Sprintf("young-%d", i+1), on("a"), ownedBy("o"), young))
		}
		w.measure(noon, c.uses)
		e := w.Estimate(pod("p", ownedBy("o")))
		if got := float64(e.Bytes) / gib; got != c.want || e.Memory != c.from {
			t.Errorf("%s: %v GiB from %s, want %v from %s", name, got, e.Memory, c.want, c.from)
		}
		if other := w.Estimate(pod("p", ownedBy("other"))); other.Bytes != gib {
			t.Errorf("%s: another owner's pod is estimated at %d", name, other.Bytes)
		}
	}
}

func TestWhatWasMeasuredBeforeAPodIsNotItsOwn(t *testing.T) {
	w := newWorld(t)
	w.see(pod("p", on("a"), ownedBy("o"), running(after(-10))))
	w.measure(after(-20), map[string]float64{"p": 9})
	if e := w.Estimate(pod("q", ownedBy("o"))); e.Memory != FromRequests {
		t.Errorf("an earlier pod of that name taught %+v", e)
	}
}

func TestAnnotationsComeBeforeSiblings(t *testing.T) {
	w := newWorld(t)
	w.see(pod("old", on("a"), ownedBy("o"), running(after(-600))))
	w.measure(noon, map[string]float64{"old": 3})
	e := w.Estimate(pod("p", ownedBy("o"), annotated("memory=2Gi"), ownedBy("o")))
	if e.Bytes != 2*gib || e.Memory != FromAnnotation || e.MilliCPU != 500 || e.CPU != FromSiblings {
		t.Errorf("the estimate is %+v", e)
	}
}

func TestYoungSiblingsOnlyRaiseWhatTheirEldersTaught(t *testing.T) {
	for name, c := range map[string]struct {
		elders, young float64
		at            int // seconds after the elders were measured
		want          float64
	}{
		"less, a minute later":     {3, 0.25, 60, 3},
		"more, a minute later":     {3, 4, 60, 4},
		"less than was requested":  {0.5, 0.25, 60, 0.5},
		"less, after all too long": {3, 0.25, 3601, 1},
	} {
		w := newWorld(t)
		w.see(pod("old", on("a"), ownedBy("o"), running(after(-600))))
		w.measure(noon, map[string]float64{"old": c.elders})
		w.Forget("uid-old")
		w.pods, w.now = nil, after(c.at)
		w.see(pod("young", on("a"), ownedBy("o"), running(after(c.at-30))))
		w.measure(w.now, map[string]float64{"young": c.young})
		if got := float64(w.Estimate(pod("p", ownedBy("o"))).Bytes) / gib; got != c.want {
			t.Errorf("%s: %v GiB, want %v", name, got, c.want)
		}
	}
}

func TestOldLessonsAreNotHeard(t *testing.T) {
	for name, c := range map[string]struct {
		at   time.Time
		want float64
	}{
		"half an hour":        {noon.Add(-rememberedFor / 2), 0.25},
		"a month":             {noon.Add(-30 * 24 * time.Hour), 1},
		"of a clock's future": {noon.Add(time.Minute), 0.25},
	} {
		w := newWorld(t)
		w.Remember(map[Owner]Lesson{"o": {Use: Units{Bytes: gib / 4}, Settled: true, At: c.at}})
		w.tick()
		if got := float64(w.Estimate(pod("p", ownedBy("o"))).Bytes) / gib; got != c.want {
			t.Errorf("%s: %v GiB, want %v", name, got, c.want)
		}
	}
}

func TestWithoutTrustAnnotationsOnlyRaise(t *testing.T) {
	for text, want := range map[string]Estimate{
		"cpu=0,memory=0":     {Units: Units{500, 3 * gib, 1}, CPU: FromSiblings, Memory: FromSiblings},
		"cpu=2,memory=2Gi":   {Units: Units{2000, 3 * gib, 1}, CPU: FromAnnotation, Memory: FromSiblings},
		"cpu=0.1,memory=4Gi": {Units: Units{500, 4 * gib, 1}, CPU: FromSiblings, Memory: FromAnnotation},
	} {
		w := newWorld(t)
		w.wary = true
		w.see(pod("old", on("a"), ownedBy("o"), running(after(-600))))
		w.measure(noon, map[string]float64{"old": 3})
		if e := w.Estimate(pod("p", ownedBy("o"), annotated(text))); e != want {
			t.Errorf("%s is %+v, want %+v", text, e, want)
		}
	}
}

func TestLessonsAreForgottenAndBounded(t *testing.T) {
	l := lessons{}
	l.learn(map[Owner][]sibling{"old": {{at: after(0)}}, "new": {{at: after(1800)}}}, after(1800))
	l.learn(nil, after(0).Add(rememberedFor+time.Second))
	if _, found := l["old"]; found || len(l) != 1 {
		t.Errorf("remembered: %v", l)
	}
	many := map[Owner][]sibling{}
	for i := range mostOwners + 5 {
		many[Owner(fmt.Sprint(i))] = []sibling{{at: after(1800).Add(time.Duration(i) * time.Millisecond)}}
	}
	l.learn(many, after(2000))
	if _, found := l["0"]; found || len(l) != mostOwners {
		t.Errorf("%d owners are remembered", len(l))
	}
}

func TestManyPodsInFlightAreRevisedAtOnceAndBySteps(t *testing.T) {
	w := newWorld(t)
	w.see(pod("old", on("a"), ownedBy("o"), running(after(-600))))
	for i := range 2*batch + 1 {
		w.Reserve(pod(fmt.Sprint(i), ownedBy("o")), "a", Units{MilliCPU: 200, Bytes: 2 * gib, Pods: 1})
	}
	done := make(chan struct{})
	go func() { // others go on meanwhile
		defer close(done)
		for i := range 100 {
			w.Unreserve(pod(fmt.Sprint(i)))
			w.Reserve(pod("new", ownedBy("o")), "a", Units{MilliCPU: 200, Bytes: 3 * gib, Pods: 1})
		}
	}()
	w.measure(noon, map[string]float64{"old": 3})
	<-done
	taken := w.tick()["a"]
	for _, f := range taken {
		if f.Estimate.Memory != 3*gib && f.Began.IsZero() {
			t.Fatalf("a pod counts with %v GiB", f.Estimate.Memory/gib)
		}
	}
	if len(taken) != 2*batch+1-100+2 { // with the old and the new one
		t.Errorf("%d pods are in flight", len(taken))
	}
}

func TestLessonsSurvive(t *testing.T) {
	w := newWorld(t)
	w.see(pod("old", on("a"), ownedBy("o"), running(after(-600))))
	w.measure(noon, map[string]float64{"old": 3})
	next := newWorld(t)
	next.Remember(w.Lessons())
	if e := next.Estimate(pod("p", ownedBy("o"))); e.Bytes != 3*gib {
		t.Errorf("the next run estimates %+v", e)
	}
}

func TestTheNewerOfTwoLessonsIsRemembered(t *testing.T) {
	lesson := func(memory int64, at time.Time) map[Owner]Lesson {
		return map[Owner]Lesson{"o": {Use: Units{MilliCPU: 100, Bytes: memory * gib}, Settled: true, At: at}}
	}
	for name, c := range map[string]struct {
		at   time.Time
		want float64
	}{
		"what is stored is newer": {after(-60), 5},
		"what is stored is older": {after(-600), 3},
	} {
		w := newWorld(t)
		w.Remember(lesson(3, after(-300)))
		w.see(pod("p", on("a"), ownedBy("o")))
		w.Remember(lesson(5, c.at))
		if got := w.tick()["a"][0].Estimate.Memory / gib; got != c.want {
			t.Errorf("%s: a pod in flight counts with %v GiB, want %v", name, got, c.want)
		}
	}
}

func TestUnmeasuredPodsAreKnown(t *testing.T) {
	w := newWorld(t)
	w.tick()
	w.see(pod("starting", on("a")))
	w.see(pod("young", on("a"), running(after(-30))))
	for name, c := range map[string]struct {
		from, to int
		want     bool
	}{
		"a pod that began 30 s ago, before that":         {-120, -40, false},
		"a pod that began 30 s ago, about that time":     {-120, -10, true},
		"a pod that began 30 s ago, after that":          {-20, -10, false},
		"a pod that has not begun, however far one asks": {-10_000, -40, false},
	} {
		if got := w.Unmeasured(after(c.from), after(c.to)); got != c.want {
			t.Errorf("%s: unmeasured is %v", name, got)
		}
	}
	w.measure(noon, map[string]float64{"young": 1})
	if w.Unmeasured(after(-120), noon) {
		t.Error("a measured pod counts as unmeasured")
	}
}

func TestAMeasuredPodIsSeen(t *testing.T) {
	w := newWorld(t)
	w.tick()
	w.Measurable(w.now)
	w.see(pod("p", on("a"), running(after(-30))))
	w.measure(noon, map[string]float64{"p": 0.5})
	f := w.tick()["a"][0]
	if !f.Measurable || f.Used.Memory != 0.5*gib || !f.Measured.Equal(noon) {
		t.Errorf("the flight is %+v", f)
	}
}
