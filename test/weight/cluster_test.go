package weight

import (
	"fmt"
	"math/rand/v2"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// A node has so many cores and bytes; a pod asks for one part of podsOfANode, and
// uses what it asks for.
const (
	nodeCount   = 100
	nodeCores   = 16
	nodeBytes   = 64 << 30
	podsOfANode = 32
)

// The shares of a node that are in use before anything is placed.
const leastUsed, mostUsed = 0.30, 0.88

// relation says how what pods asked for has to do with what they use.
type relation string

const (
	uncorrelated   relation = "uncorrelated"
	correlated     relation = "correlated"
	anticorrelated relation = "anticorrelated"
)

// machine is a node with the shares of its memory that are asked for and in use.
type machine struct {
	node            *v1.Node
	requested, used float64
}

var zones = []string{"a", "b", "c"}

// newMachines returns nodes in three zones. A third of them, across the zones, has
// the label and the taint of third.
func newMachines(random *rand.Rand, how relation) []*machine {
	all := make([]*machine, nodeCount)
	for i := range all {
		m := &machine{node: newNode(i), used: between(random, leastUsed, mostUsed)}
		switch how {
		case correlated:
			m.requested = m.used
		case anticorrelated:
			m.requested = leastUsed + mostUsed - m.used
		default:
			m.requested = between(random, leastUsed, mostUsed)
		}
		all[i] = m
	}
	return all
}

func between(random *rand.Rand, low, high float64) float64 {
	return low + (high-low)*random.Float64()
}

const third = "telemetry-scheduler.io/third"

func isThird(n *v1.Node) bool { return n.Labels[third] == "true" }

func newNode(i int) *v1.Node {
	name := fmt.Sprintf("node-%03d", i)
	n := &v1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
			v1.LabelHostname: name, v1.LabelTopologyZone: zones[i%len(zones)], third: fmt.Sprint(i/len(zones)%3 == 0),
		}},
		Status: v1.NodeStatus{Allocatable: v1.ResourceList{
			v1.ResourceCPU: *resource.NewQuantity(nodeCores, resource.DecimalSI), v1.ResourceMemory: *resource.NewQuantity(nodeBytes, resource.BinarySI),
			v1.ResourcePods: *resource.NewQuantity(110, resource.DecimalSI),
		}},
	}
	n.Status.Capacity = n.Status.Allocatable
	return n
}

// newPod belongs to an application, which has a Service.
func newPod(app string, i int, cpu, memory float64) *v1.Pod {
	name := fmt.Sprintf("%s-%d", app, i)
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID(name), Labels: map[string]string{"app": app}},
		Spec: v1.PodSpec{Containers: []v1.Container{{Name: "main", Image: "image", Resources: v1.ResourceRequirements{Requests: v1.ResourceList{
			v1.ResourceCPU: *resource.NewMilliQuantity(int64(1000*nodeCores*cpu), resource.DecimalSI), v1.ResourceMemory: *resource.NewQuantity(int64(nodeBytes*memory), resource.BinarySI),
		}}}}},
	}
}

// resident asks for what the node's pods ask for. CPU is asked for a little more or
// less than memory, so that there is something to balance.
func (m *machine) resident(random *rand.Rand) *v1.Pod {
	cpu := min(0.95, max(0.05, m.requested+between(random, -0.1, 0.1)))
	pod := newPod("resident-"+m.node.Name, 0, cpu, m.requested)
	pod.Spec.NodeName = m.node.Name
	return pod
}

// seen is a machine as the engine sees it.
func (m *machine) seen() engine.Node {
	size := engine.Amounts{CPU: nodeCores, Memory: nodeBytes, Pods: 110}
	return engine.Node{Name: m.node.Name, Labels: m.node.Labels, Created: noon.Add(-24 * time.Hour), Allocatable: size, Capacity: size}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// telemetryOf is what is measured of machines at a time.
type telemetryOf struct {
	at   time.Time
	used map[string]float64
}

// Sample implements engine.Samples.
func (t telemetryOf) Sample(metric, node string) (float64, time.Time, string) {
	used, found := t.used[node]
	if !found {
		return 0, time.Time{}, "no sample"
	}
	if metric == "memory-available" {
		return nodeBytes * (1 - used), t.at, ""
	}
	return 100 * used, t.at, ""
}

func (telemetryOf) Window(string, string) time.Duration { return 0 }
