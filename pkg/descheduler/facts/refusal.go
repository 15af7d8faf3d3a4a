package facts

import (
	"slices"
	"strconv"
	"time"

	v1 "k8s.io/api/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// The annotations of others that are honoured, by their values.
const (
	annotationEvict      = "descheduler.alpha.kubernetes.io/evict"
	annotationPrefer     = "descheduler.alpha.kubernetes.io/prefer-no-eviction"
	annotationKarpenter  = "karpenter.sh/do-not-disrupt"
	annotationAutoscaler = "cluster-autoscaler.kubernetes.io/safe-to-evict"
	annotationSource     = "kubernetes.io/config.source"
	// labelEvict on a namespace keeps its pods from eviction.
	labelEvict = rules.Group + "/evict"
)

// never says why nothing in the world lets the pod leave; empty where something may.
func (c *Cluster) never(pod *v1.Pod, o *owner) plan.Reason {
	switch {
	case pod.DeletionTimestamp != nil:
		return plan.Terminating
	case pod.Annotations[v1.MirrorPodAnnotationKey] != "":
		return plan.Mirror
	case isStatic(pod, o):
		return plan.Static
	case o.kind == "DaemonSet":
		return plan.DaemonSet
	case o.kind == "":
		return plan.Bare
	case corev1helpers.PodPriority(pod) >= inquiry.SystemCriticalPriority:
		return plan.Critical
	case c.isProtected(pod.Namespace):
		return plan.Protected
	case pod.Annotations[annotationEvict] != "" && pod.Annotations[annotationEvict] != "true":
		return plan.EvictFalse // what cannot be read is on the safe side
	case pod.Annotations[annotationKarpenter] == "true", pod.Annotations[annotationAutoscaler] == "false":
		return plan.DoNotDisrupt
	}
	return ""
}

// isStatic reports whether a kubelet made the pod from a file.
func isStatic(pod *v1.Pod, o *owner) bool {
	source, found := pod.Annotations[annotationSource]
	return found && source != "api" || o.kind == "Node"
}

// isProtected reports whether a namespace keeps its pods: by the operator's list, or by
// its label. One that is not known is being deleted.
func (c *Cluster) isProtected(namespace string) bool {
	ns, err := c.Namespaces.Get(namespace)
	return c.Protected[namespace] || err != nil || ns.Labels[labelEvict] == "false"
}

// waits says what is to be over before the pod may leave.
func waits(pod *v1.Pod, o *owner) plan.Reason {
	if isResizing(pod) {
		return plan.Resizing
	}
	return o.waits
}

func isResizing(pod *v1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c v1.PodCondition) bool {
		return (c.Type == v1.PodResizePending || c.Type == v1.PodResizeInProgress) && c.Status == v1.ConditionTrue
	})
}

// kinds are the kinds of pods that leave only where operator and rule allow it.
var kinds = []struct {
	allowance string
	reason    plan.Reason
	is        func(c *Cluster, pod *v1.Pod, o *owner) bool
}{
	{"jobs", plan.Job, func(_ *Cluster, pod *v1.Pod, o *owner) bool {
		return o.kind == "Job" || pod.Spec.RestartPolicy != v1.RestartPolicyAlways && pod.Spec.RestartPolicy != ""
	}},
	{"unknownOwners", plan.UnknownOwner, func(_ *Cluster, _ *v1.Pod, o *owner) bool { return !o.known }},
	{"otherSchedulers", plan.OtherScheduler, func(c *Cluster, pod *v1.Pod, _ *owner) bool { return !c.Ours(pod.Spec.SchedulerName) }},
	{"schedulingGroups", plan.SchedulingGroup, func(_ *Cluster, pod *v1.Pod, _ *owner) bool { return pod.Spec.SchedulingGroup != nil }},
	{"resourceClaims", plan.ResourceClaim, func(_ *Cluster, pod *v1.Pod, _ *owner) bool { return hasClaims(pod) }},
	{"persistentVolumes", plan.PersistentVolume, func(_ *Cluster, pod *v1.Pod, _ *owner) bool { return hasKind(pod, persistent) }},
	{"localStorage", plan.LocalStorage, func(_ *Cluster, pod *v1.Pod, _ *owner) bool { return hasKind(pod, local) }},
}

// unlessAllowed says why a rule may not move a pod as far as that is for operator and rule
// to say. A pod that asks to be evicted is moved whatever its kind and its owner's size.
func (c *Cluster) unlessAllowed(now time.Time, pod *v1.Pod, o *owner, p Policy, lifted bool) plan.Reason {
	if !lifted {
		for _, kind := range kinds {
			if kind.is(c, pod, o) && !slices.Contains(p.Allow, kind.allowance) {
				return kind.reason
			}
		}
		if o.known && o.kind != "Job" && o.wanted < p.MinReplicas {
			return plan.SingleReplica
		}
	}
	if isYoung(now, pod, p.MinPodAge) {
		return plan.Young
	}
	return ""
}

// isYoung reports whether a pod has run for less than so long. One that its kubelet has
// not begun is, however long it waited for its node.
func isYoung(now time.Time, pod *v1.Pod, age time.Duration) bool {
	started := pod.Status.StartTime
	return age > 0 && (started == nil || now.Sub(started.Time) < age)
}

// deletionCost is that of the annotation; 0 where it cannot be read, as for ReplicaSets.
func deletionCost(pod *v1.Pod) int32 {
	cost, err := strconv.ParseInt(pod.Annotations[v1.PodDeletionCost], 10, 32)
	if err != nil {
		return 0
	}
	return int32(cost)
}
