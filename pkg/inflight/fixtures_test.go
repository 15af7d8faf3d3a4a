package inflight

import (
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func after(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

const gib = 1 << 30

// pod requests 1 GiB and a tenth of a core.
func pod(name string, change ...func(*v1.Pod)) *v1.Pod {
	p := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID("uid-" + name)},
		Spec:       v1.PodSpec{Containers: []v1.Container{{Name: "main"}}},
	}
	for _, c := range change {
		c(p)
	}
	return p
}

func on(node string) func(*v1.Pod) { return func(p *v1.Pod) { p.Spec.NodeName = node } }

// reborn makes another pod of the same name.
func reborn(p *v1.Pod) { p.UID += "-again" }

func running(since time.Time) func(*v1.Pod) {
	return func(p *v1.Pod) {
		p.Status.Phase = v1.PodRunning
		p.Status.ContainerStatuses = []v1.ContainerStatus{{State: v1.ContainerState{Running: &v1.ContainerStateRunning{StartedAt: metav1.NewTime(since)}}}}
	}
}

func inPhase(phase v1.PodPhase) func(*v1.Pod) { return func(p *v1.Pod) { p.Status.Phase = phase } }

func annotated(text string) func(*v1.Pod) {
	return func(p *v1.Pod) { p.Annotations = map[string]string{rules.AnnotationEstimate: text} }
}

// requesting is what a pod requests of memory, at first or after a resize.
func requesting(bytes int64) func(*v1.Pod) {
	return func(p *v1.Pod) {
		p.Spec.Containers[0].Resources.Requests = v1.ResourceList{v1.ResourceMemory: *resource.NewQuantity(bytes, resource.BinarySI)}
	}
}

// requests are a tenth of a core and, unless the pod says else, 1 GiB.
func requests(p *v1.Pod) Units {
	out := Units{MilliCPU: 100, Bytes: gib, Pods: 1}
	if said, found := p.Spec.Containers[0].Resources.Requests[v1.ResourceMemory]; found {
		out.Bytes = said.Value()
	}
	return out
}

func ownedBy(owner string) func(*v1.Pod) {
	return func(p *v1.Pod) { p.Labels = map[string]string{"owner": owner} }
}

// world is a Ledger with the pods of a cluster.
type world struct {
	*Ledger
	t      testing.TB
	wary   bool // annotations can only raise
	engine *engine.Engine
	pods   []*v1.Pod
	nodes  []string
	now    time.Time
	// meanwhile happens while the pods of the cluster are listed.
	meanwhile func()
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, nodes: []string{"a", "b", "c"}, now: noon, engine: engine.New(engine.Options{}, nil), meanwhile: func() {}}
	w.Ledger = New(Options{
		Requests: requests,
		Owner:    func(p *v1.Pod) Owner { return Owner(p.Labels["owner"]) },
		Pods: func() []*v1.Pod {
			listed := w.pods
			w.meanwhile()
			return listed
		},
		Trust: func() bool { return !w.wary },
		// Node b is small; of the others nothing is known.
		Allocatable: func(node string) Units {
			if node == "b" {
				return Units{MilliCPU: 4000, Bytes: 8 * gib, Pods: 110}
			}
			return Units{}
		},
	})
	return w
}

// see has the API server show a pod.
func (w *world) see(p *v1.Pod) {
	w.pods = append(w.pods, p)
	w.Observe(p, w.now)
}

const horizon = 10 * time.Minute

// tick makes a Board.
func (w *world) tick() map[string][]engine.Flight {
	taken := w.Take(w.now, horizon)
	w.publish()
	return taken
}

func (w *world) publish() { w.Publish(w.board()) }

func (w *world) board() *engine.Board {
	var nodes []engine.Node
	for _, name := range w.nodes {
		nodes = append(nodes, engine.Node{Name: name})
	}
	board, _ := w.engine.Advance(w.now, &rules.RuleSet{Rules: []rules.Rule{{Nodes: labels.Everything()}}}, nodes, nothing{})
	return board
}

type nothing struct{}

func (nothing) Sample(string, string) (float64, time.Time, string) { return 0, time.Time{}, "nothing" }
func (nothing) Window(string, string) time.Duration                { return 0 }

// arrived is what came to a node since the Board, in GiB of memory.
func (w *world) arrived(node string) float64 {
	a := w.Account()
	return a.At(a.Board().Slot(node)).Memory / gib
}

// measure has the pods' use read, in GiB by name.
func (w *world) measure(at time.Time, use map[string]float64) {
	r := &telemetry.PodReading{Use: map[telemetry.PodKey]telemetry.PodUse{}}
	for name, memory := range use {
		r.Use[telemetry.PodKey{Namespace: "default", Name: name}] = telemetry.PodUse{CPU: 0.5, Memory: memory * gib, Time: at}
	}
	w.Learn(r, at)
}
