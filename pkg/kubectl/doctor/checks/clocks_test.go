package checks

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
)

func TestClocksAgree(t *testing.T) {
	leading := func(off time.Duration) *Cluster {
		l := held("a_1", 0)
		l.Spec.RenewTime.Time = noon.Add(off)
		written := metav1.NewTime(noon)
		l.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "t", Time: &written, FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:renewTime":{}}}`)}}
		return with(l)
	}
	here := func(off time.Duration) *Cluster {
		c := with()
		c.Now = func() time.Time { return noon.Add(off) }
		return c
	}
	noted := configured(t, with(), "{sources: [{name: metrics, type: MetricsAPI}, {name: infra, type: Prometheus, url: 'http://p'}]}")
	noted.Ask = func(_ context.Context, e *lint.Examined) error {
		e.Live = []lint.Live{{Metric: "a", Source: "infra", Notes: []string{"its clock is 40s ahead"}}, {Metric: "b", Source: "infra", Notes: []string{"its clock is 40s ahead"}}}
		return nil
	}
	examine(t, clocks, map[string]patient{
		"clocks that are seconds apart agree":  {cluster: leading(9 * time.Second)},
		"a leader who is ahead":                {cluster: leading(time.Minute), want: []string{"error: the clock of the leader, a_1, is 1m0s ahead of that of the API server\nkubectl get pods -n telemetry-scheduler -o wide"}},
		"a leader who is behind":               {cluster: leading(-time.Minute), want: []string{"error: the clock of the leader, a_1, is 1m0s behind that of the API server\nkubectl get pods -n telemetry-scheduler -o wide"}},
		"this machine is ahead":                {cluster: here(time.Minute), want: []string{"warning: the clock of this machine is 1m0s ahead of that of the API server"}},
		"this machine is behind":               {cluster: here(-time.Minute), want: []string{"warning: the clock of this machine is 1m0s behind that of the API server"}},
		"what a source says of itself is told": {cluster: noted, want: []string{"warning: the source infra: its clock is 40s ahead"}},
	})
}

func TestTheTimeOfAnAnswerLiesBetweenTwoLooks(t *testing.T) {
	for name, tc := range map[string]struct{ before, read, after, want int }{
		"between": {0, 5, 9, 0}, "before both": {5, 0, 9, 5}, "after both": {0, 9, 5, -4},
	} {
		at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
		if got := offOf(at(tc.before), at(tc.read), at(tc.after)); got != time.Duration(tc.want)*time.Second {
			t.Errorf("%s: %v, want %d s", name, got, tc.want)
		}
	}
}
