package evaluator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// gauge is a source whose values tests set, in percent of 100 bytes.
type gauge struct {
	mu     sync.Mutex
	answer sourceFunc
}

// lie replaces the source.
func (g *gauge) lie(answer sourceFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = answer
}

func (g *gauge) set(values map[string]float64) {
	g.lie(func(context.Context, telemetry.Request) (*telemetry.Reading, error) {
		return reading(values, time.Now()), nil
	})
}

// fail makes each reading an error.
func (g *gauge) fail(text string) {
	g.lie(func(context.Context, telemetry.Request) (*telemetry.Reading, error) { return nil, errors.New(text) })
}

// pause lets the next reading take a while.
func (g *gauge) pause(d time.Duration) {
	g.mu.Lock()
	answer := g.answer
	g.mu.Unlock()
	g.lie(func(ctx context.Context, want telemetry.Request) (*telemetry.Reading, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(d):
		}
		g.lie(answer)
		return g.Collect(ctx, want)
	})
}

// Collect implements telemetry.Source. A gauge that was not set knows nothing.
func (g *gauge) Collect(ctx context.Context, want telemetry.Request) (*telemetry.Reading, error) {
	g.mu.Lock()
	answer := g.answer
	g.mu.Unlock()
	if answer == nil {
		return &telemetry.Reading{}, nil
	}
	return answer(ctx, want)
}

// reading builds a reading of memory.
func reading(values map[string]float64, at time.Time) *telemetry.Reading {
	r := &telemetry.Reading{Samples: map[telemetry.Key]telemetry.Sample{}}
	for node, value := range values {
		r.Samples[telemetry.Key{Metric: telemetry.UsedMemory, Node: node}] = telemetry.Sample{Value: value, Time: at}
	}
	return r
}

// everyNode gives n nodes the same value.
func everyNode(n int, value float64) map[string]float64 {
	out := map[string]float64{}
	for i := range n {
		out[fmt.Sprintf("n%d", i)] = value
	}
	return out
}

// fakeRules is a RuleSource whose set tests replace.
type fakeRules struct {
	t       *testing.T
	mu      sync.Mutex
	set     *rules.RuleSet
	good    []rulesource.GoodText
	changed chan struct{}
	loaded  chan struct{}
}

func newFakeRules(t *testing.T, text string) *fakeRules {
	f := &fakeRules{t: t, changed: make(chan struct{}, 1), loaded: make(chan struct{})}
	f.write(text, rules.Pause{})
	close(f.loaded)
	return f
}

// write puts rules in force, written as "- {name: …}" lines; a text may begin with
// metrics instead.
func (f *fakeRules) write(text string, pause rules.Pause) {
	f.t.Helper()
	set := ruleSet(f.t, text, pause)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.set = set
	wake(f.changed)
}

func ruleSet(t *testing.T, text string, pause rules.Pause) *rules.RuleSet {
	t.Helper()
	metrics := rules.Builtins(15*time.Second, time.Minute)
	if text == "" {
		return rules.Merge(metrics, nil, pause)
	}
	if !strings.HasPrefix(text, "metrics:") {
		text = "rules:\n" + text
	}
	document, mistakes := rules.Parse("f", []byte("apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\n"+text), rules.Options{
		Metrics: metrics, Sources: map[string]rules.SourceKind{"prom": rules.SourceOfQueries},
	})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	return rules.Merge(metrics, []*rules.Document{document}, pause)
}

func (f *fakeRules) Set() *rules.RuleSet {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.set
}

func (f *fakeRules) GoodTexts() []rulesource.GoodText { return f.good }
func (f *fakeRules) Changed() <-chan struct{}         { return f.changed }
func (f *fakeRules) Loaded() <-chan struct{}          { return f.loaded }
func (f *fakeRules) Announce(bool)                    {}
func (f *fakeRules) Reference(origin rules.Origin, field string) *corev1.ObjectReference {
	namespace, _, elsewhere := strings.Cut(origin.File, "/")
	if !elsewhere {
		namespace = "ours"
	}
	return &corev1.ObjectReference{APIVersion: "v1", Kind: "ConfigMap", Namespace: namespace, Name: "rules", FieldPath: field}
}

// newNode builds an old node with 100 bytes of memory, 4 cores and 10 pods.
func newNode(name string) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(time.Now().Add(-time.Hour))},
		Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("100"), corev1.ResourcePods: resource.MustParse("10"),
		}},
	}
}

func newNodes(n int) []*corev1.Node {
	out := make([]*corev1.Node, n)
	for i := range out {
		out[i] = newNode(fmt.Sprintf("n%d", i))
	}
	return out
}
