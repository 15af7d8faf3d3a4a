package inflight

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// replica is a Ledger beside a recount: what should be in it by what has happened.
type replica struct {
	*world
	held map[string]held
	// taken is how many evaluations have begun, and published the number of the newest
	// that has ended.
	taken, published int
	// lesson is what siblings taught, in bytes.
	lesson int64
}

// held is a pod that counts.
type held struct {
	node string
	// added is what came to the Accounts of evaluations up to the number since; expected
	// is what the next one counts.
	added, expected int64
	since           int
	// aside is set where its estimate does not count beyond what it requests.
	bound, aside bool
	began        time.Time
}

// estimate is what a pod counts with.
func (r *replica) estimate(pod *v1.Pod, aside bool) int64 {
	asked := requests(pod).Bytes
	if pod.Labels["owner"] == "" || r.lesson == 0 || aside && r.lesson > asked {
		return asked
	}
	return r.lesson
}

// reserve takes a pod for a node, judged by its estimate or by its requests.
func (r *replica) reserve(pod *v1.Pod, node string, byRequests bool) {
	need := r.estimate(pod, byRequests)
	r.Reserve(pod, node, Units{Bytes: need, Pods: 1})
	if !r.held[pod.Name].bound {
		r.held[pod.Name] = held{node: node, added: need, expected: need, since: r.taken, aside: need < r.estimate(pod, false)}
	}
}

func (r *replica) unreserve(pod *v1.Pod) {
	r.Unreserve(pod)
	if !r.held[pod.Name].bound {
		delete(r.held, pod.Name)
	}
}

// sees recounts a pod that the informer has shown.
func (r *replica) sees(pod *v1.Pod, began time.Time) {
	h, known := r.held[pod.Name]
	expected := r.estimate(pod, h.aside)
	switch {
	case pod.Status.Phase == v1.PodSucceeded:
		delete(r.held, pod.Name)
		return
	case !known && !began.IsZero() && r.now.Sub(began) > horizon:
		return
	case !known || h.node != pod.Spec.NodeName:
		h = held{node: pod.Spec.NodeName, added: expected, since: r.taken, aside: h.aside}
	}
	h.bound, h.began, h.expected = true, began, expected
	r.held[pod.Name] = h
}

// learns has an elder of the owner measured, and all that are in flight revised.
func (r *replica) learns(bytes int64, pods func(name string) *v1.Pod) {
	r.measure(r.now, map[string]float64{"elder": float64(bytes) / gib})
	r.lesson = bytes
	for name, h := range r.held {
		if pod := pods(name); pod.Labels["owner"] != "" {
			h.expected = r.estimate(pod, h.aside)
			r.held[name] = h
		}
	}
}

// takes begins an evaluation, and tells how what it counts differs from the recount.
func (r *replica) takes(now time.Time) (difference string) {
	r.now = now
	want := map[string][]engine.Flight{}
	for name, h := range r.held {
		if !h.began.IsZero() && now.Sub(h.began) > horizon {
			delete(r.held, name)
			continue
		}
		want[h.node] = append(want[h.node], engine.Flight{Estimate: engine.Amounts{Memory: float64(h.expected), Pods: 1}, Bound: h.bound, Began: h.began})
	}
	r.taken++
	return gocmp.Diff(comparable(want), comparable(r.Take(now, horizon)))
}

// publishes ends the evaluation with a Board of some nodes.
func (r *replica) publishes(nodes []string) {
	r.nodes, r.published = nodes, r.taken
	r.publish()
}

// comparable orders flights, and leaves out what the recount does not know.
func comparable(flights map[string][]engine.Flight) map[string][]engine.Flight {
	for _, all := range flights {
		for i := range all {
			all[i].Estimate.CPU, all[i].Measurable = 0, false
		}
		slices.SortFunc(all, func(a, b engine.Flight) int {
			return cmp.Or(cmp.Compare(a.Estimate.Memory, b.Estimate.Memory), a.Began.Compare(b.Began), cmp.Compare(fmt.Sprint(a.Bound), fmt.Sprint(b.Bound)))
		})
	}
	return flights
}

// account tells how the Account differs from the recount.
func (r *replica) account() string {
	want := map[string]int64{}
	for _, h := range r.held {
		if h.since >= r.published && slices.Contains(r.nodes, h.node) {
			want[h.node] += h.added
		}
	}
	got, a := map[string]int64{}, r.Account()
	for _, node := range r.nodes {
		if bytes := int64(a.At(a.Board().Slot(node)).Memory); bytes != 0 {
			got[node] = bytes
		}
	}
	if maps.Equal(want, got) {
		return ""
	}
	return gocmp.Diff(want, got)
}
