package facts

import (
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	appslisters "k8s.io/client-go/listers/apps/v1"
	batchlisters "k8s.io/client-go/listers/batch/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	policylisters "k8s.io/client-go/listers/policy/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// Cluster is where facts come from, for one round and one goroutine: PodDisruptionBudgets
// are read once. Every public field is required.
type Cluster struct {
	Namespaces   corelisters.NamespaceLister
	Controllers  corelisters.ReplicationControllerLister
	ReplicaSets  appslisters.ReplicaSetLister
	Deployments  appslisters.DeploymentLister
	StatefulSets appslisters.StatefulSetLister
	Jobs         batchlisters.JobLister
	Budgets      policylisters.PodDisruptionBudgetLister
	// Facts returns what rules look at in a pod, and Owner what made it, at the top.
	Facts func(*v1.Pod) engine.PodFacts
	Owner func(*v1.Pod) inflight.Owner
	// Use returns what a pod was measured to use, and false where it was not.
	Use func(types.UID) (telemetry.PodUse, bool)
	// Ours reports whether a scheduler is one of ours.
	Ours func(scheduler string) bool
	// Protected are the namespaces of which no pod is moved.
	Protected map[string]bool

	budgets map[string][]selecting
}

// Policy is what operator and rule say together of the pods that a rule moves.
type Policy struct {
	MinPodAge   time.Duration
	MinReplicas int32
	// Allow are the kinds of pods that are moved beside plain ones.
	Allow []string
}

// maxUseAge is how old the measured use of a pod may be.
const maxUseAge = 5 * time.Minute

// Pods returns the pods of one node that troubled rules may be about. policies are those
// of the rules that evict on it.
func (c *Cluster) Pods(now time.Time, board *engine.Board, pods []*v1.Pod, policies map[rules.Key]Policy) []plan.Pod {
	out := make([]plan.Pod, 0, len(pods))
	for _, pod := range pods {
		if pod.Status.Phase != v1.PodSucceeded && pod.Status.Phase != v1.PodFailed {
			out = append(out, c.pod(now, board, pod, policies))
		}
	}
	return out
}

func (c *Cluster) pod(now time.Time, board *engine.Board, pod *v1.Pod, policies map[rules.Key]Policy) plan.Pod {
	owner := c.ownerOf(pod)
	out := plan.Pod{
		UID: string(pod.UID), Namespace: pod.Namespace, Name: pod.Name, Node: pod.Spec.NodeName,
		Owner: string(c.Owner(pod)), OwnerKind: owner.kind, OwnerName: owner.name, OwnerRead: owner.known, Shape: shape(pod, owner),
		Priority:     corev1helpers.PodPriority(pod),
		DeletionCost: deletionCost(pod), PrefersToStay: pod.Annotations[annotationPrefer] == "true",
		Refusal: c.never(pod, owner), Governed: map[rules.Key]plan.Reason{},
	}
	out.Use, out.Measured = c.use(now, pod)
	c.cover(pod, &out)
	c.govern(now, board, pod, owner, policies, out.Governed)
	if out.Refusal != "" {
		for key := range out.Governed {
			out.Governed[key] = "" // whatever rules allow, it stays
		}
		return out
	}
	if out.Refusal = waits(pod, owner); out.Budgets != nil {
		out.Refusal = plan.BudgetConflict
	}
	return out
}

// use is what the pod was measured to use, not too long ago.
func (c *Cluster) use(now time.Time, pod *v1.Pod) (engine.Amounts, bool) {
	use, found := c.Use(pod.UID)
	if !found || now.Sub(use.Time) > maxUseAge {
		return engine.Amounts{}, false
	}
	return engine.Amounts{CPU: use.CPU, Memory: use.Memory, Pods: 1}, true
}

// govern enters the rules that have to do with the pod, each with why it may not move it.
func (c *Cluster) govern(now time.Time, board *engine.Board, pod *v1.Pod, o *owner, policies map[rules.Key]Policy, into map[rules.Key]plan.Reason) {
	facts := c.Facts(pod)
	facts.DaemonSet = false // which is refused as such
	lifted := pod.Annotations[annotationEvict] == "true"
	for key, policy := range policies {
		switch board.Spares(key, facts) {
		case "":
			into[key] = c.unlessAllowed(now, pod, o, policy, lifted)
		case engine.ExemptPriority:
			into[key] = plan.Priority
		case engine.ExemptIgnored:
			into[key] = plan.Ignored
		case engine.ExemptSystemCritical:
			into[key] = plan.Critical
		}
	}
}

// shape is equal for the pods of one template: what follows from it is the same for all
// of them. Pods with volumes or claims of their own are unlike any other.
func shape(pod *v1.Pod, o *owner) string {
	hash := pod.Labels["pod-template-hash"]
	if hash == "" || o.kind == "StatefulSet" || hasClaims(pod) || hasKind(pod, persistent) {
		return ""
	}
	return string(o.uid) + "/" + hash
}

func hasClaims(pod *v1.Pod) bool { return len(pod.Spec.ResourceClaims) > 0 }

func hasKind(pod *v1.Pod, is func(*v1.VolumeSource) bool) bool {
	return slices.ContainsFunc(pod.Spec.Volumes, func(v v1.Volume) bool { return is(&v.VolumeSource) })
}

func persistent(v *v1.VolumeSource) bool { return v.PersistentVolumeClaim != nil || v.Ephemeral != nil }

func local(v *v1.VolumeSource) bool {
	return v.HostPath != nil || v.EmptyDir != nil && v.EmptyDir.Medium != v1.StorageMediumMemory
}

// Template returns the template of a pod's owner; nil where it has none that is known.
func (c *Cluster) Template(pod *v1.Pod) *v1.PodTemplateSpec { return c.ownerOf(pod).template }

// controllerOf returns what made a pod directly; nil where nobody did.
func controllerOf(pod metav1.Object) *metav1.OwnerReference { return metav1.GetControllerOfNoCopy(pod) }
