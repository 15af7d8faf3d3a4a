package args

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestWhatIsLooserThanTheOperatorIsSaid(t *testing.T) {
	operator := defaultEviction()
	operator.Allow = []string{"jobs"}
	for sentence, tc := range map[string]struct {
		asked rules.Evict
		want  []string
	}{
		"nothing asked is nothing to say": {rules.Evict{}, nil},
		"what is the operator's own, or tighter, holds": {rules.Evict{
			Allow: []string{"jobs"}, PerHour: rules.PerHour{Node: 4, Owner: 1, Namespace: 5, Total: 20},
			Cooldown: new(30 * time.Minute), MinPodAge: new(time.Hour), MinReplicas: new(int32(2)),
		}, nil},
		"all that is looser": {rules.Evict{
			Allow: []string{"jobs", "localStorage"}, PerHour: rules.PerHour{Node: 5, Owner: 3, Namespace: 6, Total: 100},
			Cooldown: new(90 * time.Second), MinPodAge: new(time.Duration(0)), MinReplicas: new(int32(1)),
		}, []string{
			"allow[1]|allow: localStorage is not allowed by the operator",
			"limits.perHour.node|limits.perHour.node: 5 is more than the operator's 4, which holds",
			"limits.perHour.owner|limits.perHour.owner: 3 is more than the operator's 2, which holds",
			"limits.perHour.namespace|limits.perHour.namespace: 6 is more than the operator's 5, which holds",
			"limits.perHour.total|limits.perHour.total: 100 is more than the operator's 20, which holds",
			"cooldown|cooldown: 1m30s is less than the operator's 30m, which holds",
			"minPodAge|minPodAge: 0s is less than the operator's 5m, which holds",
			"minReplicas|minReplicas: 1 is less than the operator's 2, which holds",
		}},
	} {
		t.Run(sentence, func(t *testing.T) {
			var got []string
			for _, l := range operator.Loosened(&tc.asked) {
				got = append(got, string(l.Field)+"|"+l.Message)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("said (-want +got):\n%s", diff)
			}
		})
	}
}
