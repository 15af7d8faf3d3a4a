package scenario

import (
	"cmp"
	"slices"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// budgets reads the PodDisruptionBudgets.
func (r *reader) budgets(f *file, list []budgetSpec) {
	for i := range list {
		s, at := &list[i], strictyaml.Path("disruptionBudgets").Index(i)
		r.name(at, s.Name)
		if len(s.MatchLabels) == 0 {
			r.missing(at, "matchLabels", "write the labels of the pods that it covers, like {app: web}")
		}
		b := &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Namespace: cmp.Or(s.Namespace, metav1.NamespaceDefault), Name: s.Name}}
		if slices.ContainsFunc(f.budgets, func(o *policyv1.PodDisruptionBudget) bool { return o.Namespace == b.Namespace && o.Name == b.Name }) {
			r.wrong(at.Child("name"), "", "there are two disruptionBudgets %q", s.Name)
		}
		b.Spec.Selector = &metav1.LabelSelector{MatchLabels: s.MatchLabels}
		b.Status.DisruptionsAllowed = r.allowed(at, s.DisruptionsAllowed)
		f.budgets = append(f.budgets, b)
	}
}

func (r *reader) allowed(at strictyaml.Path, written *int32) int32 {
	switch field := "disruptionsAllowed"; {
	case written == nil:
		r.missing(at, field, "write 0 to let none go")
		return 0
	case *written < 0:
		r.wrong(at.Child(field), "write 0 to let none go", "%s must not be negative", field)
	}
	return *written
}
