package lint

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint/advice"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
)

// fixtures are all texts by which the reader of rules is tested, by path.
func fixtures(t testing.TB) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../../rules/testdata/*/*.yaml")
	if err != nil || len(paths) < 150 {
		t.Fatalf("%d fixtures: the test looks in the wrong place: %v", len(paths), err)
	}
	out := map[string]string{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[path], _, _ = strings.Cut(string(data), "# want:\n")
	}
	return out
}

// said is what a Mistake and a Finding have in common.
type said struct {
	Key          string
	Line, Column int
	Check        rules.Check
	Severity     Severity
	Message      string
	Mend         string
}

func sorted(all []said) []said {
	slices.SortFunc(all, func(a, b said) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return all
}

// schedulerSays is what a Source with the settings that lint has says of ConfigMaps in a
// cluster.
func schedulerSays(t *testing.T, s *settings.Settings, found []*corev1.ConfigMap) (out []said, set *rules.RuleSet) {
	t.Helper()
	objects := []runtime.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.Namespace}},
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "team-a"}},
	}
	for _, cm := range found {
		objects = append(objects, cm)
	}
	client := fake.NewClientset(objects...)
	shared := informers.NewSharedInformerFactory(client, 0)
	opts := checkOptions(s, nil, time.Now())
	source := rulesource.New(rulesource.Options{
		Client: client, Namespace: s.Namespace, Rules: opts.Rules,
		Tenants: &rulesource.Tenants{Selector: labels.Everything(), Namespaces: shared.Core().V1().Namespaces(), Limits: opts.Limits},
	})
	ctx, cancel := context.WithCancel(t.Context())
	shared.Start(ctx.Done())
	go source.Run(ctx)
	<-source.Loaded()
	for _, key := range source.Report().Keys {
		for _, m := range key.Mistakes {
			out = append(out, said{m.File, m.Line, m.Column, m.Check, severity(m), m.Message, m.Mend})
		}
	}
	for _, c := range source.Report().Conflicts {
		out = append(out, said{Key: c.Loser.File, Line: c.Loser.Line, Column: c.Loser.Column, Check: rules.CheckConflict, Severity: Error})
	}
	cancel()
	synctest.Wait()
	return sorted(out), source.Set()
}

// lintSays is what lint finds in a manifest of ConfigMaps, without advice. Its positions
// in the manifest are turned back into those in the texts.
func lintSays(t *testing.T, s *settings.Settings, found []*corev1.ConfigMap) (out []said) {
	t.Helper()
	var file bytes.Buffer
	for _, cm := range found {
		cm := cm.DeepCopy()
		cm.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}
		text, err := yaml.Marshal(cm)
		if err != nil {
			t.Fatal(err)
		}
		file.WriteString("---\n" + string(text))
	}
	l := newLibrary(s.Namespace)
	l.add("all.yaml", file.Bytes(), true)
	l.judge(s, func(string) bool { return true }, time.Now())
	for _, f := range l.found {
		switch {
		case slices.Contains(advice.Checks(), f.Check):
			continue
		case f.Check == rules.CheckConflict && !strings.Contains(f.Message, "same ConfigMap"):
			f.Message, f.Mend = "", "" // which the scheduler says in an Event
		}
		line, column := inText(l, f)
		out = append(out, said{f.Key, line, column, f.Check, f.Severity, f.Message, f.Mend})
	}
	return sorted(out)
}

// inText is where a finding stands in its text.
func inText(l *library, f Finding) (line, column int) {
	name, key := split(f.Key)
	b := l.shelves[name].bodies[key]
	if b.page != nil {
		return f.Line - b.skip, f.Column - b.indent
	}
	// A value that is no block: the line that is shown tells.
	for i, text := range b.lines {
		if text == f.Text && f.Line == b.head.line && f.Column == b.head.column {
			return i + 1, f.Mark
		}
	}
	return 0, 0
}

// TestLintCannotDisagreeWithTheScheduler holds lint against a running Source over all
// fixtures at once, and those that share nothing with others alone.
func TestLintCannotDisagreeWithTheScheduler(t *testing.T) {
	var all []*corev1.ConfigMap
	for path, text := range fixtures(t) {
		all = append(all, inConfigMap(path, text))
	}
	slices.SortFunc(all, func(a, b *corev1.ConfigMap) int { return cmp.Compare(a.Name, b.Name) })
	s := settings.Default()
	synctest.Test(t, func(t *testing.T) {
		agree(t, s, all)
	})
	for _, cm := range all {
		if strings.HasPrefix(cm.Name, "mistakes-") {
			continue
		}
		t.Run(cm.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { agree(t, s, []*corev1.ConfigMap{cm}) })
		})
	}
}

func agree(t *testing.T, s *settings.Settings, found []*corev1.ConfigMap) {
	t.Helper()
	scheduler, inForce := schedulerSays(t, s, found)
	if len(scheduler) < len(found)/2 {
		t.Fatalf("only %d mistakes were found in %d texts", len(scheduler), len(found))
	}
	_, judged := rulesource.Check(found, checkOptions(s, func(string) bool { return true }, time.Now()))
	if !reflect.DeepEqual(judged, inForce) {
		t.Error("lint judges other rules than those that the scheduler has in force")
	}
	lint := lintSays(t, s, found)
	if diff := gocmp.Diff(scheduler, lint); diff != "" {
		t.Errorf("lint and the scheduler disagree (-scheduler +lint):\n%s", diff)
	}
}

func inConfigMap(path, text string) *corev1.ConfigMap {
	folder, name := filepath.Split(path)
	namespace := settings.DefaultNamespace
	if filepath.Base(folder) == "namespaced" {
		namespace = "team-a"
	}
	name = filepath.Base(folder) + "-" + strings.TrimSuffix(name, ".yaml")
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: map[string]string{rules.LabelRules: "true"}},
		Data:       map[string]string{"rules.yaml": text},
	}
}
