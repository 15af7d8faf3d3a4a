package rules

// refusal is a part of the format that is read and checked, and that nothing
// carries out yet.
type refusal struct {
	// pattern is a field path with stars for indexes and keys.
	pattern string
	// sentence says what is missing, mend what can be done instead.
	sentence, mend string
}

// notInThisVersion lists what would otherwise be accepted in silence. Whoever
// makes one of these work deletes its line.
var notInThisVersion = []refusal{
	{"rules[*].actions.label", "label is not in this version: a rule marks no nodes", "remove it"},
	{"rules[*].actions.taint", "taint is not in this version: a rule marks no nodes", "remove it"},
}

// refuse reports every written field that a refusal names.
func (v *validator) refuse(refusals []refusal) {
	defer v.judging(CheckNotYet)()
	for path := range v.at.All() {
		pattern := path.Pattern()
		for _, r := range refusals {
			if r.pattern == pattern {
				v.key(path, r.mend, "%s", r.sentence)
			}
		}
	}
}
