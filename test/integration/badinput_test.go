package integration

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// badKey is a key that must be refused, with what its Event says.
type badKey struct{ key, text, says string }

// nearly is almost all that a ConfigMap holds.
const nearly = 1<<20 - 1<<12

func (r *release) badKeys() []badKey {
	good := document(r.blocking("some", idle))
	return []badKey{
		{"empty.yaml", "", "empty.yaml:1:1: "},
		{"tabs.yaml", strings.ReplaceAll(good, "  when", "\twhen"), "tabs.yaml:5:1: this line is indented with a tab"},
		{"anchors.yaml", strings.Replace(good, "name: some", "name: &some some", 1), "anchors.yaml:4:9: the anchor &some is not read here"},
		{"twice.yaml", strings.Replace(good, "  nodes:", "  when: {metric: cpu, above: 90%}\n  nodes:", 1), `twice.yaml:6:3: "when" stands twice here, first in line 5`},
		{"unknown.yaml", document(r.blocking("some", "metric: memry, above: 90%")), "unknown.yaml:5:18: "},
		{"impossible.yaml", document(r.blocking("some", "metric: memory, above: -5%")), "impossible.yaml:5:33: "},
		{"mark.yaml", strings.Replace(good, "block: {}", "label: {key: kubernetes.io/a, value: b}", 1), "mark.yaml:7:"},
		{"html.yaml", "<html><body>503 Service Unavailable</body></html>\n", "html.yaml:1:1: "},
	}
}

func TestBadInputIsNamedAndCostsNothingElse(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "bad")
	r.addNodes(2)
	r.write("rules", map[string]string{"good.yaml": document(r.blocking("line", everywhere))})
	r.start(quick)
	r.firing("line", 2)
	tell(t, r,
		chapter[*release]{"each bad key has its own Event and the other keys of its ConfigMap are in force", (*release).badKeysAreNamed},
		chapter[*release]{"a ConfigMap of nearly 1 MiB is read", (*release).largeMapIsRead},
		chapter[*release]{"a ConfigMap of nearly 1 MiB of mistakes is refused in one short Event", (*release).largeMistake},
		chapter[*release]{"two ConfigMaps with one rule name are told and the newer one wins", (*release).nameTaken},
		chapter[*release]{"a label that is taken away takes the rules out of force", (*release).labelGoes},
	)
}

func (r *release) badKeysAreNamed() {
	data := map[string]string{
		"crlf.yaml": strings.ReplaceAll(document(r.blocking("crlf", everywhere)), "\n", "\r\n"),
		"notes.txt": "this is no rule file",
	}
	for _, b := range r.badKeys() {
		data[b.key] = b.text
	}
	cm := marked("mixed", data)
	cm.BinaryData = map[string][]byte{"binary.yaml": {0x7f, 'E', 'L', 'F', 0xff, 0xfe, 0}}
	r.writeMap(cm)
	for _, b := range append(r.badKeys(), badKey{key: "binary.yaml", says: "binary.yaml:1:1: this is not a text"}) {
		e := r.event("mixed", "RulesRejected", "bad/mixed/"+b.key)
		if !strings.Contains(e.Note, b.says) {
			r.t.Errorf("the Event about %s should say %q, and says %q", b.key, b.says, e.Note)
		}
	}
	r.metric(float64(len(r.badKeys())+1), "telemetry_scheduler_rule_keys", "text", "none")
	r.metric(2, "telemetry_scheduler_rule_keys", "text", "current")
	r.firing("crlf", 2)
	r.waits(r.add(r.pod("first"))[0], "2 node(s) broke telemetry rule crlf (memory > 1 percent)") // the first by name
}

// marked is a ConfigMap of rules.
func marked(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Name: name, Labels: map[string]string{"telemetry-scheduler.io/rules": "true"},
	}, Data: maps.Clone(data)}
}

func (r *release) largeMapIsRead() {
	comment := strings.Repeat("# why this rule is as it is, in many words\n", nearly/44)
	r.write("large", map[string]string{"large.yaml": comment + document(r.blocking("large", everywhere))})
	r.firing("large", 2)
}

// textMaps waits until the last good texts are kept in a certain number of
// ConfigMaps. Other sections come and go with what other releases do.
func (r *release) textMaps(want int) {
	r.t.Helper()
	r.eventually(func(ctx context.Context) error {
		list, err := r.bed.Client.CoreV1().ConfigMaps(r.name).List(ctx, metav1.ListOptions{LabelSelector: "telemetry-scheduler.io/state"})
		if err != nil {
			return err
		}
		var texts []string
		for _, cm := range list.Items {
			if cm.Annotations["telemetry-scheduler.io/state-section"] == "texts" {
				texts = append(texts, cm.Name)
			}
		}
		if len(texts) != want {
			return fmt.Errorf("the texts are kept in %q, not in %d ConfigMaps", texts, want)
		}
		return nil
	})
}

func (r *release) largeMistake() {
	mistakes := document() + strings.Repeat("- {nme: x}\n", nearly/12)
	r.write("large", map[string]string{"large.yaml": mistakes})
	e := r.event("large", "RulesRejected", "bad/large/large.yaml:")
	if len(e.Note) > 1024 || !strings.Contains(e.Note, "The last good text of this key stays in force.") {
		r.t.Errorf("the Event has %d bytes: %s", len(e.Note), e.Note)
	}
	r.t.Log(e.Note)
	r.firing("large", 2)
	r.deleteMap("large")
	r.textMaps(1)
}

func (r *release) nameTaken() {
	// Which one is newer is known to the second.
	r.write("rules-2", map[string]string{"other.yaml": document(r.blocking("line", "metric: memory, above: 2%"))})
	e := r.event("rules", "RuleNameTaken", `rule "line" is defined differently by the newer ConfigMap rules-2 (key other.yaml)`)
	r.t.Log(e.Note)
	r.metric(1, "telemetry_scheduler_rule_conflicts")
	r.deleteMap("rules-2")
	r.metric(0, "telemetry_scheduler_rule_conflicts")
}

func (r *release) labelGoes() {
	r.deleteMap("mixed")
	cm := marked("rules", map[string]string{"good.yaml": document(r.blocking("line", everywhere))})
	cm.Labels = nil
	r.writeMap(cm)
	r.metric(0, "telemetry_scheduler_rules")
	r.bound(r.name + "-first")
	if bytes.Contains([]byte(r.Log()), []byte("panic")) {
		r.t.Error("something panicked on the way")
	}
}
