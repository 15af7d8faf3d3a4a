package inflight

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"
)

// history is a cluster in which anything may happen to pods at any time, and two
// replicas that keep account of them. One leads, and may fall.
type history struct {
	t      *testing.T
	random *rand.Rand
	// shown is what the API server has of pods with a node, and began when each started.
	shown           map[string]*v1.Pod
	began           map[string]time.Time
	bytes           map[string]int64 // what each pod requests
	now             time.Time
	nodes           []string
	leader, standby *replica
}

// TestTheAccountIsThatOfANaiveRecount does at random what can happen to pods.
func TestTheAccountIsThatOfANaiveRecount(t *testing.T) {
	for seed := range uint64(100) {
		h := &history{t: t, random: rand.New(rand.NewPCG(seed, 0)), now: noon, nodes: []string{"a", "b", "c"},
			shown: map[string]*v1.Pod{}, began: map[string]time.Time{}, bytes: map[string]int64{}}
		h.leader, h.standby = h.restarted(), h.restarted()
		for step := range 200 {
			done, difference := h.step()
			for _, r := range []*replica{h.leader, h.standby} {
				difference += r.account()
			}
			if difference != "" {
				t.Fatalf("seed %d, step %d, after %s (-want +got):\n%s", seed, step, done, difference)
			}
		}
	}
}

func (h *history) step() (done, difference string) {
	switch h.random.IntN(50) {
	case 0:
		h.fall()
		return "the fall of the leader", ""
	case 1, 2, 3, 4:
		return h.tick()
	}
	return h.happen(), ""
}

// happen does something to one pod.
func (h *history) happen() (done string) {
	name, node := fmt.Sprintf("p%d", h.random.IntN(8)), string(rune('a'+h.random.IntN(4)))
	switch h.random.IntN(11) {
	case 0, 1:
		return h.reserve(name, node)
	case 2:
		h.leader.unreserve(h.pod(name))
		return "failing to bind " + name
	case 3, 4:
		return h.bind(name, node)
	case 5:
		h.delete(name)
		return "deleting " + name
	case 6:
		h.show(h.pod(name, on(node), inPhase(v1.PodSucceeded)))
		return "ending " + name
	case 7:
		return h.start(name)
	case 8:
		h.replace(name)
		return "replacing " + name + " while the watch was down"
	case 9:
		return h.resize(name)
	}
	h.learn(int64(1+h.random.IntN(5)) * gib)
	return "measuring siblings"
}

// pod is one as the API server has it before it is bound. Every second has an owner.
func (h *history) pod(name string, change ...func(*v1.Pod)) *v1.Pod {
	if h.bytes[name] == 0 {
		h.bytes[name] = gib
	}
	if name[1]%2 == 0 {
		change = append(change, ownedBy("o"))
	}
	return pod(name, append(change, requesting(h.bytes[name]))...)
}

// show has the informers of both replicas tell of a pod.
func (h *history) show(pod *v1.Pod) {
	h.began[pod.Name] = time.Time{}
	if pod.Status.Phase == v1.PodRunning {
		h.began[pod.Name] = beginning(pod)
	}
	for _, r := range []*replica{h.leader, h.standby} {
		h.handler(r).OnUpdate(h.pod(pod.Name), pod)
		r.sees(pod, h.began[pod.Name])
	}
	h.shown[pod.Name] = pod
}

func (h *history) handler(r *replica) cache.ResourceEventHandler {
	return r.Handler(func() time.Time { return h.now })
}

// reserve takes a pod for a node, judged by its requests now and then.
func (h *history) reserve(name, node string) string {
	if _, known := h.leader.held[name]; !known && h.shown[name] != nil {
		return "reserving nothing"
	}
	h.leader.reserve(h.pod(name), node, h.random.IntN(4) == 0)
	return "reserving " + name + " on " + node
}

func (h *history) learn(bytes int64) {
	h.leader.learns(bytes, func(name string) *v1.Pod { return h.pod(name) })
}

// bind has a pod land where it was reserved, or anywhere: others bind too.
func (h *history) bind(name, node string) string {
	if reserved, known := h.leader.held[name]; known && h.random.IntN(3) > 0 {
		node = reserved.node
	}
	h.show(h.pod(name, on(node)))
	return "binding " + name + " to " + node
}

func (h *history) start(name string) string {
	if h.shown[name] == nil || !h.began[name].IsZero() {
		return "starting nothing"
	}
	h.show(h.pod(name, on(h.shown[name].Spec.NodeName), running(h.now)))
	return "starting " + name
}

// delete has the informers tell of an end, or of one that they missed.
func (h *history) delete(name string) {
	var gone any = h.pod(name)
	if h.random.IntN(2) == 0 {
		gone = cache.DeletedFinalStateUnknown{Key: "default/" + name, Obj: gone}
	}
	for _, r := range []*replica{h.leader, h.standby} {
		h.handler(r).OnDelete(gone)
		delete(r.held, name)
	}
	delete(h.shown, name)
}

// replace has another pod stand under a pod's name, which has no node yet.
func (h *history) replace(name string) {
	for _, r := range []*replica{h.leader, h.standby} {
		h.handler(r).OnUpdate(h.pod(name), h.pod(name, reborn))
		delete(r.held, name)
	}
	delete(h.shown, name)
}

// resize changes what a bound pod requests, in place.
func (h *history) resize(name string) string {
	was := h.shown[name]
	if was == nil || was.Status.Phase == v1.PodSucceeded {
		return "resizing nothing"
	}
	h.bytes[name] = int64(1+h.random.IntN(5)) * gib
	now := was.DeepCopy()
	requesting(h.bytes[name])(now)
	h.show(now)
	return fmt.Sprintf("resizing %s to %d GiB", name, h.bytes[name]/gib)
}

// restarted is a replica that has just begun: it knows of what the API server has.
func (h *history) restarted() *replica {
	r := &replica{world: newWorld(h.t), held: map[string]held{}}
	r.now = h.now
	r.pods = append(r.pods, pod("elder", ownedBy("o"), on("c"), running(noon.Add(-time.Hour))))
	for name, pod := range h.shown {
		r.pods = append(r.pods, pod)
		h.handler(r).OnAdd(pod, true)
		r.sees(pod, h.began[name])
	}
	if difference := r.takes(h.now); difference != "" {
		h.t.Fatalf("after a restart (-want +got):\n%s", difference)
	}
	r.publishes(h.nodes)
	return r
}

// fall has the replica that stands by lead. What the former had reserved is nobody's,
// and the new one learns by its own first reading.
func (h *history) fall() {
	h.standby.Remember(h.leader.Lessons())
	known := h.leader.lesson
	h.leader, h.standby = h.standby, h.restarted()
	h.learn(max(known, gib))
}

// tick has nodes come and go, and something happen while Boards are made.
func (h *history) tick() (done, difference string) {
	h.now = h.now.Add(time.Duration(h.random.IntN(150)) * time.Second)
	h.nodes = []string{"a", "b", "c", "d"}[h.random.IntN(2) : 3+h.random.IntN(2)]
	for _, r := range []*replica{h.leader, h.standby} {
		difference += r.takes(h.now)
	}
	done = fmt.Sprintf("a tick with nodes %v", h.nodes)
	for range h.random.IntN(4) {
		done += ", " + h.happen()
	}
	for _, r := range []*replica{h.leader, h.standby} {
		r.publishes(h.nodes)
	}
	return done, difference
}
