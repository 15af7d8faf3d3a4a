package facts

import (
	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
)

// owner is what made a pod, at the top, and how it is.
type owner struct {
	kind, name string
	uid        types.UID
	// known is set where its readiness can be read.
	known bool
	// wanted are the replicas that it is to have.
	wanted int32
	// waits says what it waits for; empty where nothing.
	waits    plan.Reason
	template *v1.PodTemplateSpec
}

// ownerOf looks up what made a pod. Listers of informers cannot fail but for what is not
// there.
func (c *Cluster) ownerOf(pod *v1.Pod) *owner {
	by := controllerOf(pod)
	if by == nil {
		return &owner{}
	}
	o := &owner{kind: by.Kind, name: by.Name, uid: by.UID}
	switch by.APIVersion + "/" + by.Kind {
	case "apps/v1/ReplicaSet":
		c.replicaSet(pod.Namespace, o)
	case "apps/v1/StatefulSet":
		c.statefulSet(pod, o)
	case "v1/ReplicationController":
		c.controller(pod.Namespace, o)
	case "batch/v1/Job":
		c.job(pod.Namespace, o)
	}
	return o
}

// replicaSet goes on to the Deployment where there is one. What else makes ReplicaSets
// cannot be read.
func (c *Cluster) replicaSet(namespace string, o *owner) {
	set, err := c.ReplicaSets.ReplicaSets(namespace).Get(o.name)
	if err != nil || set.UID != o.uid {
		return
	}
	o.template = &set.Spec.Template
	top := controllerOf(set)
	switch {
	case top == nil:
		o.known, o.wanted = true, replicas(set.Spec.Replicas)
		o.waits = settled(set.ObjectMeta, set.Status.ObservedGeneration, o.wanted, set.Status.Replicas, set.Status.AvailableReplicas)
	case top.APIVersion == "apps/v1" && top.Kind == "Deployment":
		c.deployment(namespace, top, o)
	default:
		o.kind, o.name, o.uid = top.Kind, top.Name, top.UID
	}
}

func (c *Cluster) deployment(namespace string, top *metav1.OwnerReference, o *owner) {
	d, err := c.Deployments.Deployments(namespace).Get(top.Name)
	o.kind, o.name, o.uid = top.Kind, top.Name, top.UID
	if err != nil || d.UID != top.UID {
		return
	}
	o.known, o.wanted, o.template = true, replicas(d.Spec.Replicas), &d.Spec.Template
	if d.Status.UpdatedReplicas < min(o.wanted, d.Status.Replicas) || d.Status.Replicas > d.Status.UpdatedReplicas {
		o.waits = plan.Rollout
		return
	}
	o.waits = settled(d.ObjectMeta, d.Status.ObservedGeneration, o.wanted, d.Status.Replicas, d.Status.AvailableReplicas)
}

func (c *Cluster) statefulSet(pod *v1.Pod, o *owner) {
	set, err := c.StatefulSets.StatefulSets(pod.Namespace).Get(o.name)
	if err != nil || set.UID != o.uid {
		return
	}
	o.known, o.wanted, o.template = true, replicas(set.Spec.Replicas), &set.Spec.Template
	if isRolled(set, pod) {
		o.waits = plan.Rollout
		return
	}
	o.waits = settled(set.ObjectMeta, set.Status.ObservedGeneration, o.wanted, set.Status.Replicas, set.Status.AvailableReplicas)
}

// isRolled reports whether a StatefulSet has pods of two revisions, be it that a partition
// keeps them; where pods are updated when they are deleted, whether this one would be.
func isRolled(set *appsv1.StatefulSet, pod *v1.Pod) bool {
	if set.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType {
		return pod.Labels[appsv1.StatefulSetRevisionLabel] != set.Status.UpdateRevision
	}
	return set.Status.UpdateRevision != set.Status.CurrentRevision
}

func (c *Cluster) controller(namespace string, o *owner) {
	rc, err := c.Controllers.ReplicationControllers(namespace).Get(o.name)
	if err != nil || rc.UID != o.uid {
		return
	}
	o.known, o.wanted, o.template = true, replicas(rc.Spec.Replicas), rc.Spec.Template
	o.waits = settled(rc.ObjectMeta, rc.Status.ObservedGeneration, o.wanted, rc.Status.Replicas, rc.Status.AvailableReplicas)
}

// job has no replicas to be ready: its pods end.
func (c *Cluster) job(namespace string, o *owner) {
	job, err := c.Jobs.Jobs(namespace).Get(o.name)
	if err != nil || job.UID != o.uid {
		return
	}
	o.known, o.wanted, o.template = true, replicas(job.Spec.Parallelism), &job.Spec.Template
}

func replicas(n *int32) int32 {
	if n == nil {
		return 1
	}
	return *n
}

// settled says what a controller with replicas waits for.
func settled(meta metav1.ObjectMeta, observed int64, wanted, has, available int32) plan.Reason {
	switch {
	case observed < meta.Generation:
		return plan.Rollout
	case has > wanted:
		return plan.ScalingDown
	case available < wanted:
		return plan.Unready
	}
	return ""
}
