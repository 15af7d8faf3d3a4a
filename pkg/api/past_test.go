package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/memory"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/report"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// podThere is the answer about a pod that runs on the node idle.
func podThere(t *testing.T, told *report.Report) *v1alpha1.PodVerdict {
	t.Helper()
	w := newWorld(t, rules.Pause{})
	w.Follow(&mover{told})
	out := new(v1alpha1.PodVerdict)
	if err := json.Unmarshal([]byte(w.get(t, "/pods/shop/there")), out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAPodThatIsGoneWasEvicted(t *testing.T) {
	for sentence, tc := range map[string]struct{ path, want string }{
		"and its replacement is there": {"/pods/shop/shop-7d-x", `there is no pod "shop-7d-x" in the namespace "shop": rule memory-above-90 evicted it from full at 2026-03-01T11:50:00Z, because memory is 97% (memory > 90%); its home is idle, and the pod in its place went to idle (Relieved); "kubectl telemetry evictions --node full" lists it`},
		"and its replacement is not":   {"/pods/shop/shop-7d-y", `its home is idle, and no pod in its place has a node (WaitingForReplacement); "kubectl telemetry evictions --node nearly" lists it`},
		"only in a dry run":            {"/pods/team-a/quiet", `there is no pod "quiet" in the namespace "team-a"`},
		"in another namespace":         {"/pods/else/shop-7d-x", `there is no pod "shop-7d-x" in the namespace "else"`},
	} {
		t.Run(sentence, func(t *testing.T) {
			answer, status := newWorld(t, rules.Pause{}).ask(t, "GET "+tc.path), new(metav1.Status)
			if err := json.Unmarshal(answer.Body.Bytes(), status); err != nil || answer.Code != http.StatusNotFound || !strings.HasSuffix(status.Message, tc.want) {
				t.Errorf("%d: %s", answer.Code, status.Message)
			}
		})
	}
}

func TestWhatWasDoneToAPodAndItsLike(t *testing.T) {
	told := func(change func(*memory.Record)) *report.Report {
		one := eviction90
		change(&one)
		return &report.Report{
			At: noon, Evictions: []memory.Record{{Namespace: "else", Pod: "there", UID: "uid-9", At: noon}, one},
			Judge: func(time.Time, *v1.Pod) (plan.Pod, bool) { return plan.Pod{Owner: "uid-of-its-owner"}, true },
		}
	}
	const what = "evicted it from full at 2026-03-01T11:50:00Z, because memory is 97% (memory > 90%); its home is idle, and the pod in its place went to idle (Relieved); \"kubectl telemetry evictions --node full\" lists it"
	for sentence, tc := range map[string]struct {
		change func(*memory.Record)
		want   string
	}{
		"nothing":                      {func(*memory.Record) {}, ""},
		"it would have been moved":     {func(r *memory.Record) { r.UID, r.DryRun = "uid-of-there", true }, "in a dry run rule memory-above-90 would have moved it from full to idle at 2026-03-01T11:50:00Z, because memory is 97% (memory > 90%)"},
		"it was not moved in the end":  {func(r *memory.Record) { r.UID, r.Outcome = "uid-of-there", memory.NotMade }, "rule memory-above-90 was to move it from full to idle at 2026-03-01T11:50:00Z, and it was not evicted, because memory is 97% (memory > 90%)"},
		"its own move is under way":    {func(r *memory.Record) { r.UID, r.Outcome = "uid-of-there", "" }, ""},
		"one of its name was evicted":  {func(r *memory.Record) { r.Pod = "there" }, "the pod of this name before it: rule memory-above-90 " + what},
		"one of its name was to be":    {func(r *memory.Record) { r.Pod, r.Outcome = "there", memory.NotMade }, ""},
		"one of its owner was evicted": {func(r *memory.Record) { r.Owner = "uid-of-its-owner" }, "another pod of its owner, shop-7d-x: rule memory-above-90 " + what},
		"one of its owner, long ago":   {func(r *memory.Record) { r.Owner, r.At = "uid-of-its-owner", noon.Add(-25*time.Hour) }, ""},
		"for two rules and nothing is said": {func(r *memory.Record) {
			r.Pod, r.Rules, r.Sentences, r.Landed = "there", append(r.Rules, byTeam), nil, ""
		}, "the pod of this name before it: rules memory-above-90, team-a/quiet evicted it from full at 2026-03-01T11:50:00Z; its home is idle, and no pod in its place has a node (Relieved); \"kubectl telemetry evictions --node full\" lists it"},
	} {
		t.Run(sentence, func(t *testing.T) {
			want := []string{"the pod has its node, and counts there by what is measured or in flight: this is what telemetry would say of another one like it"}
			if tc.want != "" {
				want = append(want, tc.want)
			}
			if diff := cmp.Diff(want, podThere(t, told(tc.change)).Notes); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhichRulesMayMoveAPod(t *testing.T) {
	other := rules.Key{Name: "other"}
	claim := v1alpha1.Spared{Reason: "PersistentVolume", Says: plan.PersistentVolume.Sentence(), Rules: []string{"memory-above-90"}}
	bare := func(names ...string) v1alpha1.Spared {
		return v1alpha1.Spared{Reason: "Bare", Says: plan.Bare.Sentence(), Rules: names}
	}
	for sentence, tc := range map[string]struct {
		refusal  plan.Reason
		governed map[rules.Key]plan.Reason
		ended    bool
		want     *v1alpha1.Evictable
	}{
		"all": {"", map[rules.Key]plan.Reason{byMemory: "", other: ""}, false, &v1alpha1.Evictable{Rules: []string{"memory-above-90", "other"}}},
		"one, because the other allows no claims": {"", map[rules.Key]plan.Reason{byMemory: plan.PersistentVolume, other: ""}, false, &v1alpha1.Evictable{Rules: []string{"other"}, Spared: []v1alpha1.Spared{claim}}},
		"none, whatever they say":                 {plan.Bare, map[rules.Key]plan.Reason{byMemory: "", other: ""}, false, &v1alpha1.Evictable{Spared: []v1alpha1.Spared{bare("memory-above-90", "other")}}},
		"none, and what they say comes first":     {plan.Bare, map[rules.Key]plan.Reason{byMemory: plan.PersistentVolume, other: ""}, false, &v1alpha1.Evictable{Spared: []v1alpha1.Spared{claim, bare("other")}}},
		"none, and none governs it":               {plan.Bare, nil, false, &v1alpha1.Evictable{Spared: []v1alpha1.Spared{bare()}}},
		"none governs it":                         {"", nil, false, &v1alpha1.Evictable{}},
		"it has ended":                            {"", nil, true, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := podThere(t, &report.Report{At: noon, Rules: []report.Rule{{Key: byMemory}, {Key: other}}, Judge: func(_ time.Time, pod *v1.Pod) (plan.Pod, bool) {
				return plan.Pod{UID: string(pod.UID), Refusal: tc.refusal, Governed: tc.governed}, !tc.ended
			}}).Evictable
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got := podThere(t, &report.Report{At: noon}).Evictable; got != nil {
		t.Errorf("where nobody judges: %+v", got)
	}
}
