package chart

import (
	"fmt"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/cel/environment"
)

// compiled is a policy as the API server evaluates it.
func compiled(t *testing.T, p *admissionv1.ValidatingAdmissionPolicy) validating.Validator {
	t.Helper()
	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	if err != nil {
		t.Fatal(err)
	}
	var variables []cel.NamedExpressionAccessor
	for _, v := range p.Spec.Variables {
		variables = append(variables, &validating.Variable{Name: v.Name, Expression: v.Expression})
	}
	has := cel.OptionalVariableDeclarations{HasAuthorizer: true}
	compiler.CompileAndStoreVariables(variables, has, environment.StoredExpressions)
	var conditions, checks, messages []cel.ExpressionAccessor
	for i := range p.Spec.MatchConditions {
		conditions = append(conditions, (*matchconditions.MatchCondition)(&p.Spec.MatchConditions[i]))
	}
	for _, v := range p.Spec.Validations {
		checks = append(checks, &validating.ValidationCondition{Expression: v.Expression, Message: v.Message})
		messages = append(messages, &validating.MessageExpressionCondition{MessageExpression: v.MessageExpression})
	}
	matcher := matchconditions.NewMatcher(compiler.CompileCondition(conditions, has, environment.StoredExpressions), p.Spec.FailurePolicy, "policy", "validate", p.Name)
	return validating.NewValidator(compiler.CompileCondition(checks, has, environment.StoredExpressions), matcher,
		compiler.CompileCondition(nil, has, environment.StoredExpressions), compiler.CompileCondition(messages, cel.OptionalVariableDeclarations{}, environment.StoredExpressions), p.Spec.FailurePolicy, nil)
}

// denied is what a policy says against a request of an account; nothing where it lets it in.
func denied(t *testing.T, v validating.Validator, account string, operation admission.Operation, subresource string, before, after runtime.Object) string {
	t.Helper()
	kind, resource := corev1.SchemeGroupVersion.WithKind("Node"), corev1.SchemeGroupVersion.WithResource("nodes")
	attributes := admission.NewAttributesRecord(after, before, kind, "", "n", resource, subresource, operation, nil, false, &user.DefaultInfo{Name: account})
	result := v.Validate(t.Context(), resource, &admission.VersionedAttributes{Attributes: attributes, VersionedKind: kind, VersionedObject: admission.NewLazyObject(after), VersionedOldObject: admission.NewLazyObject(before)}, nil, nil, celconfig.RuntimeCELCostBudget, nil)
	var says []string
	for _, d := range result.Decisions {
		if d.Action != validating.ActionAdmit {
			says = append(says, d.Message)
		}
	}
	return strings.Join(says, "; ")
}

// TestThePolicyOfMarksOnNodesOfAllKinds evaluates it as the API server does.
func TestThePolicyOfMarksOnNodesOfAllKinds(t *testing.T) {
	policy := compiled(t, get[*admissionv1.ValidatingAdmissionPolicy](t, usual(marking+"\ntelemetry: {markPrefixes: [example.com/]}").render(t), "ValidatingAdmissionPolicy /"+ours+"-marks"))
	account := "system:serviceaccount:" + ours + ":" + ours + "-marks"
	ourTaint := corev1.Taint{Key: "telemetry-scheduler.io/hot", Value: ours + "-marks", Effect: corev1.TaintEffectNoSchedule}
	gone := corev1.Taint{Key: corev1.TaintNodeUnreachable, Effect: corev1.TaintEffectNoExecute, TimeAdded: &metav1.Time{Time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}}
	bare := func(change ...func(*corev1.Node)) runtime.Object {
		n := &corev1.Node{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Node"}, ObjectMeta: metav1.ObjectMeta{Name: "n"}}
		for _, c := range change {
			c(n)
		}
		return n
	}
	taints := func(list ...corev1.Taint) func(*corev1.Node) { return func(n *corev1.Node) { n.Spec.Taints = list } }
	label := func(key string) func(*corev1.Node) {
		return func(n *corev1.Node) { n.Labels = map[string]string{key: "x"} }
	}
	large := func(n *corev1.Node) {
		n.Labels = map[string]string{}
		for i := range 500 {
			n.Labels[fmt.Sprint("example.com/", i)] = strings.Repeat("v", 63)
			if i < 100 {
				n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: fmt.Sprint("example.org/", i), Value: strings.Repeat("v", 63), Effect: corev1.TaintEffectNoSchedule})
			}
		}
	}
	also := func(t corev1.Taint) func(*corev1.Node) {
		return func(n *corev1.Node) { n.Spec.Taints = append(n.Spec.Taints, t) }
	}
	for sentence, c := range map[string]struct {
		operation     admission.Operation
		subresource   string
		before, after runtime.Object
		denied        string
	}{
		"a taint on a node that is gone, whose taint has a time": {admission.Update, "", bare(taints(gone)), bare(taints(gone, ourTaint)), ""},
		"the last taint away":                    {admission.Update, "", bare(taints(ourTaint)), bare(), ""},
		"the first label":                        {admission.Update, "", bare(), bare(label("telemetry-scheduler.io/a")), ""},
		"the last label away":                    {admission.Update, "", bare(label("example.com/a")), bare(), ""},
		"a large node":                           {admission.Update, "", bare(large), bare(large, also(ourTaint)), ""},
		"the taint of a node that is gone away":  {admission.Update, "", bare(taints(gone)), bare(), "value"},
		"the last label of somebody else's away": {admission.Update, "", bare(label("a.example/a")), bare(), "not a.example/a"},
		"its status":                             {admission.Update, "status", bare(), bare(), "it may change nodes, and do nothing else"},
		"another node":                           {admission.Create, "", nil, bare(), "it may change nodes, and do nothing else"},
		"a node away":                            {admission.Delete, "", bare(), nil, "it may change nodes, and do nothing else"},
		"into a node":                            {admission.Connect, "proxy", nil, nil, "it may change nodes, and do nothing else"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := denied(t, policy, account, c.operation, c.subresource, c.before, c.after); c.denied == "" && got != "" || !strings.Contains(got, c.denied) {
				t.Errorf("it says %q, want %q", got, c.denied)
			}
			if got := denied(t, policy, "somebody", c.operation, c.subresource, c.before, c.after); got != "" {
				t.Errorf("to somebody else it says %q", got)
			}
		})
	}
}
