package telemetry

import (
	"fmt"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/events"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// noon is when tests judge nodes.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const memoryRule = "- {name: memory-above-90, when: {metric: memory, above: 90%}, actions: {block: {}}}"

// ruleSet parses the entries of a list of rules; none where it is empty.
func ruleSet(t testing.TB, list string) *rules.RuleSet {
	t.Helper()
	if list == "" {
		return rules.Merge(rules.Builtins(15*time.Second, time.Minute), nil, rules.Pause{})
	}
	text := "apiVersion: " + rules.APIVersion + "\nkind: " + rules.Kind + "\nrules:\n" + list
	metrics := rules.Builtins(15*time.Second, time.Minute)
	document, mistakes := rules.Parse("test", []byte(text), rules.Options{Metrics: metrics})
	if document == nil {
		t.Fatal(mistakes)
	}
	return rules.Merge(metrics, []*rules.Document{document}, rules.Pause{})
}

// percent is the memory in use by node, as samples taken now.
type percent struct {
	at   time.Time
	used map[string]float64
}

func (p percent) Sample(_, node string) (float64, time.Time, string) {
	value, found := p.used[node]
	if !found {
		return 0, time.Time{}, "no sample"
	}
	return value, p.at, ""
}

func (percent) Window(string, string) time.Duration { return 0 }

// cluster makes Boards one after another.
type cluster struct {
	t      testing.TB
	engine *engine.Engine
	rules  *rules.RuleSet
	now    time.Time
	// created is when the nodes joined, and silent is set before they report.
	created time.Time
	silent  bool
}

func newCluster(t testing.TB, list string) *cluster {
	return &cluster{t: t, engine: engine.New(engine.Options{NewNodeGrace: 3 * time.Minute}, nil), rules: ruleSet(t, list), now: noon, created: noon.Add(-time.Hour)}
}

// board judges nodes of 100 GiB and 10 cores by the share of memory in use.
func (c *cluster) board(used map[string]float64) *engine.Board {
	c.now = c.now.Add(15 * time.Second)
	var nodes []engine.Node
	for name := range used {
		size := engine.Amounts{CPU: 10, Memory: 100 << 30, Pods: 110}
		nodes = append(nodes, engine.Node{
			Name: name, Created: c.created, Labels: map[string]string{v1.LabelHostname: name},
			Allocatable: size, Capacity: size,
		})
	}
	if c.silent {
		used = nil
	}
	board, _ := c.engine.Advance(c.now, c.rules, nodes, percent{c.now, used})
	return board
}

// numbered returns a name like the one before with the next number.
func numbered(prefix string, i int) string { return fmt.Sprintf("%s%04d", prefix, i) }

// pod describes a pod for tests.
func newPod(name string, change ...func(*v1.Pod)) *v1.Pod {
	pod := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: "default", UID: types.UID("uid-" + name), CreationTimestamp: metav1.NewTime(noon),
		},
		Spec: v1.PodSpec{SchedulerName: "telemetry-scheduler", Containers: []v1.Container{{Name: "main", Image: "image"}}},
	}
	for _, c := range change {
		c(pod)
	}
	return pod
}

func needing(memory string) func(*v1.Pod) {
	return func(pod *v1.Pod) {
		pod.Spec.Containers[0].Resources.Requests = v1.ResourceList{
			v1.ResourceMemory: resource.MustParse(memory), v1.ResourceCPU: resource.MustParse("100m"),
		}
	}
}

func annotated(key, value string) func(*v1.Pod) {
	return func(pod *v1.Pod) { metav1.SetMetaDataAnnotation(&pod.ObjectMeta, key, value) }
}

func labelled(key, value string) func(*v1.Pod) {
	return func(pod *v1.Pod) { metav1.SetMetaDataLabel(&pod.ObjectMeta, key, value) }
}

func withPriority(p int32) func(*v1.Pod) {
	return func(pod *v1.Pod) { pod.Spec.Priority = &p }
}

func aged(age time.Duration) func(*v1.Pod) {
	return func(pod *v1.Pod) { pod.CreationTimestamp = metav1.NewTime(noon.Add(-age)) }
}

func onNode(name string) func(*v1.Pod) {
	return func(pod *v1.Pod) { pod.Spec.NodeName = name }
}

func controlledBy(kind string) func(*v1.Pod) {
	return func(pod *v1.Pod) {
		yes := true
		pod.OwnerReferences = []metav1.OwnerReference{{Kind: kind, Name: "owner", UID: types.UID(strings.ToLower(kind)), Controller: &yes}}
	}
}

func newNode(name string, change ...func(*v1.Node)) *v1.Node {
	node := &v1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(noon.Add(-time.Hour)), Labels: map[string]string{v1.LabelHostname: name}},
		Status: v1.NodeStatus{Allocatable: v1.ResourceList{
			v1.ResourceCPU: resource.MustParse("10"), v1.ResourceMemory: resource.MustParse("100Gi"), v1.ResourcePods: resource.MustParse("110"),
		}},
	}
	for _, c := range change {
		c(node)
	}
	return node
}

func nodeInfo(name string, pods ...*v1.Pod) fwk.NodeInfo {
	info := framework.NewNodeInfo(pods...)
	info.SetNode(newNode(name))
	return info
}

func namespaceLister(namespaces ...*v1.Namespace) corelisters.NamespaceLister {
	index := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	for _, n := range namespaces {
		_ = index.Add(n)
	}
	return corelisters.NewNamespaceLister(index)
}

func nodeLister(nodes ...*v1.Node) corelisters.NodeLister {
	index := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	for _, n := range nodes {
		_ = index.Add(n)
	}
	return corelisters.NewNodeLister(index)
}

// newPlugin returns a plugin as a profile has it, with a Board or nil.
func newPlugin(board *engine.Board) *Plugin {
	shared := NewShared(Options{})
	if board != nil {
		shared.Publish(board, nil)
	}
	return &Plugin{
		shared: shared,
		nodes:  nodeLister(),
		events: events.NewFakeRecorder(100),
		pods: inquiry.Reader{Exemptions: true, Namespaces: namespaceLister(&v1.Namespace{
			ObjectMeta: metav1.ObjectMeta{Name: "default", Labels: map[string]string{"team": "a"}},
		})},
	}
}
