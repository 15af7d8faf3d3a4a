package api

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/report"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// enforced are the operator's arguments: pods may be moved until 13:00.
func enforced(t testing.TB) *args.Eviction {
	t.Helper()
	said, mistakes := args.Parse([]byte("eviction: {mode: Enforce, windows: [{schedule: 0 11 * * *, duration: 2h}]}"), args.Options{SourceTypes: args.Types()})
	if said == nil {
		t.Fatal(mistakes)
	}
	return &said.Eviction
}

// mover is a loop that told something.
type mover struct{ told *report.Report }

// Report implements Descheduler.
func (m *mover) Report() *report.Report { return m.told }

var (
	byMemory = rules.Key{Name: "memory-above-90"}
	byTeam   = rules.Key{Namespace: "team-a", Name: "quiet"}
	shopPod  = func(name, node string) *plan.Pod {
		return &plan.Pod{Namespace: "shop", Name: name, UID: "uid-of-" + name, Node: node, Owner: "uid-of-shop", OwnerKind: "Deployment", OwnerName: "shop"}
	}
	eviction90 = memory.Record{
		At: noon.Add(-10 * time.Minute), Rules: []rules.Key{byMemory}, Sentences: []string{"memory is 97% (memory > 90%)"}, Age: 4 * time.Second,
		Namespace: "shop", Pod: "shop-7d-x", UID: "uid-1", Owner: "uid-of-shop", OwnerKind: "Deployment", OwnerName: "shop", From: "full", Home: "idle", Landed: "idle",
		Resource: "memory", Predicted: 8 << 30, Observed: 7.5 * (1 << 30), Left: noon.Add(-9 * time.Minute), Bound: noon.Add(-9*time.Minute + 2*time.Second),
		Ended: noon.Add(-8 * time.Minute), Step: memory.Helped, Outcome: memory.Relieved,
	}
)

// moved is a report with something of everything: a rule that waits for a home, one whose
// pod is under way, and one of a namespace in dry run.
var moved = &report.Report{
	At:    noon.Add(time.Second),
	Rules: []report.Rule{{Key: byMemory, Stopped: plan.Breaker, Why: "nothing is known of 2 of 6 nodes"}},
	Pairs: []report.Pair{
		{Rule: byMemory, Node: "nearly", Reason: plan.Verifying, Sentence: "memory is 86% (memory > 90%); nothing is moved: two samples from after the last move are awaited", Since: noon.Add(-time.Minute), Firing: noon.Add(-time.Hour)},
		{Rule: byTeam, Node: "full", Reason: plan.DryRun, Sentence: "cpu is 50% (cpu > 40%); nothing is moved: this is a dry run", Since: noon.Add(-time.Minute), Firing: noon.Add(-time.Hour)},
		{Rule: byMemory, Node: "full", Reason: plan.NoHome, Sentence: "memory is 94.2% (memory > 90%); nothing is moved: no other node could take the pod under its rules", Since: noon.Add(-2 * time.Minute), Firing: noon.Add(-11 * time.Minute)},
	},
	Nodes: []plan.NodePlan{
		{Node: "nearly", Spared: []plan.Spared{{Pod: shopPod("other", "nearly"), Reason: plan.Young}}},
		{Node: "full", Moves: []plan.Move{
			{Pod: shopPod("quiet", "full"), Home: plan.Home{Node: "idle"}, For: []rules.Key{byTeam}, DryRun: true},
			{Pod: shopPod("next", "full"), Home: plan.Home{Node: "idle"}, For: []rules.Key{byTeam}, Held: plan.Later},
		}, Spared: []plan.Spared{{Pod: shopPod("db", "full"), Reason: plan.PersistentVolume}, {Pod: shopPod("web", "full"), Reason: plan.NoHome}}},
	},
	Evictions: []memory.Record{
		{
			At: noon.Add(-time.Minute), Rules: []rules.Key{byMemory}, Sentences: []string{"memory is 91% (memory > 90%)"}, Age: 3 * time.Second, Namespace: "shop", Pod: "shop-7d-y", UID: "uid-2",
			Owner: "uid-of-shop", OwnerKind: "Deployment", OwnerName: "shop", From: "nearly", Home: "idle", Resource: "memory", Predicted: 6 << 30, Step: memory.WaitingForReplacement, Left: noon.Add(-30 * time.Second),
		},
		{At: noon.Add(-5 * time.Minute), DryRun: true, Rules: []rules.Key{byTeam}, Sentences: []string{"cpu is 50% (cpu > 40%)"}, Age: time.Second, Namespace: "team-a", Pod: "quiet", UID: "uid-3", From: "full", Home: "warm", Outcome: memory.DryRun, Ended: noon.Add(-5 * time.Minute)},
		eviction90,
	},
	Moving: []memory.Moving{
		{UID: "uid-0", Node: "gone", Asked: noon.Add(-time.Hour), Step: memory.WaitingForGone},
		{UID: "uid-2", Node: "nearly", Asked: noon.Add(-time.Minute), Step: memory.WaitingForReplacement},
	},
	Counts: []memory.Count{
		{Hour: noon, Rule: byMemory, Reason: plan.NoHome, Count: 2},
		{Hour: noon.Add(-time.Hour), Rule: byMemory, Reason: plan.NoHome, Count: 5},
		{Hour: noon.Add(-time.Hour), Rule: byMemory, Reason: plan.Evicted, Count: 2},
		{Hour: noon.Add(-time.Hour), Reason: plan.NoHome, Count: 7},
	},
}

func evictionsOf(t *testing.T, w *world, query string) *v1alpha1.EvictionList {
	t.Helper()
	out := new(v1alpha1.EvictionList)
	if err := json.Unmarshal([]byte(w.get(t, "/evictions"+query)), out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEvictionsThatAreAskedFor names what is left of each list.
func TestEvictionsThatAreAskedFor(t *testing.T) {
	for sentence, tc := range map[string]struct {
		query string
		want  map[string][]string
	}{
		"all": {"", map[string][]string{
			"items": {"full memory-above-90", "full team-a/quiet", "nearly memory-above-90"}, "last": {"uid-2", "uid-3", "uid-1"}, "moving": {"uid-0", "uid-2"}, "rules": {"memory-above-90"},
		}},
		"those of a rule that is gone": {"?rule=team-a/quiet", map[string][]string{"items": {"full team-a/quiet"}, "last": {"uid-3"}}},
		"those from or to a node":      {"?node=warm", map[string][]string{"last": {"uid-3"}, "rules": {"memory-above-90"}}},
		"the pods of a node too": {"?node=full&rule=memory-above-90", map[string][]string{
			"items": {"full memory-above-90"}, "last": {"uid-1"}, "rules": {"memory-above-90"}, "pods": {"quiet DryRun", "next Later", "db PersistentVolume", "web NoHome"},
		}},
		"another part has no evictions": {"?limit=1&continue=" + token([]string{"full", "team-a", "quiet"}), map[string][]string{"items": {"nearly memory-above-90"}, "rules": {"memory-above-90"}}},
	} {
		t.Run(sentence, func(t *testing.T) {
			list, got := evictionsOf(t, newWorld(t, rules.Pause{}), tc.query), map[string][]string{}
			add := func(name, value string) { got[name] = append(got[name], value) }
			for _, d := range list.Items {
				add("items", d.Node+" "+d.Rule)
			}
			for _, e := range list.Last {
				add("last", e.UID)
			}
			for _, e := range list.Moving {
				add("moving", e.UID)
			}
			for _, r := range list.Rules {
				add("rules", r.Rule)
			}
			for _, p := range list.Pods {
				add("pods", p.Name+" "+p.Reason)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBeforeAnythingWasLookedAt(t *testing.T) {
	w := newWorld(t, rules.Pause{Evict: true, Until: noon.Add(time.Hour)})
	for sentence, forget := range map[string]func(){
		"there is no loop yet":   func() { w.moves.Store(nil) },
		"it has made no round":   func() { w.Follow(&mover{}) },
		"it said why it waits":   func() { w.Follow(&mover{&report.Report{Waits: "owners are read"}}) },
		"the operator's dry run": func() { w.moves.Store(nil); w.opts.Eviction = &args.Eviction{DryRun: true} },
	} {
		forget()
		list := evictionsOf(t, w, "")
		dry := w.opts.Eviction.DryRun
		if !list.At.IsZero() || list.Waits == "" || !list.Pause.Evict || len(list.Rules) != 1 || !list.Window.Open || (list.Mode == "DryRun") != dry || (list.Rules[0].Mode == "DryRun") != dry {
			t.Errorf("%s: %+v", sentence, list)
		}
	}
}

func TestAReasonIsCountedOverTheHours(t *testing.T) {
	list := evictionsOf(t, newWorld(t, rules.Pause{}), "")
	var got []string
	for _, c := range list.Counts {
		got = append(got, c.Rule+" "+c.Reason)
	}
	want := []string{" NoHome", "memory-above-90 NoHome", "memory-above-90 Evicted"}
	if !slices.Equal(got, want) || list.Counts[1].Count != 7 || list.Counts[1].Says != plan.NoHome.Sentence() {
		t.Errorf("%+v", list.Counts)
	}
}
