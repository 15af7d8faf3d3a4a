package explain

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// TestWhetherAPodMayBeMovedThatNoPlanNames: what begins the answer fits what follows.
func TestWhetherAPodMayBeMovedThatNoPlanNames(t *testing.T) {
	spared := func(reason string, names ...string) v1alpha1.Spared {
		return v1alpha1.Spared{Reason: reason, Says: "of " + reason, Rules: names}
	}
	held := func(reason string) []v1alpha1.Decision {
		return []v1alpha1.Decision{{Node: "n", Rule: "hot", Reason: reason, Says: "memory is 95%; nothing is moved: of " + reason}}
	}
	for sentence, tc := range map[string]struct {
		items []v1alpha1.Decision
		pods  []v1alpha1.PlannedPod
		by    *v1alpha1.Evictable
		want  string
	}{
		"the node is cordoned":            {held("Cordoned"), nil, nil, "not now: rule hot: memory is 95%; nothing is moved: of Cordoned"},
		"all together are not enough":     {held("NotEnough"), nil, &v1alpha1.Evictable{Rules: []string{"hot"}}, "not now: rule hot: memory is 95%; nothing is moved: of NotEnough"},
		"another one is to leave":         {held("DryRun"), []v1alpha1.PlannedPod{{Namespace: "a", Name: "b", Home: "m"}, {Name: "c", Reason: "Young"}}, nil, "not now, others are to leave (a/b): rule hot: memory is 95%; nothing is moved: of DryRun"},
		"it has a claim":                  {held("Cordoned"), nil, &v1alpha1.Evictable{Rules: []string{"cold"}, Spared: []v1alpha1.Spared{spared("PersistentVolume", "hot")}}, "no: of PersistentVolume (PersistentVolume)"},
		"the rule that fires spares none": {held("Cordoned"), nil, &v1alpha1.Evictable{Rules: []string{"hot"}, Spared: []v1alpha1.Spared{spared("Young", "cold")}}, "not now: rule hot: memory is 95%; nothing is moved: of Cordoned"},
		"no rule that fires governs it":   {held("Cordoned"), nil, &v1alpha1.Evictable{Rules: []string{"cold"}}, "no: it is governed by no rule that moves pods and fires there"},
		"no rule governs it":              {nil, nil, &v1alpha1.Evictable{}, "no: it is governed by no rule that moves pods"},
		"nobody moves it":                 {nil, nil, &v1alpha1.Evictable{Spared: []v1alpha1.Spared{spared("DaemonSet")}}, "no: of DaemonSet (DaemonSet)"},
		"rules spare it for two reasons":  {nil, nil, &v1alpha1.Evictable{Spared: []v1alpha1.Spared{spared("Young", "hot"), spared("Job", "cold")}}, "no: of Young (Young); of Job (Job)"},
		"its node is calm":                {nil, nil, &v1alpha1.Evictable{Rules: []string{"cold", "hot"}}, "not now: no rule that moves pods fires on n; if it did, the pod might leave for hot, cold (dry run)"},
		"an older scheduler answers":      {nil, nil, nil, "not now: no rule that moves pods fires on n"},
	} {
		t.Run(sentence, func(t *testing.T) {
			list := &v1alpha1.EvictionList{Header: v1alpha1.Header{}, Rules: []v1alpha1.EvictionRule{{Rule: "hot", Mode: "Enforce"}, {Rule: "cold", Mode: "DryRun"}}, Items: tc.items, Pods: tc.pods}
			list.At = list.At.AddDate(2025, 0, 0)
			e := &eviction{Decisions: tc.items}
			if diff := cmp.Diff(tc.want, e.sentence(list, &v1alpha1.PodVerdict{Pod: v1alpha1.Pod{Node: "n", UID: "1"}, Evictable: tc.by})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestAPodThatIsNotThereMayHaveBeenMoved: who stands in for the scheduler does not know.
func TestAPodThatIsNotThereMayHaveBeenMoved(t *testing.T) {
	s := asked(t)
	for about, tc := range map[*question]struct {
		nodes []string
		hint  bool
	}{{namespace: "shop", name: "gone"}: {nil, true}, web: {[]string{"gone"}, false}} {
		_, err := (&options{nodes: tc.nodes}).collect(t.Context(), s, about)
		if err == nil || strings.Contains(unfound(err).Error(), `; if a rule moved it, "kubectl telemetry evictions" lists it`) != tc.hint {
			t.Errorf("%s on %v: %v", about.name, tc.nodes, unfound(err))
		}
	}
}
