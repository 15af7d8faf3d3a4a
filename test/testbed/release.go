package testbed

import (
	"context"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// InstallIn is Install in another namespace and with roles of its own, so that
// several schedulers on one control plane know nothing of each other.
func (b *Bed) InstallIn(ctx context.Context, namespace string) error {
	return b.ApplyIn(ctx, namespace, "install.yaml")
}

// ApplyIn applies one of the shipped manifests likewise.
func (b *Bed) ApplyIn(ctx context.Context, namespace, file string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	return b.ApplyFile(ctx, filepath.Join(root, "manifests", file), func(o *unstructured.Unstructured) bool {
		move(o, namespace)
		return o.GetKind() != "Deployment"
	})
}

// move makes an object of the shipped manifest one of another namespace. What has
// no namespace of ours is known by its name.
func move(o *unstructured.Unstructured, to string) {
	switch o.GetKind() {
	case "Namespace":
		o.SetName(to)
	case "ClusterRole", "ClusterRoleBinding":
		o.SetName(Qualified(to, o.GetName()))
	case "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding":
		movePolicy(o, to)
	}
	switch o.GetNamespace() {
	case Namespace:
		o.SetNamespace(to)
	case "":
	default:
		o.SetName(Qualified(to, o.GetName()))
	}
	moveRole(o, to)
	moveSubjects(o, to)
}

// Qualified is the name under which InstallIn keeps an object that is not in the
// namespace.
func Qualified(namespace, name string) string { return namespace + ":" + name }

// movePolicy has a policy look at the account of the other namespace, and keep that one.
func movePolicy(o *unstructured.Unstructured, to string) {
	named := o.GetName()
	text, err := o.MarshalJSON()
	if err != nil {
		panic(err) // it was read from JSON
	}
	moved := strings.NewReplacer(
		"system:serviceaccount:"+Namespace+":", "system:serviceaccount:"+to+":", `\"`+Namespace+`\"`, `\"`+to+`\"`,
		`"`+named+`"`, `"`+to+"-"+named+`"`,
	).Replace(string(text))
	if err := o.UnmarshalJSON([]byte(moved)); err != nil {
		panic(err)
	}
}

// moveRole follows a cluster role that was renamed. The others are Kubernetes'
// own.
func moveRole(o *unstructured.Unstructured, to string) {
	if o.GetKind() != "ClusterRoleBinding" {
		return
	}
	if name, found, _ := unstructured.NestedString(o.Object, "roleRef", "name"); found {
		_ = unstructured.SetNestedField(o.Object, Qualified(to, name), "roleRef", "name")
	}
}

func moveSubjects(o *unstructured.Unstructured, to string) {
	subjects, _, _ := unstructured.NestedSlice(o.Object, "subjects")
	if len(subjects) == 0 {
		return
	}
	for _, s := range subjects {
		s.(map[string]any)["namespace"] = to
	}
	_ = unstructured.SetNestedSlice(o.Object, subjects, "subjects")
}
