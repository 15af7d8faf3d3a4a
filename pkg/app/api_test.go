package app

import (
	"context"
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	schedulerconfig "k8s.io/kubernetes/cmd/kube-scheduler/app/config"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api"
)

// lock is a lock that somebody may hold.
type lock struct {
	resourcelock.Interface
	record resourcelock.LeaderElectionRecord
	err    error
}

func (l *lock) Identity() string { return "me" }
func (l *lock) Get(context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	record := l.record
	return &record, nil, l.err
}
func (l *lock) Create(context.Context, resourcelock.LeaderElectionRecord) error { return l.err }
func (l *lock) Update(context.Context, resourcelock.LeaderElectionRecord) error { return l.err }

// TestTheLeaderIsKnownFromTheElection takes the steps that a leader election takes.
func TestTheLeaderIsKnownFromTheElection(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	record := func(holder string) resourcelock.LeaderElectionRecord {
		return resourcelock.LeaderElectionRecord{HolderIdentity: holder, RenewTime: metav1.NewTime(at)}
	}
	other, me, nobody := api.Leader{Identity: "other", Renewed: at}, api.Leader{Self: true, Identity: "me", Renewed: at}, api.Leader{Renewed: at}
	inner := &lock{}
	cc := (&schedulerconfig.Config{LeaderElection: &leaderelection.LeaderElectionConfig{Lock: inner}}).Complete()
	leader, ctx := watchLease(&cc), t.Context()
	outer := cc.LeaderElection.Lock
	for _, step := range []struct {
		sentence string
		take     func() error
		fails    error
		want     api.Leader
	}{
		{"nothing was read yet", func() error { return nil }, nil, api.Leader{}},
		{"the lease is another's", func() error { inner.record = record("other"); _, _, err := outer.Get(ctx); return err }, nil, other},
		{"a read that fails tells nothing", func() error { inner.record = record("me"); _, _, err := outer.Get(ctx); return err }, errors.New("down"), other},
		{"an update that fails tells nothing", func() error { return outer.Update(ctx, record("me")) }, errors.New("conflict"), other},
		{"the lease is taken", func() error { return outer.Update(ctx, record("me")) }, nil, me},
		{"the lease is given back", func() error { return outer.Update(ctx, record("")) }, nil, nobody},
		{"a lease is made", func() error { return outer.Create(ctx, record("me")) }, nil, me},
	} {
		inner.err = step.fails
		if err := step.take(); !errors.Is(err, step.fails) {
			t.Errorf("%s: the error is %v", step.sentence, err)
		}
		if got := leader(); got != step.want {
			t.Errorf("%s: the leader is %+v, want %+v", step.sentence, got, step.want)
		}
	}
}

func TestWithoutAnElectionTheReplicaLeads(t *testing.T) {
	cc := (&schedulerconfig.Config{}).Complete()
	if !watchLease(&cc)().Self {
		t.Error("nobody leads")
	}
}
