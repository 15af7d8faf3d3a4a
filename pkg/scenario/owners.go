package scenario

import (
	"cmp"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// versions are those of the kinds that make pods.
var versions = map[string]string{
	"Deployment": "apps/v1", "ReplicaSet": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1",
	"ReplicationController": "v1", "Node": "v1", "Job": "batch/v1",
}

// replicated are the kinds that have a number of pods.
var replicated = []string{"Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"}

// reference is how a pod names its controller: the ReplicaSet of a Deployment.
func reference(namespace, kind, name string) metav1.OwnerReference {
	out := metav1.OwnerReference{APIVersion: versions[kind], Kind: kind, Name: name, UID: types.UID(namespace + "/" + kind + "/" + name), Controller: new(true)}
	if kind == "Deployment" {
		out.Kind = "ReplicaSet"
	}
	return out
}

// replicas reads how many pods a controller is to have, of which all of its pods must say
// the same.
func (r *reader) replicas(at strictyaml.Path, before []podSpec, s *podSpec) int32 {
	if s.Replicas == nil {
		return 0
	}
	at = at.Child("replicas")
	kind, _, _ := strings.Cut(s.Controller, "/")
	switch {
	case *s.Replicas < 1:
		r.wrong(at, "", "a controller that has this pod wants one at least")
	case !slices.Contains(replicated, kind):
		r.wrongKey(at, `write a "controller" like Deployment/web`, "nothing makes several of this pod")
	case slices.ContainsFunc(before, func(o podSpec) bool {
		same := namespaceOf(&o) == namespaceOf(s) && o.Controller == s.Controller
		return same && o.Replicas != nil && *o.Replicas != *s.Replicas
	}):
		r.wrong(at, "write the same", "another pod of %s says otherwise", strictyaml.Show(s.Controller))
	}
	return *s.Replicas
}

// owner is a controller, as its pods tell of it.
type owner struct {
	metav1.ObjectMeta
	kind string
	// said is how many pods it is to have, if that was written, made how many of them the
	// scenario has, and running how many of these run.
	said, made, running int32
}

func (o *owner) wanted() int32 { return cmp.Or(o.said, o.made) }

func (o *owner) has() int32 { return max(o.wanted(), o.made) }

// ready counts those that the scenario does not have too.
func (o *owner) ready() int32 { return o.has() - (o.made - o.running) }

// owners returns the controllers of all pods that there are.
func (w *world) owners() map[types.UID]*owner {
	out := map[types.UID]*owner{}
	for i := range w.lives {
		p := &w.lives[i]
		by := inquiry.ControllerOf(p.Pod)
		if by.UID == "" || !p.exists(w.now) {
			continue
		}
		o := out[by.UID]
		if o == nil {
			o = &owner{kind: p.madeBy, ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: by.Name, UID: by.UID}}
			out[by.UID] = o
		}
		o.said = max(o.said, p.replicas)
		o.made++
		if p.shown == running {
			o.running++
		}
	}
	return out
}

// exists reports whether a pod was made by a time and is not gone.
func (p *pod) exists(at time.Duration) bool {
	waits := p.arriving && p.node == "" && at >= p.arrives && (p.ends < 0 || at < p.ends)
	return waits || p.stage(at) != absent
}

// replicaSet is that of a Deployment too.
func (o *owner) replicaSet() *appsv1.ReplicaSet {
	out := &appsv1.ReplicaSet{ObjectMeta: o.ObjectMeta, Spec: appsv1.ReplicaSetSpec{Replicas: new(o.wanted())}}
	out.Status.Replicas, out.Status.AvailableReplicas = o.has(), o.ready()
	if o.kind == "Deployment" {
		out.OwnerReferences = []metav1.OwnerReference{{APIVersion: versions[o.kind], Kind: o.kind, Name: o.Name, UID: o.UID, Controller: new(true)}}
	}
	return out
}

func (o *owner) deployment() *appsv1.Deployment {
	out := &appsv1.Deployment{ObjectMeta: o.ObjectMeta, Spec: appsv1.DeploymentSpec{Replicas: new(o.wanted())}}
	out.Status.Replicas, out.Status.UpdatedReplicas, out.Status.AvailableReplicas = o.has(), o.has(), o.ready()
	return out
}

func (o *owner) statefulSet() *appsv1.StatefulSet {
	out := &appsv1.StatefulSet{ObjectMeta: o.ObjectMeta, Spec: appsv1.StatefulSetSpec{Replicas: new(o.wanted())}}
	out.Status.Replicas, out.Status.AvailableReplicas = o.has(), o.ready()
	return out
}

func (o *owner) controller() *corev1.ReplicationController {
	out := &corev1.ReplicationController{ObjectMeta: o.ObjectMeta, Spec: corev1.ReplicationControllerSpec{Replicas: new(o.wanted())}}
	out.Status.Replicas, out.Status.AvailableReplicas = o.has(), o.ready()
	return out
}

func (o *owner) job() *batchv1.Job {
	return &batchv1.Job{ObjectMeta: o.ObjectMeta, Spec: batchv1.JobSpec{Parallelism: new(o.wanted())}}
}
