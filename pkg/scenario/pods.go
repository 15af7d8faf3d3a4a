package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inflight"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// pod is one pod, or one of several alike, and what becomes of it.
type pod struct {
	*corev1.Pod
	// entry is the name of the pods field, by which cases ask.
	entry string
	// node is where it runs; empty for one that is only asked about, and for one that
	// arrives until it is placed.
	node string
	// arriving is set for one that is to be placed at a time of the scenario.
	arriving bool
	arrives  time.Duration
	// madeBy is the kind of its controller, and replicas how many pods that is to have; 0
	// where it was not written.
	madeBy   string
	replicas int32
	// uses is what is measured of it; nil where nothing is.
	uses *inflight.Units
	// bound, starts and ends are times of the scenario; ends is negative for never. A pod
	// that is placed later than it starts does so then.
	bound, starts, ends time.Duration
	// old is set for a pod that was there before.
	old bool
	// shown is what the account of pods was shown last.
	shown stage
}

// stage is what the API server shows of a pod.
type stage uint8

const (
	absent stage = iota
	bound
	running
)

// schedulerName is that of all pods.
const schedulerName = "telemetry-scheduler"

func (r *reader) pods(f *file, list []podSpec) {
	total := 0
	for i := range list {
		s, at := &list[i], strictyaml.Path("pods").Index(i)
		r.name(at, s.Name)
		if slices.ContainsFunc(list[:i], func(o podSpec) bool { return o.Name == s.Name }) {
			r.wrong(at.Child("name"), "", "there are two pods %q", s.Name)
		}
		count := 1
		if s.Count != nil {
			count = int(*s.Count)
		}
		if total += count; count < 1 || total > mostPods {
			r.wrong(at.Child("count"), "", "a scenario has at least one pod of a kind, and %d pods at most", mostPods)
			return
		}
		one := r.pod(f, at, s)
		one.madeBy, _, _ = strings.Cut(s.Controller, "/")
		one.replicas = r.replicas(at, list[:i], s)
		f.pods = append(f.pods, copies(one, s.Count != nil, count)...)
	}
}

// copies numbers pods that are alike.
func copies(one pod, numbered bool, count int) []pod {
	out := make([]pod, count)
	for i := range out {
		out[i] = one
		out[i].Pod = one.DeepCopy()
		if numbered {
			out[i].Name = fmt.Sprintf("%s-%d", one.Name, i)
		}
		out[i].UID = types.UID(out[i].Namespace + "/" + out[i].Name)
	}
	return out
}

func (r *reader) pod(f *file, at strictyaml.Path, s *podSpec) pod {
	out := pod{Pod: r.object(at, s), entry: s.Name, node: s.Node, arriving: s.Arrives != nil, ends: never}
	out.uses = r.uses(at.Child("uses"), s.Uses, out.Pod)
	switch {
	case out.arriving:
		r.arrival(at, s)
	case s.Node == "":
		r.askedAbout(at)
		return out
	default:
		r.known(at.Child("node"), "node", s.Node, f.nodeNames())
	}
	out.old = s.Bound == nil && s.Starts == nil && !out.arriving
	out.arrives = r.within(at.Child("arrives"), s.Arrives)
	out.bound = max(out.arrives, r.within(at.Child("bound"), s.Bound))
	out.starts = out.bound
	if s.Starts != nil {
		out.starts = r.within(at.Child("starts"), s.Starts)
	}
	if s.Ends != nil {
		out.ends = r.within(at.Child("ends"), s.Ends)
	}
	if out.starts < out.bound || out.ends >= 0 && out.ends < out.starts {
		r.wrong(at, "", "a pod arrives, is bound, starts and ends, in this order")
	}
	return out
}

// askedAbout reports what a pod cannot have that is only asked about.
func (r *reader) askedAbout(at strictyaml.Path) {
	for _, field := range []string{"bound", "starts", "ends", "count", "uses"} {
		if r.at.Has(at.Child(field)) {
			r.wrongKey(at.Child(field), `write the "node" that it runs on, or when it "arrives"`, "a pod without a node is one that is asked about, and has no %q", field)
		}
	}
}

// arrival reports what a pod cannot have that is to be placed.
func (r *reader) arrival(at strictyaml.Path, s *podSpec) {
	if s.Node != "" {
		r.wrongKey(at.Child("node"), `write when it is "bound" there, or leave "node" out`, "a pod that arrives gets its node from the scheduler")
	}
	if s.Bound != nil {
		r.wrongKey(at.Child("bound"), "remove it", "a pod that arrives is bound when it is placed")
	}
}

func namespaceOf(s *podSpec) string { return cmp.Or(s.Namespace, metav1.NamespaceDefault) }

func (r *reader) object(at strictyaml.Path, s *podSpec) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: s.Name, Namespace: namespaceOf(s), Labels: s.Labels, Annotations: s.Annotations,
			OwnerReferences: r.controller(at.Child("controller"), s), CreationTimestamp: metav1.NewTime(began),
		},
		Spec: corev1.PodSpec{SchedulerName: schedulerName, Priority: s.Priority},
	}
	requests := r.quantities(at.Child("requests"), s.Requests, nil, ofNodes...)
	p.Spec.Containers = []corev1.Container{{Name: "main", Resources: corev1.ResourceRequirements{Requests: requests}}}
	return p
}

// controller reads what made a pod, such as DaemonSet/agent.
func (r *reader) controller(at strictyaml.Path, s *podSpec) []metav1.OwnerReference {
	if s.Controller == "" {
		return nil
	}
	kind, name, found := strings.Cut(s.Controller, "/")
	if !found || kind == "" || name == "" {
		r.wrong(at, "write it like DaemonSet/agent", "%q names no controller", strictyaml.Show(s.Controller))
	}
	return []metav1.OwnerReference{reference(namespaceOf(s), kind, name)}
}

// stage is what there is of a pod at a time.
func (p *pod) stage(at time.Duration) stage {
	switch {
	case p.node == "", p.ends >= 0 && at >= p.ends:
		return absent
	case p.old || at >= p.starts:
		return running
	case at >= p.bound:
		return bound
	}
	return absent
}

// state is a pod as the API server shows it in a stage.
func (p *pod) state(s stage) *corev1.Pod {
	out := p.DeepCopy()
	out.Spec.NodeName = p.node
	if s == running {
		started := began.Add(p.starts)
		if p.old {
			started = began.Add(-longAgo)
		}
		out.Status.Phase, out.Status.StartTime = corev1.PodRunning, new(metav1.NewTime(started))
		out.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: "main", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(started)}},
		}}
	}
	return out
}
