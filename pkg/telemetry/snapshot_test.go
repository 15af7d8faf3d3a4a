package telemetry

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	now    = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	before = now.Add(-15 * time.Second)
	onA    = Key{UsedMemory, "a"}
)

// said is all that Sample returns.
type said struct {
	Value   float64
	At      time.Time
	Unknown string
}

type sampler interface {
	Sample(metric, node string) (float64, time.Time, string)
}

func ask(s sampler, metric, node string) said {
	value, at, unknown := s.Sample(metric, node)
	return said{value, at, unknown}
}

func sampled(value float64, at time.Time) *Reading {
	return &Reading{Samples: map[Key]Sample{onA: {Value: value, Time: at}}}
}

func TestASnapshotSaysTheNewestUsableValueOrWhyThereIsNone(t *testing.T) {
	known := (*Snapshot)(nil).With(sampled(1, before), before)
	problem := &Reading{Problems: map[Key]string{onA: "no counter"}}
	for sentence, tc := range map[string]struct {
		snapshot *Snapshot
		want     said
	}{
		"nothing was read":                              {nil, said{Unknown: "no telemetry was read yet"}},
		"the zero value knows nothing":                  {&Snapshot{}, said{Unknown: "no telemetry was read yet"}},
		"a value":                                       {known, said{1, before, ""}},
		"a newer value replaces it":                     {known.With(sampled(2, now), now), said{2, now, ""}},
		"the same time with another value replaces it":  {known.With(sampled(2, before), now), said{2, before, ""}},
		"an older value does not":                       {known.With(sampled(2, before.Add(-time.Second)), now), said{1, before, ""}},
		"an older value that cannot be trusted does":    {known.With(sampled(-2, before.Add(-time.Second)), now), said{Unknown: "the source says a negative use (-2)"}},
		"a source that is silent about the node":        {known.With(&Reading{}, now), said{Unknown: "the source has no value for this node"}},
		"a problem ends the value":                      {known.With(problem, now), said{Unknown: "no counter"}},
		"a value ends the problem":                      {known.With(problem, now).With(sampled(2, now), now), said{2, now, ""}},
		"a problem beside a value wins":                 {known.With(&Reading{Samples: sampled(1, now).Samples, Problems: problem.Problems}, now), said{Unknown: "no counter"}},
		"the value of a missed node stands":             {known.With(missed("down"), now), said{1, before, ""}},
		"and stands for as long as the node is missed":  {known.With(missed("down"), now).With(missed("down"), now), said{1, before, ""}},
		"the problem of a missed node does not":         {known.With(problem, now).With(missed("down"), now), said{Unknown: "down"}},
		"a missed node of which nothing was known":      {(*Snapshot)(nil).With(missed("down"), now), said{Unknown: "down"}},
		"a late value of a missed node is taken":        {known.With(&Reading{Samples: sampled(2, now).Samples, Missed: missed("slow").Missed}, now), said{2, now, ""}},
		"the value stands when the whole source fails":  {known.WithFault("source is down"), said{1, before, ""}},
		"a source that failed from the start":           {(*Snapshot)(nil).WithFault("source is down"), said{Unknown: "source is down"}},
		"a fault does not hide the problem of before":   {known.With(problem, now).WithFault("source is down"), said{Unknown: "no counter"}},
		"a reading ends the fault":                      {known.WithFault("source is down").With(&Reading{}, now), said{Unknown: "the source has no value for this node"}},
		"a fault after a reading with nothing in it":    {(&Snapshot{}).With(&Reading{}, now).WithFault("source is down"), said{Unknown: "source is down"}},
		"a reading with nothing in it is a reading too": {(&Snapshot{}).With(&Reading{}, now), said{Unknown: "the source has no value for this node"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, ask(tc.snapshot, UsedMemory, "a")); diff != "" {
				t.Errorf("sample (-want +got):\n%s", diff)
			}
		})
	}
}

func missed(why string) *Reading { return &Reading{Missed: map[string]string{"a": why}} }

func TestASnapshotNeverChanges(t *testing.T) {
	reading := &Reading{Samples: map[Key]Sample{onA: {Value: 1, Time: now}}, Missed: map[string]string{"b": "down"}}
	first := (*Snapshot)(nil).With(reading, now)
	first.With(sampled(2, now), now)
	first.With(missed("down"), now)
	first.WithFault("source is down")
	delete(reading.Missed, "b")
	if got, want := ask(first, UsedMemory, "a"), (said{1, now, ""}); got != want {
		t.Errorf("the value is %v, want %v", got, want)
	}
	if got := first.Stale(UsedMemory, "b"); got != "down" {
		t.Errorf("b is stale because %q", got)
	}
}

func TestStaleSaysWhyNothingNewerCame(t *testing.T) {
	known := (*Snapshot)(nil).With(sampled(1, before), before)
	for sentence, tc := range map[string]struct {
		snapshot *Snapshot
		want     string
	}{
		"nothing was read":            {nil, ""},
		"the node answered":           {known, ""},
		"the node was missed":         {known.With(missed("down"), now), "down"},
		"the whole source failed":     {known.With(missed("down"), now).WithFault("source is down"), "source is down"},
		"the node answered after all": {known.With(missed("down"), now).With(sampled(1, now), now), ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := tc.snapshot.Stale(UsedCPU, "a"); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAReadingChangesOnlyWhatItIsAbout(t *testing.T) {
	both := &Reading{
		Samples: map[Key]Sample{{"load", "a"}: {Value: 1, Time: before}, {"heat", "a"}: {Value: 10, Time: before}},
		Joins:   map[string]*JoinTable{"load": {Matched: 1}, "heat": {Matched: 1}},
	}
	load := func(value float64) *Reading {
		return &Reading{Metrics: []string{"load"}, Samples: map[Key]Sample{{"load", "a"}: {Value: value, Time: now}}}
	}
	failed := &Reading{Metrics: []string{"load"}, Faults: map[string]string{"load": "the query timed out"}}
	known := (*Snapshot)(nil).With(both, before)
	for sentence, tc := range map[string]struct {
		snapshot   *Snapshot
		load, heat said
		stale      string // of load on a
		fault      string // of load
	}{
		"the first reading":                        {known, said{1, before, ""}, said{10, before, ""}, "", ""},
		"a reading of one metric":                  {known.With(load(2), now), said{2, now, ""}, said{10, before, ""}, "", ""},
		"a metric that could not be read ages":     {known.With(failed, now), said{1, before, ""}, said{10, before, ""}, "the query timed out", "the query timed out"},
		"and is told until it can be read":         {known.With(failed, now).With(load(2), now), said{2, now, ""}, said{10, before, ""}, "", ""},
		"also while other metrics are read":        {known.With(failed, now).With(&Reading{Metrics: []string{"heat"}}, now), said{1, before, ""}, said{Unknown: noValue}, "the query timed out", "the query timed out"},
		"a metric that never could be read":        {(*Snapshot)(nil).With(failed, now), said{Unknown: "the query timed out"}, said{Unknown: noValue}, "the query timed out", "the query timed out"},
		"samples of a metric that failed are none": {known.With(&Reading{Samples: load(5).Samples, Faults: failed.Faults}, now), said{1, before, ""}, said{Unknown: noValue}, "the query timed out", "the query timed out"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := ask(tc.snapshot, "load", "a"); got != tc.load {
				t.Errorf("load is %v, want %v", got, tc.load)
			}
			if got := ask(tc.snapshot, "heat", "a"); got != tc.heat {
				t.Errorf("heat is %v, want %v", got, tc.heat)
			}
			if got := tc.snapshot.Stale("load", "a"); got != tc.stale {
				t.Errorf("load is stale because %q, want %q", got, tc.stale)
			}
			if got := tc.snapshot.Faults()["load"]; got != tc.fault {
				t.Errorf("load failed because %q, want %q", got, tc.fault)
			}
		})
	}
	half := known.Only(func(metric string) bool { return metric == "load" })
	if got := ask(half, "heat", "a"); got.Unknown != noValue || half.Joins()["heat"] != nil || ask(half, "load", "a").Value != 1 {
		t.Errorf("of a dropped metric %v is known, and of the kept one %v", got, ask(half, "load", "a"))
	}
	if got := ask(known, "load", "a"); got != (said{1, before, ""}) {
		t.Errorf("an older Snapshot changed: load is %v", got)
	}
	if known.With(load(2), now).Joins()["heat"] == nil || known.With(load(2), now).Joins()["load"] != nil {
		t.Error("the join tables must follow the readings of their metrics")
	}
}

func TestWhatCannotBeTrustedStopsAtTheDoor(t *testing.T) {
	for sentence, tc := range map[string]struct {
		metric string
		sample Sample
		want   string
	}{
		"a good value":                         {UsedCPU, Sample{Value: 1, Time: now}, ""},
		"zero is a value":                      {UsedCPU, Sample{Value: 0, Time: now}, ""},
		"an old value is for rules to judge":   {UsedCPU, Sample{Value: 1, Time: now.AddDate(-1, 0, 0)}, ""},
		"clocks may differ a little":           {UsedCPU, Sample{Value: 1, Time: now.Add(10 * time.Second)}, ""},
		"but no more than that":                {UsedCPU, Sample{Value: 1, Time: now.Add(11 * time.Second)}, "the value is stamped 11s in the future: the clock of its node or ours is wrong"},
		"NaN":                                  {UsedCPU, Sample{Value: math.NaN(), Time: now}, "the source says NaN, which is no number"},
		"infinity":                             {UsedMemory, Sample{Value: math.Inf(1), Time: now}, "the source says infinity"},
		"negative infinity":                    {"temperature", Sample{Value: math.Inf(-1), Time: now}, "the source says infinity"},
		"negative use":                         {UsedMemory, Sample{Value: -1, Time: now}, "the source says a negative use (-1)"},
		"a query may be negative":              {"temperature", Sample{Value: -1, Time: now}, ""},
		"a value that nobody says the time of": {UsedCPU, Sample{Value: 1}, "the source does not say when the value was measured"},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := (*Snapshot)(nil).With(&Reading{Samples: map[Key]Sample{{tc.metric, "a"}: tc.sample}}, now)
			if _, _, got := s.Sample(tc.metric, "a"); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestOneBadNodeLeavesTheOthersAlone(t *testing.T) {
	s := (*Snapshot)(nil).With(&Reading{Samples: map[Key]Sample{
		onA:               {Value: math.NaN(), Time: now},
		{UsedMemory, "b"}: {Value: 5, Time: now},
	}}, now)
	if got, want := ask(s, UsedMemory, "b"), (said{5, now, ""}); got != want {
		t.Errorf("the value of b is %v, want %v", got, want)
	}
}

func TestTheUseOfAPodIsCheckedAtTheDoor(t *testing.T) {
	for sentence, tc := range map[string]struct {
		use  PodUse
		want string
	}{
		"good use":          {PodUse{CPU: 1, Memory: 1, Time: now}, ""},
		"negative CPU":      {PodUse{CPU: -1, Memory: 1, Time: now}, "negative use"},
		"memory is NaN":     {PodUse{CPU: 1, Memory: math.NaN(), Time: now}, "NaN"},
		"without a time":    {PodUse{CPU: 1, Memory: 1}, "does not say when"},
		"far in the future": {PodUse{CPU: 1, Memory: 1, Time: now.Add(time.Hour)}, "1h0m0s in the future"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := tc.use.Refuse(now)
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q in it", got, tc.want)
			}
		})
	}
}
