package ask

import (
	"context"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coordinationv1client "k8s.io/client-go/kubernetes/typed/coordination/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/door"
)

// state names the ConfigMap that says how the leader is known.
func (f *Flags) state() string { return f.Namespace + "/" + door.StateOf(f.Release) }

// find reads who leads, and how it is known.
func (f *Flags) find(ctx context.Context, config *rest.Config) (door.Door, error) {
	ctx, cancel := bounded(ctx, config)
	defer cancel()
	leader, err := f.leader(ctx, config)
	if err != nil {
		return door.Door{}, err
	}
	core, err := corev1client.NewForConfig(config)
	if err != nil {
		return door.Door{}, err
	}
	found, err := core.ConfigMaps(f.Namespace).Get(ctx, door.StateOf(f.Release), metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return door.Door{}, f.unread(err, "the ConfigMap "+f.state())
	}
	return f.way(leader, found)
}

// leader reads the lease.
func (f *Flags) leader(ctx context.Context, config *rest.Config) (string, error) {
	client, err := coordinationv1client.NewForConfig(config)
	if err != nil {
		return "", err
	}
	lease, err := client.Leases(f.Namespace).Get(ctx, f.Release, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return "", silent("there is no lease %s/%s, so no scheduler of that name has ever led: --scheduler-namespace and --release say where it is", f.Namespace, f.Release)
	case err != nil:
		return "", f.unread(err, "the lease "+f.Namespace+"/"+f.Release)
	case lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "":
		return "", silent("nobody holds the lease %s/%s: no scheduler runs, or none has begun to lead yet", f.Namespace, f.Release)
	}
	return *lease.Spec.HolderIdentity, nil
}

// way is what the state says of the leader's API.
func (f *Flags) way(leader string, state *corev1.ConfigMap) (door.Door, error) {
	told := door.Read(state.Data)
	switch {
	case told.Leader == "":
		return told, silent("the ConfigMap %s does not say by which certificate the leader %s is known: it has begun to lead a moment ago, or is of an earlier version", f.state(), leader)
	case told.Leader != leader:
		return told, silent("%s leads, and the ConfigMap %s still speaks of %s: ask again in a few seconds", leader, f.state(), told.Leader)
	case told.Port == 0 && f.URL == "":
		return told, silent("the scheduler %s has no API, as the operator wants it (api: {port: 0} in the arguments of the plugin Telemetry)", leader)
	}
	return told, nil
}

// pod is the pod whose replica has an identity: its host's name, and a number.
func pod(identity string) string {
	end := strings.LastIndexByte(identity, '_')
	if end < 0 {
		return identity
	}
	return identity[:end]
}
