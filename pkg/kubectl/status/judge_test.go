package status

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// well is a report of which nothing needs attention.
func well() *Report {
	return &Report{
		At: noon, Answers: true, namespace: "ours", Board: &v1alpha1.Board{At: noon.Add(-time.Second), Nodes: 3}, Pause: new(v1alpha1.Pause), texts: new(v1alpha1.KeyList),
		Leader:  &Leader{Identity: "one_1", Since: noon.Add(-time.Hour), Renewed: noon.Add(-2 * time.Second), LeaseSeconds: 15},
		Sources: []v1alpha1.Source{{Name: "prom", Up: true, Metrics: []v1alpha1.SourceMetric{{Name: "heat", Join: &v1alpha1.Join{Matched: 3}}}}},
		Rules:   []v1alpha1.Rule{{Name: "hot", Origin: v1alpha1.Origin{File: "ns/rules/a.yaml", Line: 4, Column: 3}, Counts: v1alpha1.Counts{Firing: 2, Unknown: 1}}},
	}
}

func TestWhatNeedsAttention(t *testing.T) {
	for sentence, tc := range map[string]struct {
		change             func(*Report)
		attention, remarks []Note
	}{
		"rules that fire do not": {func(*Report) {}, nil, nil},
		"a source that fails": {func(r *Report) {
			r.Sources[0] = v1alpha1.Source{Name: "prom", Fault: "source prom: it answers 503", FailingSince: noon.Add(-20 * time.Minute), Metrics: r.Sources[0].Metrics}
		}, []Note{{"source prom", "it has failed for 20m: it answers 503", ""}}, nil},
		"a source that was never read":          {func(r *Report) { r.Sources[0].Up = false }, []Note{{"source prom", "it has not been read yet", ""}}, nil},
		"a clock that is ahead is good to know": {func(r *Report) { r.Sources[0].Notes = []string{"its clock is ahead"} }, nil, []Note{{"source prom", "its clock is ahead", ""}}},
		"a metric that cannot be read":          {func(r *Report) { r.Sources[0].Metrics[0].Fault = "it is no PromQL" }, []Note{{"metric heat", "it is no PromQL", ""}}, nil},
		"series that are of no node": {func(r *Report) {
			r.Sources[0].Metrics[0].Join = &v1alpha1.Join{Foreign: v1alpha1.Named{Count: 2, First: []string{"10.0.0.9"}}}
		}, []Note{{"metric heat", "no series of source prom found a node, such as 10.0.0.9", "kubectl telemetry lint -n ours --live"}}, nil},
		"nodes with several series": {func(r *Report) {
			r.Sources[0].Metrics[0].Join.Ambiguous = v1alpha1.Named{Count: 2, First: []string{"a"}}
		}, []Note{{"metric heat", "2 nodes have several series that nothing combines, such as a", "combine them in the query"}}, nil},
		"a broken text whose former one is used": {func(r *Report) { r.texts.Items = []v1alpha1.Key{broken("last-good")} }, []Note{{"ns/rules/a.yaml:3:5", "it is wrong; the last good text is in force", "mend it"}}, nil},
		"a broken text without a former one":     {func(r *Report) { r.texts.Items = []v1alpha1.Key{broken("none")} }, []Note{{"ns/rules/a.yaml:3:5", "it is wrong; nothing of this text is in force", "mend it"}}, nil},
		"a warning is good to know": {func(r *Report) {
			key := broken("current")
			key.Mistakes[0].Warning = true
			r.texts.Items = []v1alpha1.Key{key}
		}, nil, []Note{{"ns/rules/a.yaml:3:5", "it is wrong", "mend it"}}},
		"a mistake of no line": {func(r *Report) { r.texts.Unread = []v1alpha1.Mistake{{File: "ns/rules", Message: "it is wrong"}} }, []Note{{"ns/rules", "it is wrong", ""}}, nil},
		"the stop button": {func(r *Report) {
			r.Pause = &v1alpha1.Pause{Block: true, Until: noon.Add(time.Hour), By: "ann", Why: "new fans"}
		}, []Note{{"stop button", "it is pressed, and no rule keeps a pod off until 2026-03-01T13:00:00Z, by ann: new fans", ""}}, nil},
		"that of evictions alone":   {func(r *Report) { r.Pause.Evict = true }, []Note{{"stop button", "it is pressed, and no pod may be evicted", ""}}, nil},
		"a mistake of the button":   {func(r *Report) { r.Pause.Mistakes = []v1alpha1.Mistake{{File: "ns/pause", Message: "it is wrong"}} }, []Note{{"ns/pause", "it is wrong", ""}}, nil},
		"a silence is good to know": {func(r *Report) { r.Pause.Silences = []v1alpha1.Silence{{Node: "n"}} }, nil, []Note{{"silence", "every rule on node n does nothing", ""}}},
		"most nodes are unknown":    {func(r *Report) { r.Rules[0].SourceFault = true }, []Note{{"rule hot", "1 of its nodes are unknown, which is over half: the fault is the source's, and onUnknown Block does not act", ""}}, nil},
		"rules that rest": {func(r *Report) {
			r.Rules[0].Paused = true
			r.Rules = append(r.Rules, r.Rules[0])
			r.Rules[1].Name = "cold"
		}, nil, []Note{{"ConfigMap ns/rules", "its annotation telemetry-scheduler.io/paused lets its rules rest: hot, cold", ""}}},
		"an annotation that does not pause": {func(r *Report) {
			r.Pause.Mistakes = []v1alpha1.Mistake{{File: "ns/rules", Message: "only the word true pauses", Mend: "write it"}}
		}, []Note{{"ns/rules", "only the word true pauses", "write it"}}, nil},
		"a cluster without nodes": {func(r *Report) { r.Board.Nodes = 0 }, nil, []Note{{"nodes", "there are none, so that nothing is judged", ""}}},
		"a leader that evaluates no more": {func(r *Report) { r.Board.At = noon.Add(-20 * time.Minute) },
			[]Note{{"rules", "they were last evaluated 19m before the leader's newest sign of life", "read the leader's log"}}, nil},
		"a clock of the reader that is ahead does not": {func(r *Report) { r.At = noon.Add(time.Hour) }, nil, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			r := well()
			tc.change(r)
			r.judge()
			r.judgeLease("lease")
			if diff := cmp.Diff(tc.attention, r.Attention); diff != "" {
				t.Errorf("attention (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.remarks, r.Remarks); diff != "" {
				t.Errorf("remarks (-want +got):\n%s", diff)
			}
		})
	}
}

// broken is a text with one mistake.
func broken(inForce string) v1alpha1.Key {
	return v1alpha1.Key{Namespace: "ns", ConfigMap: "rules", Key: "a.yaml", InForce: inForce, Mistakes: []v1alpha1.Mistake{
		{File: "ns/rules/a.yaml", Line: 3, Column: 5, Message: "it is wrong", Mend: "mend it"},
	}}
}

func TestALeaseThatNobodyHolds(t *testing.T) {
	for sentence, tc := range map[string]struct {
		leader Leader
		want   []Note
	}{
		"it was given back":     {Leader{Renewed: noon.Add(-20 * time.Minute), LeaseSeconds: 1}, []Note{{"lease", "nobody leads: it was given back 20m ago", ""}}},
		"it was not renewed":    {Leader{Identity: "one_1", Renewed: noon.Add(-20 * time.Minute), LeaseSeconds: 15}, []Note{{"lease", "nobody leads: one_1 renewed it 20m ago, and it is good for 15s", ""}}},
		"it was renewed":        {Leader{Identity: "one_1", Renewed: noon.Add(-10 * time.Second), LeaseSeconds: 15}, nil},
		"nobody says when that": {Leader{Identity: "one_1"}, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			r := &Report{At: noon, Leader: &tc.leader}
			r.judgeLease("lease")
			if diff := cmp.Diff(tc.want, r.Attention); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
