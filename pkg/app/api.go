package app

import (
	"context"
	"sync/atomic"
	"time"

	"k8s.io/client-go/tools/leaderelection/resourcelock"
	schedulerconfig "k8s.io/kubernetes/cmd/kube-scheduler/app/config"
	corev1defaults "k8s.io/kubernetes/pkg/apis/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/door"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/serving"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
)

// serveAPI begins to answer questions until ctx ends; nil where the operator wants no
// API. It says nothing of what it does not know yet.
func (a *Assembly) serveAPI(ctx context.Context, cc *schedulerconfig.CompletedConfig) (*api.Server, error) {
	said := a.shared.Args()
	if said.API.Port == 0 {
		return nil, nil
	}
	s := api.New(api.Options{
		Default: corev1defaults.SetObjectDefaults_Pod,
		Oracle:  a.shared.Oracle(cc.InformerFactory), Profiles: a.shared.Profiles, Eviction: &said.Eviction, SourceTypes: sourceTypesOf(said), Leader: watchLease(cc), Now: time.Now,
	})
	entrance := serving.Door{
		BindAddress: said.API.BindAddress, Port: said.API.Port,
		Secure: cc.SecureServing, Authentication: cc.Authentication, Authorization: cc.Authorization,
	}
	wait, err := entrance.Serve(s, ctx.Done())
	if err != nil {
		return nil, err
	}
	a.running.Go(wait)
	return s, nil
}

// wayIn returns what clients are told of this replica's API while it leads. Certificates
// are renewed while it runs.
func wayIn(cc *schedulerconfig.CompletedConfig, port int) func() map[string]string {
	own := door.Door{Port: port}
	if cc.LeaderElection != nil {
		own.Leader = cc.LeaderElection.Lock.Identity()
	}
	return func() map[string]string {
		now := own
		if cc.SecureServing != nil && cc.SecureServing.Cert != nil {
			now.Certificate, _ = cc.SecureServing.Cert.CurrentCertKeyContent()
		}
		return now.Data()
	}
}

func sourceTypesOf(said *args.Args) map[string]string {
	out := make(map[string]string, len(said.Sources))
	for _, s := range said.Sources {
		out[s.Name] = string(s.Type)
	}
	return out
}

// watchLease returns a function that tells who leads, as the leader election of this
// replica last read or wrote it. Nobody reads the lease for it.
func watchLease(cc *schedulerconfig.CompletedConfig) func() api.Leader {
	if cc.LeaderElection == nil {
		return func() api.Leader { return api.Leader{Self: true} }
	}
	lock := &watchedLock{Interface: cc.LeaderElection.Lock}
	cc.LeaderElection.Lock = lock
	return lock.leader
}

// watchedLock remembers what goes through a lock.
type watchedLock struct {
	resourcelock.Interface
	newest atomic.Pointer[resourcelock.LeaderElectionRecord]
}

// Get implements resourcelock.Interface.
func (l *watchedLock) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	record, raw, err := l.Interface.Get(ctx)
	if err == nil {
		l.newest.Store(record)
	}
	return record, raw, err
}

// Create implements resourcelock.Interface.
func (l *watchedLock) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.wrote(&record, l.Interface.Create(ctx, record))
}

// Update implements resourcelock.Interface.
func (l *watchedLock) Update(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.wrote(&record, l.Interface.Update(ctx, record))
}

func (l *watchedLock) wrote(record *resourcelock.LeaderElectionRecord, err error) error {
	if err == nil {
		l.newest.Store(record)
	}
	return err
}

// leader tells who leads. When the record was renewed tells the rest: clocks differ.
func (l *watchedLock) leader() api.Leader {
	record := l.newest.Load()
	if record == nil {
		return api.Leader{}
	}
	return api.Leader{Self: record.HolderIdentity == l.Identity(), Identity: record.HolderIdentity, Renewed: record.RenewTime.Time}
}
