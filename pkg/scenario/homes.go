package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/ground"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// homes finds homes by rules, and by what is requested and allocatable: no other plugin of
// a scheduler is asked.
type homes struct {
	*world
	ground *ground.Ground
	// pods are by node, and replacements by the UID of the pod that leaves.
	pods         map[string][]*corev1.Pod
	replacements map[string]*replacement
	// whys says by UID why there was no home at the last attempt.
	whys map[string]string
}

// replacement is the pod that will come in the place of one that leaves.
type replacement struct {
	*corev1.Pod
	facts engine.PodFacts
	// need is what it is judged by: no less than the other was measured to use.
	need engine.Amounts
}

func newHomes(w *world, g *ground.Ground) *homes {
	h := &homes{world: w, ground: g, pods: map[string][]*corev1.Pod{}, replacements: map[string]*replacement{}, whys: map[string]string{}}
	for _, pod := range w.present() {
		h.pods[pod.Spec.NodeName] = append(h.pods[pod.Spec.NodeName], pod)
	}
	return h
}

// prove has the shape of plan.In.Prove.
func (h *homes) prove(victim *plan.Pod, assumed []plan.Move) (plan.Home, plan.Reason) {
	r, against := h.replacementOf(victim), map[string]int{}
	search := h.ground.Search(victim, r.facts)
	for _, name := range h.suitable(victim, r, assumed, search, against) {
		why := h.refuses(name, r, assumed)
		if why == "" {
			return plan.Home{Node: name, Sentence: search.Sentence(name)}, ""
		}
		against[why]++
	}
	h.whys[victim.UID] = counted(against)
	return plan.Home{}, plan.NoHome
}

// suitable are the nodes that rules which evict let be homes, as in the scheduler those
// first with most room before their lines. It counts what speaks against the others.
func (h *homes) suitable(victim *plan.Pod, r *replacement, assumed []plan.Move, search *ground.Search, against map[string]int) (names []string) {
	rooms := map[string]float64{}
	for _, n := range h.joined() {
		if n.Name == victim.Node {
			continue
		}
		room, ok, why := search.Suits(n.Name, r.need, h.beside(n.Name, assumed))
		if !ok {
			against[why]++
			continue
		}
		names, rooms[n.Name] = append(names, n.Name), room
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(rooms[b], rooms[a]) })
	return names
}

func (h *homes) replacementOf(victim *plan.Pod) *replacement {
	out := h.replacements[victim.UID]
	if out == nil {
		at := slices.IndexFunc(h.pods[victim.Node], func(pod *corev1.Pod) bool { return string(pod.UID) == victim.UID })
		pod := anew(h.pods[victim.Node][at])
		asked := h.oracle.Ask(pod)
		out = &replacement{pod, asked.Facts, asked.Units.AtLeast(victim.Use).Amounts()}
		h.replacements[victim.UID] = out
	}
	return out
}

// beside is what came to a node since the Board, and what moves bring there.
func (h *homes) beside(node string, assumed []plan.Move) engine.Amounts {
	out := h.ledger.Account().At(h.board.Slot(node))
	for i := range assumed {
		if assumed[i].Home.Node == node {
			out = out.Plus(h.replacementOf(assumed[i].Pod).need)
		}
	}
	return out
}

// refuses says why a node does not take a pod beside what moves bring there: by a rule
// that blocks, or because what is requested does not fit. Rules do not give way here.
func (h *homes) refuses(node string, r *replacement, assumed []plan.Move) string {
	pods := h.podsThen(node, assumed)
	var requested engine.Amounts
	for _, pod := range pods {
		requested = requested.Plus(inquiry.Requests(pod).Amounts())
	}
	outlook := h.board.Glance(h.board.Govern(r.facts)).Node(node)
	if reason, kept := outlook.KeepsOff(r.need, h.beside(node, assumed), requested); kept {
		return h.board.Reason(reason)
	}
	return overfull(h.node(node).Status.Allocatable, append(pods, r.Pod))
}

// podsThen are the pods of a node with those that moves bring there.
func (h *homes) podsThen(node string, assumed []plan.Move) []*corev1.Pod {
	out := slices.Clone(h.pods[node])
	for i := range assumed {
		if assumed[i].Home.Node == node {
			out = append(out, h.replacementOf(assumed[i].Pod).Pod)
		}
	}
	return out
}

// overfull says of what pods request more than there is, the last of them some of it; in
// the words of the scheduler.
func overfull(has corev1.ResourceList, pods []*corev1.Pod) string {
	if has.Pods().Value() < int64(len(pods)) {
		return "Too many pods"
	}
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		var sum, last resource.Quantity
		for _, pod := range pods {
			last = pod.Spec.Containers[0].Resources.Requests[name]
			sum.Add(last)
		}
		if !last.IsZero() && sum.Cmp(has[name]) > 0 {
			return fmt.Sprintf("Insufficient %s", name)
		}
	}
	return ""
}

// counted lists what speaks against nodes, in the manner of the scheduler.
func counted(against map[string]int) string {
	var out []string
	for why, count := range against {
		out = append(out, fmt.Sprintf("%d %s", count, why))
	}
	slices.Sort(out)
	return cmp.Or(strings.Join(out, ", "), "there is no other node")
}
