package marks

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// Owner is who marks, as nodes tell it: the field manager of our labels, and the value of our
// taints. Of two releases each has its own.
type Owner string

// OwnerOf returns the owner of the marks of a release.
func OwnerOf(release string) Owner { return Owner(release + "-marks") }

// Node is what is looked at of a node.
type Node struct {
	Name    string
	UID     string
	Version string
	// Labels are all that the node has; Ours the keys of those that we set.
	Labels map[string]string
	Ours   map[string]bool
	// Taints are all that the node has.
	Taints []corev1.Taint
}

// see returns what there is to be seen of a node.
func (o Owner) see(n *corev1.Node) *Node {
	return &Node{
		Name: n.Name, UID: string(n.UID), Version: n.ResourceVersion,
		Labels: n.Labels, Ours: o.labels(n.ManagedFields), Taints: n.Spec.Taints,
	}
}

// seen are nodes as a cache holds them, and what is looked at of each. A cache never changes
// what it holds: another version is another object.
type seen map[*corev1.Node]*Node

// seeAll returns nodes in the order of their names, and all that was seen; what was seen before
// is not taken apart again.
func (o Owner) seeAll(list []*corev1.Node, before seen) ([]*Node, seen) {
	out, now := make([]*Node, 0, len(list)), make(seen, len(list))
	for _, n := range list {
		sketch := before[n]
		if sketch == nil {
			sketch = o.see(n)
		}
		now[n] = sketch
		out = append(out, sketch)
	}
	slices.SortFunc(out, func(a, b *Node) int { return strings.Compare(a.Name, b.Name) })
	return out, now
}

// labels returns the keys of the labels that the API server says we applied. A label that
// somebody else has changed since is theirs, which the API server sees to.
func (o Owner) labels(fields []metav1.ManagedFieldsEntry) map[string]bool {
	out := map[string]bool{}
	for i := range fields {
		f := &fields[i]
		if f.Manager != string(o) || f.Operation != metav1.ManagedFieldsOperationApply || f.FieldsV1 == nil {
			continue
		}
		var set fieldpath.Set
		if set.FromJSON(f.FieldsV1.GetRawReader()) == nil {
			set.Iterate(func(p fieldpath.Path) { addLabel(out, p) })
		}
	}
	return out
}

func addLabel(to map[string]bool, p fieldpath.Path) {
	is := func(i int, name string) bool { return p[i].FieldName != nil && *p[i].FieldName == name }
	if len(p) == 3 && is(0, "metadata") && is(1, "labels") && p[2].FieldName != nil {
		to[*p[2].FieldName] = true
	}
}

// ours reports whether a taint is one that we set.
func (o Owner) ours(t corev1.Taint) bool { return t.Value == string(o) }

// Standing returns the marks of an owner that a node carries, in the order of their keys.
func (o Owner) Standing(n *corev1.Node) (out []Key) {
	for key := range o.labels(n.ManagedFields) {
		out = append(out, Key{Label, key})
	}
	for _, t := range n.Spec.Taints {
		if o.ours(t) {
			out = append(out, Key{Taint, t.Key})
		}
	}
	slices.SortFunc(out, func(a, b Key) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(string(a.Kind), string(b.Kind)))
	})
	return out
}

// carries reports whether a node has anything of ours.
func (o Owner) carries(n *Node) bool { return len(n.Ours) > 0 || slices.ContainsFunc(n.Taints, o.ours) }

// keepsOff reports whether a taint of ours keeps pods off.
func (o Owner) keepsOff(taints []corev1.Taint) bool {
	return slices.ContainsFunc(taints, func(t corev1.Taint) bool { return o.ours(t) && t.Effect == corev1.TaintEffectNoSchedule })
}

// Slim is the transform of caches of nodes: it keeps what is looked at.
func (o Owner) Slim(obj any) (any, error) {
	n, is := obj.(*corev1.Node)
	if !is {
		return obj, nil
	}
	own := func(f metav1.ManagedFieldsEntry) bool { return f.Manager == string(o) }
	fields := slices.Collect(func(yield func(metav1.ManagedFieldsEntry) bool) {
		for _, f := range n.ManagedFields {
			if own(f) && !yield(f) {
				return
			}
		}
	})
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: n.Name, UID: n.UID, ResourceVersion: n.ResourceVersion, Labels: maps.Clone(n.Labels), ManagedFields: fields,
		},
		Spec: corev1.NodeSpec{Taints: n.Spec.Taints},
	}, nil
}
