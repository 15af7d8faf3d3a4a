package telemetry

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	"k8s.io/component-base/metrics/testutil"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// cool prefers nodes with free memory, for pods of one team.
const cool = "preferences:\n- {name: cool, metric: memory, prefer: Low, pods: {matchLabels: {team: a}}}\n"

// document parses a whole document of rules.
func document(t testing.TB, text string) *rules.RuleSet {
	t.Helper()
	metrics := rules.Builtins(15*time.Second, time.Minute)
	document, mistakes := rules.Parse("test", []byte("apiVersion: "+rules.APIVersion+"\nkind: "+rules.Kind+"\n"+text), rules.Options{Metrics: metrics})
	if document == nil {
		t.Fatal(mistakes)
	}
	return rules.Merge(metrics, []*rules.Document{document}, rules.Pause{})
}

func TestScoreFollowsThePreferencesOfThePod(t *testing.T) {
	c := newCluster(t, "")
	c.rules = document(t, cool)
	p := newPlugin(c.board(map[string]float64{"idle": 0, "busy": 100}))
	pod, state := newPod("p", labelled("team", "a")), framework.NewCycleState()
	if status := p.PreScore(t.Context(), state, pod, nil); !status.IsSuccess() {
		t.Fatal(status)
	}
	got := map[string]int64{}
	for _, node := range []string{"idle", "busy", "new"} {
		score, status := p.Score(t.Context(), state, pod, nodeInfo(node))
		if !status.IsSuccess() {
			t.Fatal(status)
		}
		got[node] = score
	}
	if diff := cmp.Diff(map[string]int64{"idle": 100, "busy": 1, "new": 0}, got); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
	if p.ScoreExtensions() != nil {
		t.Error("points of two cycles can be compared only if nothing normalizes them")
	}
}

func TestPreScoreSkipsWhatItHasNothingToSayAbout(t *testing.T) {
	c := newCluster(t, "")
	c.rules = document(t, cool)
	for sentence, tc := range map[string]struct {
		plugin *Plugin
		pod    *v1.Pod
	}{
		"a pod without preferences": {newPlugin(c.board(map[string]float64{"n": 0})), newPod("p")},
		"before the first Board":    {newPlugin(nil), newPod("p", labelled("team", "a"))},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := tc.plugin.PreScore(t.Context(), framework.NewCycleState(), tc.pod, nil).Code(); got != fwk.Skip {
				t.Errorf("the status is %v, want Skip", got)
			}
		})
	}
}

func TestFilterAndScoreOfACycleSeeOneBoard(t *testing.T) {
	c := newCluster(t, "")
	c.rules = document(t, "rules:\n"+memoryRule+"\n"+cool)
	p := newPlugin(c.board(map[string]float64{"n": 0}))
	pod, state := newPod("p", labelled("team", "a"), needing("1Gi")), framework.NewCycleState()
	if _, status := p.PreFilter(t.Context(), state, pod, nil); !status.IsSuccess() {
		t.Fatal(status)
	}
	p.shared.Publish(c.board(map[string]float64{"n": 100}), nil)
	if status := p.PreScore(t.Context(), state, pod, nil); !status.IsSuccess() {
		t.Fatal(status)
	}
	if score, _ := p.Score(t.Context(), state, pod, nodeInfo("n")); score != 100 {
		t.Errorf("the score is %d, which is that of a newer Board", score)
	}
}

func TestScoreWithoutPreScoreIsAnError(t *testing.T) {
	if _, status := newPlugin(nil).Score(t.Context(), framework.NewCycleState(), newPod("p"), nodeInfo("n")); status.Code() != fwk.Error {
		t.Errorf("the status is %v", status)
	}
}

func TestWhatADryRunWouldHaveKeptOffIsCounted(t *testing.T) {
	dryRunPlacements.Reset()
	Register()
	c := newCluster(t, "- {name: dry, mode: DryRun, when: {metric: memory, above: 90%}, actions: {block: {}}}")
	p := newPlugin(c.board(map[string]float64{"hot": 95, "warm": 89, "cold": 10}))
	log := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.Verbosity(2), ktesting.BufferLogs(true)))
	small, large := newPod("small", needing("1Mi")), newPod("large", needing("5Gi"))
	for _, placed := range []struct {
		pod  *v1.Pod
		node string
	}{{small, "hot"}, {large, "warm"}, {small, "cold"}, {small, "unheard-of"}} {
		if status := p.Reserve(klog.NewContext(t.Context(), log), nil, placed.pod, placed.node); !status.IsSuccess() {
			t.Fatal(status)
		}
	}
	got, err := testutil.GetCounterMetricValue(dryRunPlacements.WithLabelValues("dry"))
	if err != nil || got != 2 {
		t.Errorf("%v placements are counted, want 2 (%v)", got, err)
	}
	if lines := log.GetSink().(ktesting.Underlier).GetBuffer().Data(); len(lines) != 2 {
		t.Errorf("the log names %d of the two: %v", len(lines), lines)
	}
	if _, status := p.PreFilter(t.Context(), framework.NewCycleState(), small, nil); status.Code() != fwk.Skip {
		t.Errorf("a dry run governs the pod: %v", status)
	}
}
