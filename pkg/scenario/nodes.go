package scenario

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/tools/cache"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// began is when a scenario begins: midnight, so that the time of day is that of the
// scenario.
var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// longAgo is the age of what was there before.
const longAgo = 30 * 24 * time.Hour

// defaultAllocatable makes a percent of memory 1 GiB, and of cpu 100m.
var defaultAllocatable = corev1.ResourceList{
	corev1.ResourceCPU: resource.MustParse("10"), corev1.ResourceMemory: resource.MustParse("100Gi"), corev1.ResourcePods: resource.MustParse("110"),
}

func (r *reader) namespaces(f *file, list []namespaceSpec) {
	for i, s := range list {
		r.name(strictyaml.Path("namespaces").Index(i), s.Name)
		f.namespaces = append(f.namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.Name, Labels: named(s.Labels, corev1.LabelMetadataName, s.Name)}})
	}
}

// namespaceStore has the namespaces that were written, and those of pods.
func (f *file) namespaceStore() cache.Indexer {
	out := newStoreOf()
	for i := range f.pods {
		name := f.pods[i].Namespace
		_ = out.Add(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: named(nil, corev1.LabelMetadataName, name)}})
	}
	for _, n := range f.namespaces {
		_ = out.Add(n) // it fails for what has no name
	}
	return out
}

func (r *reader) nodes(f *file, list []nodeSpec) {
	if len(list) == 0 {
		r.missing("", "nodes", `write "- {name: a}"`)
	}
	for i := range list {
		s, at := &list[i], strictyaml.Path("nodes").Index(i)
		r.name(at, s.Name)
		if f.node(s.Name) != nil {
			r.wrong(at.Child("name"), "", "there are two nodes %q", s.Name)
			continue
		}
		joins := r.within(at.Child("joins"), s.Joins)
		f.nodes = append(f.nodes, node{r.node(at, s, joins), joins})
	}
	slices.SortFunc(f.nodes, func(a, b node) int { return strings.Compare(a.Name, b.Name) })
}

func (r *reader) node(at strictyaml.Path, s *nodeSpec, joins time.Duration) *corev1.Node {
	created := began.Add(-longAgo)
	if s.Joins != nil {
		created = began.Add(joins)
	}
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{
		Name: s.Name, CreationTimestamp: metav1.NewTime(created),
		Labels: named(s.Labels, corev1.LabelHostname, s.Name), Annotations: s.Annotations,
	}}
	n.Status.Allocatable = r.quantities(at.Child("allocatable"), s.Allocatable, defaultAllocatable, ofNodes...)
	n.Status.Capacity = r.quantities(at.Child("capacity"), s.Capacity, n.Status.Allocatable, ofNodes...)
	n.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: s.Name}}
	if s.InternalIP != "" {
		n.Status.Addresses = append(n.Status.Addresses, corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: s.InternalIP})
	}
	return n
}

// named returns labels with the one that Kubernetes itself sets.
func named(labels map[string]string, key, name string) map[string]string {
	out := map[string]string{key: name}
	for k, v := range labels {
		out[k] = v
	}
	return out
}

// ofNodes are the resources that nodes have for pods.
var ofNodes = []string{"cpu", "memory", "pods"}

// quantities reads amounts of resources, and takes those that are not written from the
// defaults.
func (r *reader) quantities(at strictyaml.Path, written map[string]strictyaml.Scalar, defaults corev1.ResourceList, resources ...string) corev1.ResourceList {
	out := defaults.DeepCopy()
	if out == nil {
		out = corev1.ResourceList{}
	}
	for name, s := range written {
		if !r.known(at.Key(name), "resource", name, resources) {
			continue
		}
		quantity, err := resource.ParseQuantity(s.Text)
		if err != nil || quantity.Sign() < 0 {
			r.wrong(at.Key(name), "write it like 500m or 2Gi", "%q is no quantity", strictyaml.Show(s.Text))
			continue
		}
		out[corev1.ResourceName(name)] = quantity
	}
	return out
}

// name checks the name of an object. What expectations say where there is no node is
// none.
func (r *reader) name(at strictyaml.Path, name string) {
	switch problems := validation.IsDNS1123Subdomain(name); {
	case name == "":
		r.missing(at, "name", "")
	case len(problems) > 0:
		r.wrong(at.Child("name"), "", "%q is not valid: %s", strictyaml.Show(name), problems[0])
	case name == nobody || name == or:
		r.wrong(at.Child("name"), "call it something else", "expectations mean something by %q", name)
	}
}
