package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Prefixes of the keys that marks may have. Another prefix would let a rule
// overwrite what Kubernetes or somebody else says about a node.
const (
	prefixOwn        = Group + "/"
	prefixAutoscaler = "status-taint.cluster-autoscaler.kubernetes.io/"
	// prefixTAS is followed by the name of a TASPolicy and a slash.
	prefixTAS = "telemetry.aware.scheduling."
)

func (v *validator) label(at strictyaml.Path, l *LabelSpec) *Label {
	defer v.judging(CheckMark)()
	if l == nil {
		return nil
	}
	v.markKey(at, l.Key)
	switch {
	case !v.at.Has(at.Child("value")):
		v.missing(at, "value", "give it one")
	case !validLabelValue(l.Value):
		v.value(at.Child("value"), labelValueForm, "%q cannot be the value of a label", strictyaml.Show(l.Value))
	}
	return &Label{Key: l.Key, Value: l.Value}
}

// taint checks a taint.
func (v *validator) taint(path strictyaml.Path, s *RuleSpec) *Taint {
	defer v.judging(CheckMark)()
	at, t := path.Child("actions").Child("taint"), s.Actions.Taint
	if t == nil {
		return nil
	}
	v.markKey(at, t.Key)
	if t.Effect == "NoExecute" {
		v.value(at.Child("effect"), `write NoSchedule, and "evict" to move pods within budgets`, "a NoExecute taint would evict every pod at once")
	} else {
		requiredWord(v.reporter, at, "effect", t.Effect, "NoSchedule", "PreferNoSchedule")
	}
	v.besideTaint(path, s)
	return &Taint{Key: t.Key, Effect: t.Effect}
}

// besideTaint checks what of a rule does not go with its taint, which holds for every pod.
func (v *validator) besideTaint(path strictyaml.Path, s *RuleSpec) {
	for _, name := range []string{"pods", "namespaces", "maxPodPriority"} {
		if v.at.Has(path.Child(name)) {
			v.key(path.Child(name), "remove it, or give the taint a rule of its own", `"taint" holds for every pod and does not go with %q`, name)
		}
	}
	if b := s.Actions.Block; b != nil && b.WhenAllBlocked == ScheduleAnyway && s.Actions.Taint.Effect == "NoSchedule" {
		v.warn(path.Child("actions").Child("taint").Child("effect"), "write PreferNoSchedule", `a NoSchedule taint gives way to no pod: on nodes that have it none is let in by "whenAllBlocked"`)
	}
}

// markKey checks the key of a label or taint.
func (v *validator) markKey(at strictyaml.Path, key string) {
	child := at.Child("key")
	if v.opts.Unmarked {
		v.warn(at, "ask the operator for marks.enabled of the chart, or remove it", "nothing marks nodes in this installation, so that the %s is never set", at.Last())
	}
	if v.opts.Namespace != "" {
		v.notInNamespace(v.key, at, "leave it to a rule of the cluster", "a rule of one namespace cannot mark nodes")
	}
	if key == "" {
		v.missing(at, "key", "write it like "+prefixOwn+"memory")
		return
	}
	if !validLabelKey(key) {
		v.value(child, "write it like "+prefixOwn+"memory", "%q cannot be the key of a mark", strictyaml.Show(key))
		return
	}
	if !MayMark(key, v.opts.MarkPrefixes) {
		v.notAllowed(child, key)
	}
}

// notAllowed reports a key with a prefix that marks may not have, as far as that is known.
func (v *validator) notAllowed(child strictyaml.Path, key string) {
	domain, name, prefixed := strings.Cut(key, "/")
	if !prefixed {
		name = key
	}
	mend, prefixes := "write it like "+prefixOwn+name, strings.Join(v.prefixes(), ", ")
	if v.opts.AnyPrefix && prefixed && !OfKubernetes(domain) {
		v.warn(child, mend+", or name the scheduler's configuration to lint with --config", "the key %q has none of the prefixes allowed by default (%s); whether the operator allows it is not known", key, prefixes)
		return
	}
	v.value(child, mend, "the key %q has none of the allowed prefixes %s", key, prefixes)
}

// OfKubernetes reports whether a domain is one of Kubernetes' own: no operator can allow it as
// a prefix of marks.
func OfKubernetes(domain string) bool {
	return belongsTo(domain, "kubernetes.io") || belongsTo(domain, "k8s.io")
}

func belongsTo(domain, parent string) bool {
	return domain == parent || strings.HasSuffix(domain, "."+parent)
}

func (v *validator) prefixes() []string {
	return append([]string{prefixOwn, prefixAutoscaler, prefixTAS + "<policy>/"}, v.opts.MarkPrefixes...)
}

// MayMark reports whether a key has one of the built-in prefixes of marks, or one of
// those that the operator allows besides.
func MayMark(key string, more []string) bool {
	prefix := key[:strings.LastIndexByte(key, '/')+1]
	policy, tas := strings.CutPrefix(prefix, prefixTAS)
	return tas && len(policy) > 1 || prefix == prefixOwn || prefix == prefixAutoscaler ||
		prefix != "" && slices.Contains(more, prefix)
}

// markUse is one rule's use of a key.
type markUse struct {
	path      strictyaml.Path
	direction int
}

// sharedMarks checks the keys that several rules set: of those that fire the one
// with the most extreme value wins, so each must compare one metric, and all in
// the same direction.
func (v *validator) sharedMarks(specs []RuleSpec) {
	defer v.judging(CheckMark)()
	uses := map[string][]markUse{}
	for i := range specs {
		path, s := strictyaml.Path("rules").Index(i), &specs[i]
		if s.Actions == nil || s.When == nil {
			continue
		}
		if l := s.Actions.Label; l != nil && l.Key != "" {
			uses["label "+l.Key] = append(uses["label "+l.Key], markUse{path.Child("actions").Child("label"), direction(s.When)})
		}
		if t := s.Actions.Taint; t != nil && t.Key != "" {
			uses["taint "+t.Key] = append(uses["taint "+t.Key], markUse{path.Child("actions").Child("taint"), direction(s.When)})
		}
	}
	for _, shared := range uses {
		v.oneDirection(shared)
	}
}

// direction is 1 where larger values fire a condition, -1 where smaller ones do,
// and 0 where no single value decides.
func direction(c *ConditionSpec) int {
	compared := c.comparisons()
	if len(compared) != 1 {
		return 0
	}
	switch compared[0].op {
	case Above, AtLeast:
		return 1
	case Below, AtMost:
		return -1
	}
	return 0
}

func (v *validator) oneDirection(shared []markUse) {
	if len(shared) < 2 {
		return
	}
	for _, use := range shared {
		child := use.path.Child("key")
		first := fmt.Sprintf("the rule in line %d", v.at.Value(shared[0].path.Child("key")).Line)
		switch {
		case use.direction == 0:
			v.value(child, "give it a key of its own", "several rules set this key, and the condition of this one has no single value by which the winner is found")
		case use.direction != shared[0].direction && shared[0].direction != 0:
			v.value(child, "give it a key of its own", "this key is set by rules that compare in different directions: here and by %s", first)
		}
	}
}
