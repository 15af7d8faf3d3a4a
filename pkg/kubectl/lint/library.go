package lint

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint/advice"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// CheckManifest is about what stands around rules in files, which kubectl would refuse
// or which nobody would read.
const CheckManifest rules.Check = "manifest"

// shelf is one ConfigMap and where it stands.
type shelf struct {
	configMap *corev1.ConfigMap
	// bare says that there is no ConfigMap, only the file of one key.
	bare bool
	// head is where it stands, and label and paused where its label and its annotation do.
	head, label, paused place
	// bodies are the texts by key.
	bodies map[string]*body
	// meant is the ConfigMap as it would be read once that is possible; it is known when
	// it is judged.
	meant rulesource.Meant
	// refusals are why the API server would refuse it.
	refusals []refusal
}

// written is the name that a key has in the file.
func (s *shelf) written(key string) string {
	if before, renamed := s.meant.Renamed[key]; renamed {
		return before
	}
	return key
}

// library holds all that was read.
type library struct {
	// namespace is that of ConfigMaps that name none.
	namespace string
	// stands says that everything stands in a cluster, and is judged as it is there.
	stands bool
	// former are the texts that were in force before; formerUnread is why they are not known.
	former       []rulesource.GoodText
	formerUnread error
	shelves      map[string]*shelf // by namespace/name
	order        []*shelf
	found        []Finding
	// texts is how many texts of rules were judged, and textsIn those of each namespace.
	texts   int
	textsIn map[string]int
	// unjudged is how many rules and preferences no warnings were looked for in, because of
	// their mistakes.
	unjudged int
	// set is what they put in force, and live what the sources answered.
	set  *rules.RuleSet
	live []Live
	// advised are the texts that were read, and uncompared the metrics whose lines were
	// not compared with the past.
	advised    []*advice.Text
	uncompared []Uncompared
}

func newLibrary(namespace string) *library {
	return &library{namespace: namespace, shelves: map[string]*shelf{}, textsIn: map[string]int{}}
}

// add takes a file in. named says that the user named it, so that whatever it holds is
// meant to be rules. Tests of rules are passed over: they have a command of their own.
func (l *library) add(file string, data []byte, named bool) {
	found, err := documents(data)
	switch {
	case err != nil && (named || strings.Contains(string(data), rules.Group+"/")):
		l.unreadable(file, data, err)
	case anyOf(found, document.isTests):
	case anyOf(found, document.isObject):
		l.addObjects(newPage(file, data), found)
	case err == nil && (named || anyOf(found, document.isRules)):
		l.addBare(whole(file, data))
	}
}

func anyOf(all []document, is func(document) bool) bool {
	for _, d := range all {
		if is(d) {
			return true
		}
	}
	return false
}

// unreadable reports a file that is no YAML as the reader of rules would.
func (l *library) unreadable(file string, data []byte, err error) {
	b := whole(file, data)
	_, mistakes := strictyaml.Parse(data)
	if len(mistakes) == 0 {
		mistakes = []strictyaml.Mistake{{Position: strictyaml.Position{Line: 1, Column: 1}, Message: err.Error()}}
	}
	for _, m := range mistakes {
		l.report(b.at(m.Line, m.Column), rules.Mistake{Check: rules.CheckYAML, Message: m.Message, Mend: m.Mend})
	}
}

func (l *library) addBare(b *body) {
	cm := &corev1.ConfigMap{Data: map[string]string{bareKey: b.text}}
	cm.Namespace, cm.Name = l.namespace, b.head.file
	l.put(&shelf{configMap: cm, bare: true, head: b.head, bodies: map[string]*body{bareKey: b}})
}

// bareKey stands for the key that a file of rules will be.
const bareKey = "rules.yaml"

func (l *library) addObjects(p *page, all []document) {
	for _, d := range all {
		if !d.isObject() && d.isRules() {
			l.report(p.at(d.root.Line, d.root.Column), rules.Mistake{
				Check: CheckManifest, Message: "rules stand beside objects of Kubernetes here, and kubectl cannot apply them",
				Mend: "write them into a ConfigMap, or into a file of their own",
			})
		}
		for _, node := range d.configMaps() {
			l.addConfigMap(p, node)
		}
	}
}

func (l *library) addConfigMap(p *page, node *yaml.Node) {
	cm, err := read(node, l.namespace)
	if err != nil {
		l.report(p.at(node.Line, node.Column), rules.Mistake{Check: CheckManifest, Message: "this is no ConfigMap: " + firstOf(err)})
		return
	}
	_, metadata := field(node, "metadata")
	s := &shelf{configMap: cm, head: valueAt(p, node, metadata, "name"), bodies: map[string]*body{}}
	_, labels := field(metadata, "labels")
	if s.label = s.head; has(labels, rules.LabelRules) {
		s.label = valueAt(p, node, labels, rules.LabelRules)
	}
	_, annotations := field(metadata, "annotations")
	s.paused = valueAt(p, node, annotations, rules.AnnotationPaused)
	_, values := field(node, "data")
	for key, text := range cm.Data {
		s.addKey(p, values, key, text)
	}
	_, values = field(node, "binaryData")
	for key, text := range cm.BinaryData {
		s.addKey(p, values, key, string(text))
	}
	s.refusals = refusalsIn(p, node)
	l.put(s)
}

// firstOf is the first of the mistakes that an error of the YAML library lists.
func firstOf(err error) string {
	if several := new(yaml.TypeError); errors.As(err, &several) && len(several.Errors) > 0 {
		return several.Errors[0]
	}
	return err.Error()
}

// valueAt is the place of a field's value; that of the node where there is no such
// field.
func valueAt(p *page, node, parent *yaml.Node, name string) place {
	if _, value := field(parent, name); value != nil {
		return p.at(value.Line, value.Column)
	}
	return p.at(node.Line, node.Column)
}

func has(parent *yaml.Node, name string) bool {
	_, value := field(parent, name)
	return value != nil
}

func (s *shelf) addKey(p *page, values *yaml.Node, key, text string) {
	name, value := field(values, key)
	if value == nil {
		return
	}
	b := scalar(p, value, text)
	if b.page != nil {
		b.head = p.at(name.Line, name.Column)
	}
	s.bodies[key] = b
}

// put shelves a ConfigMap. Of one that is there twice kubectl keeps the last.
func (l *library) put(s *shelf) {
	name := s.configMap.Namespace + "/" + s.configMap.Name
	if before := l.shelves[name]; before != nil {
		if !relevant(s.configMap) && !relevant(before.configMap) {
			return
		}
		l.report(s.head, rules.Mistake{
			Check: CheckManifest, Warning: true,
			Message: fmt.Sprintf("the ConfigMap %s stands in %s:%d too, and only one of them will be in the cluster", name, before.head.file, before.head.line),
			Mend:    "check them one at a time, or the result of kustomize with -k",
		})
		for i, first := 2, s.configMap.Name; l.shelves[name] != nil; i++ {
			s.configMap.Name = fmt.Sprintf("%s (%d)", first, i)
			name = s.configMap.Namespace + "/" + s.configMap.Name
		}
	}
	l.shelves[name] = s
	l.order = append(l.order, s)
}

// relevant reports whether a ConfigMap is meant to hold rules.
func relevant(cm *corev1.ConfigMap) bool {
	_, labelled := cm.Labels[rules.LabelRules]
	return labelled || rulesource.HoldsRules(cm)
}

// only forgets what was found in other namespaces, whose texts were read for their
// metrics. It fails where there was nothing else.
func (l *library) only(namespace string, s *settings.Settings) error {
	l.found = slices.DeleteFunc(l.found, func(f Finding) bool { return !strings.HasPrefix(f.File, namespace+"/") })
	others := l.texts - l.textsIn[namespace]
	l.texts -= others
	button := namespace == s.Namespace && l.shelves[namespace+"/"+s.PauseConfigMap] != nil
	if l.texts > 0 || len(l.found) > 0 || button {
		return nil
	}
	beside := ""
	if others > 0 {
		beside = fmt.Sprintf(" (%s of %s, read for metrics alone)", cli.Count(others, "text"), s.Namespace)
	}
	return fmt.Errorf("there are no rules in the namespace %s%s", namespace, beside)
}

// report adds a finding at a place.
func (l *library) report(at place, m rules.Mistake) {
	l.found = append(l.found, Finding{
		File: at.file, Line: at.line, Column: at.column, Check: m.Check, Severity: severity(m),
		Message: m.Message, Mend: m.Mend, Text: at.text, Mark: at.mark, nowhere: at.nowhere || at.file == "-",
	})
}
