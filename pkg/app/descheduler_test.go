package app

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

func TestProtectedNamespaces(t *testing.T) {
	said := &args.Args{
		Eviction: args.Eviction{ProtectedNamespaces: []string{"kube-system"}},
		Sources: []args.Source{
			{URL: "http://prometheus.monitoring.svc:9090"}, {URL: "https://thanos.observe.svc.cluster.local/a"}, {URL: "http://mimir.metrics:80"},
			{URL: "https://prometheus.example.com"}, {URL: "http://10.0.0.1:9090"}, {URL: "http://localhost:9090"}, {URL: "http://[::1]:9090"}, {},
		},
	}
	want := []string{"kube-system", "metrics", "monitoring", "observe", "ours"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(protected(said, "ours")))); diff != "" {
		t.Errorf("protected (-want +got):\n%s", diff)
	}
}

func TestWhatTheOperatorDoesNotAllowIsWarnedOf(t *testing.T) {
	said, err := args.Parse([]byte("eviction: {allow: [jobs]}"), args.Options{SourceTypes: args.Types()})
	if err != nil {
		t.Fatal(err)
	}
	const text = "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n- name: hot\n  when: {metric: memory, above: 90%, clear: 80%}\n" +
		"  actions: {evict: {allow: [jobs, localStorage], limits: {perHour: {node: 100}}}}\n"
	document, mistakes := rules.Parse("k.yaml", []byte(text), readsRules(said))
	want := "[k.yaml:6:35: warning: allow: localStorage is not allowed by the operator; remove it, or have the operator allow it under eviction " +
		"k.yaml:6:75: warning: limits.perHour.node: 100 is more than the operator's 4, which holds; lower it, or remove it]"
	if got := fmt.Sprint(mistakes); document == nil || got != want {
		t.Errorf("warned of\n%s, want\n%s", got, want)
	}
}

func TestWithoutAProverNobodySeesTheCluster(t *testing.T) {
	if sight := (prover{}).Look(); sight != nil {
		t.Errorf("it sees %v", sight)
	}
}

func TestLeadershipIsOverWhenTheQueueIsClosed(t *testing.T) {
	var next framework.QueuedEntityInfo = &framework.QueuedPodInfo{}
	sched := &scheduler.Scheduler{NextEntity: func(klog.Logger) (framework.QueuedEntityInfo, error) { return next, nil }}
	ready := make(chan struct{})
	close(ready)
	g := newGate(t.Context(), sched, ready, 0)
	isOver := func() bool {
		select {
		case <-g.over:
			return true
		default:
			return false
		}
	}
	for _, step := range []struct {
		sentence string
		next     framework.QueuedEntityInfo
		want     bool
	}{{"a pod", next, false}, {"the end", nil, true}, {"the end again", nil, true}} {
		next = step.next
		if _, err := sched.NextEntity(klog.Background()); err != nil || isOver() != step.want {
			t.Errorf("after %s it is over: %v, %v", step.sentence, isOver(), err)
		}
	}
}
