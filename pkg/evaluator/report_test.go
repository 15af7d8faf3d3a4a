package evaluator

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

func TestSourcesAreReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		prom := &gauge{}
		prom.fail("the server answers 503")
		w := newWorld(t, loaded, newNodes(1), withProm(prom.Collect))
		w.memory.lie(func(context.Context, telemetry.Request) (*telemetry.Reading, error) {
			r := reading(everyNode(1, 50), time.Now())
			r.Notes, r.Ahead = []string{"its clock is ahead"}, new(time.Minute)
			return r, nil
		})
		if got := w.Sources(); got != nil {
			t.Errorf("before the first Board the sources are %v", got)
		}
		w.start()
		got := w.Sources()
		want := []SourceReport{
			{Name: "s", Builtin: true, Interval: 15 * time.Second, Notes: []string{"its clock is ahead"}, Ahead: new(time.Minute)},
			{Name: "prom", Interval: 10 * time.Second, Fault: "source prom: the server answers 503"},
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(SourceReport{}, "Read", "Failing")); diff != "" {
			t.Fatalf("sources (-want +got):\n%s", diff)
		}
		if got[0].Read.IsZero() || !got[1].Read.IsZero() {
			t.Errorf("they were read at %v and %v", got[0].Read, got[1].Read)
		}
		began := got[1].Failing
		if !got[0].Failing.IsZero() || began.IsZero() {
			t.Errorf("they fail since %v and %v", got[0].Failing, began)
		}
		time.Sleep(30 * time.Second)
		if now := w.Sources()[1].Failing; !now.Equal(began) {
			t.Errorf("what fails since %v is said to fail since %v", began, now)
		}
		prom.lie(func(context.Context, telemetry.Request) (*telemetry.Reading, error) {
			return reading(everyNode(1, 50), time.Now()), nil
		})
		time.Sleep(time.Minute)
		if now := w.Sources()[1]; !now.Failing.IsZero() || now.Fault != "" {
			t.Errorf("what works is said to fail since %v: %s", now.Failing, now.Fault)
		}
	})
}
