package draft

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// header begins every text of rules.
const header = "apiVersion: " + rules.APIVersion + "\nkind: " + rules.Kind + "\n"

// ConfigMap returns the text in a ConfigMap of a namespace, as one document of YAML. It
// is a comment as a whole where nothing of it is in force.
func (t *Text) ConfigMap(namespace string) string {
	var out strings.Builder
	out.WriteString("apiVersion: v1\nkind: ConfigMap\nmetadata:\n")
	out.WriteString("  name: " + scalar(t.Name) + "\n  namespace: " + scalar(namespace) + "\n")
	out.WriteString("  labels: {" + rules.LabelRules + ": \"true\"}\ndata:\n")
	out.WriteString("  " + scalar(t.Key) + ": |\n" + indented(t.body(!t.inForce()), "    "))
	if !t.inForce() {
		return t.head() + remarks(Notes{nothing}) + comment(out.String())
	}
	return out.String()
}

// nothing stands above a text of which nothing is in force.
const nothing = "Nothing of it is carried out by this version, so all of it is a comment."

// Bare returns the text alone.
func Bare(texts []*Text) string {
	all := &Text{}
	seen := map[string]bool{}
	var heads strings.Builder
	for _, t := range texts {
		heads.WriteString(t.head())
		for _, m := range t.Metrics {
			if !seen[m.Spec.Name] {
				all.Metrics = append(all.Metrics, m)
			}
			seen[m.Spec.Name] = true
		}
		all.Rules = append(all.Rules, t.Rules...)
		all.Preferences = append(all.Preferences, t.Preferences...)
	}
	all.settleUnused()
	if !all.inForce() {
		return heads.String() + remarks(Notes{nothing}) + comment(header+all.sections(true))
	}
	return heads.String() + header + all.sections(false)
}

// body is the text of rules. whole says that all of it will be a comment.
func (t *Text) body(whole bool) string {
	if whole {
		return header + t.sections(true)
	}
	return t.head() + header + t.sections(false)
}

// head is the comment above a text.
func (t *Text) head() string { return remarks(append(Notes{t.Title}, t.Notes...)) }

func (t *Text) sections(whole bool) string {
	return section("metrics", t.Metrics, whole) + section("rules", t.Rules, whole) + section("preferences", t.Preferences, whole)
}

// section writes a list, with the entries that are for later as comments behind those in
// force. whole says that all of it will be a comment, so that nothing needs to be one by
// itself.
func section[T any](name string, items []Item[T], whole bool) string {
	if len(items) == 0 {
		return ""
	}
	var now, later strings.Builder
	for _, item := range items {
		notes := remarks(item.Notes)
		switch {
		case item.Later == "":
			now.WriteString(notes + encode(item.Spec))
		case whole:
			now.WriteString(remarks([]string{Sentence(item.Later)}) + notes + encode(item.Spec))
		default:
			later.WriteString(remarks([]string{Sentence(item.Later)}) + notes + comment(encode(item.Spec)))
		}
	}
	if now.Len() == 0 {
		return comment(name+":\n") + later.String()
	}
	return name + ":\n" + now.String() + later.String()
}

// remarks writes sentences as comments.
func remarks(notes []string) string {
	var out strings.Builder
	for _, note := range notes {
		for line := range wrapped(note) {
			out.WriteString("# " + line + "\n")
		}
	}
	return out.String()
}

// wrapped yields the lines of a sentence.
func wrapped(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		line := ""
		for _, word := range strings.Fields(text) {
			if line != "" && len(line)+1+len(word) > widest {
				if !yield(line) {
					return
				}
				line = ""
			}
			line = strings.TrimPrefix(line+" "+word, " ")
		}
		yield(line)
	}
}

// comment makes a comment of each line: without a space behind the mark, so that it can be
// told from a note, and stays in place when the mark is removed.
func comment(text string) string { return indented(text, "#") }

func indented(text, by string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		out.WriteString(by + line)
	}
	return out.String()
}

// scalar writes a name, in quotes where it needs them.
func scalar(text string) string {
	out, err := yaml.Marshal(text)
	if err != nil {
		return text // a text always marshals
	}
	return strings.TrimSuffix(string(out), "\n")
}
