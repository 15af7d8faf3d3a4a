package rules

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// operators are those of a Kubernetes label selector.
var operators = map[string]selection.Operator{
	"In": selection.In, "NotIn": selection.NotIn, "Exists": selection.Exists, "DoesNotExist": selection.DoesNotExist,
}

// maxTerms bounds a selector: each of its values is compared with each node's label.
const maxTerms = 250

// terms counts the values that a selector compares with, and the requirements that
// have none.
func (s *SelectorSpec) terms() int {
	n := len(s.MatchLabels)
	for _, e := range s.MatchExpressions {
		n += max(1, len(e.Values))
	}
	return n
}

// selector checks and compiles a selector; one without requirements selects
// everything.
func (v *validator) selector(path strictyaml.Path, s *SelectorSpec) labels.Selector {
	defer v.judging(CheckSelector)()
	if n := s.terms(); n > maxTerms {
		v.value(path, "give what it should select a label of its own", "%q compares with %d values, and at most %d are allowed", path.Last(), n, maxTerms)
		return labels.Everything()
	}
	var all []labels.Requirement
	wishes := map[string]*wish{}
	add := func(at strictyaml.Path, key string, op selection.Operator, values []string) {
		requirement := v.requirement(at, key, op, values)
		if requirement == nil {
			return
		}
		all = append(all, *requirement)
		if wishFor(wishes, key).narrow(op, values) {
			v.value(at, "remove one of the requirements", "%q contradicts itself: no label %q fulfils all its requirements", path.Last(), key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		add(path.Child("matchLabels").Key(key), key, selection.In, []string{s.MatchLabels[key]})
	}
	for i, e := range s.MatchExpressions {
		at := path.Child("matchExpressions").Index(i)
		if v.expression(at, e) {
			add(at, e.Key, operators[e.Operator], e.Values)
		}
	}
	return labels.NewSelector().Add(all...)
}

// CompileSelector checks and compiles a selector that stands in a document of
// another kind, where at knows its places; one without requirements selects
// everything.
func CompileSelector(at *strictyaml.Positions, path strictyaml.Path, s *SelectorSpec) (labels.Selector, []strictyaml.Mistake) {
	v := newValidator(&reporter{at: at}, Options{})
	selector := v.selector(path, s)
	var mistakes []strictyaml.Mistake
	for _, m := range v.mistakes {
		mistakes = append(mistakes, strictyaml.Mistake{
			Position: strictyaml.Position{Line: m.Line, Column: m.Column}, Path: strictyaml.Path(m.Path), Message: m.Message, Mend: m.Mend,
		})
	}
	return selector, mistakes
}

// requirement makes one requirement; nil after a report.
func (v *validator) requirement(at strictyaml.Path, key string, op selection.Operator, values []string) *labels.Requirement {
	if !validLabelKey(key) {
		v.value(at, "write it like pool or example.com/pool", "%q cannot be the key of a label", strictyaml.Show(key))
		return nil
	}
	for _, value := range values {
		if !validLabelValue(value) {
			v.value(at, labelValueForm, "%q cannot be the value of a label", strictyaml.Show(value))
			return nil
		}
	}
	requirement, err := labels.NewRequirement(key, op, values)
	if err != nil {
		v.value(at, "", "%q is not a requirement: %v", at.Last(), err)
		return nil
	}
	return requirement
}

const labelValueForm = "use at most 63 letters, digits, hyphens, dots and underscores"

func validLabelKey(key string) bool {
	_, err := labels.NewRequirement(key, selection.Exists, nil)
	return err == nil
}

func validLabelValue(value string) bool {
	_, err := labels.NewRequirement("key", selection.Equals, []string{value})
	return err == nil
}

// expression checks the form of one expression.
func (v *validator) expression(at strictyaml.Path, e ExpressionSpec) bool {
	_, known := operators[e.Operator]
	needsValues := e.Operator == "In" || e.Operator == "NotIn"
	switch {
	case e.Key == "":
		v.missing(at, "key", "name the label")
	case !known:
		requiredWord(v.reporter, at, "operator", e.Operator, "In", "NotIn", "Exists", "DoesNotExist")
	case needsValues && len(e.Values) == 0:
		v.missing(at, "values", "list the values that "+e.Operator+" compares with")
	case !needsValues && len(e.Values) > 0:
		v.key(at.Child("values"), "remove them", "%q has no values", e.Operator)
	default:
		return !v.anyBroken(at, "values")
	}
	return false
}

// wish is what the requirements on one label demand together.
type wish struct {
	present, absent bool
	// among holds the values still allowed; nil allows every one.
	among  map[string]bool
	except map[string]bool
	done   bool
}

func wishFor(wishes map[string]*wish, key string) *wish {
	if wishes[key] == nil {
		wishes[key] = &wish{except: map[string]bool{}}
	}
	return wishes[key]
}

// narrow adds a requirement and reports, once, that nothing can fulfil them all.
func (w *wish) narrow(op selection.Operator, values []string) bool {
	switch op {
	case selection.In:
		w.present = true
		w.keep(values)
	case selection.NotIn:
		for _, value := range values {
			w.except[value] = true
		}
	case selection.Exists:
		w.present = true
	case selection.DoesNotExist:
		w.absent = true
	}
	maps.DeleteFunc(w.among, func(value string, _ bool) bool { return w.except[value] })
	impossible := w.present && w.absent || w.among != nil && len(w.among) == 0
	first := impossible && !w.done
	w.done = w.done || impossible
	return first
}

// keep allows only the given values of those allowed so far.
func (w *wish) keep(values []string) {
	allowed := map[string]bool{}
	for _, value := range values {
		if w.among == nil || w.among[value] {
			allowed[value] = true
		}
	}
	w.among = allowed
}
