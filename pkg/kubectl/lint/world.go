package lint

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/plugins/telemetry/args"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/sources"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// patience bounds how long sources may take to answer.
const patience = 30 * time.Second

// worldOf reads the nodes of a cluster and makes the operator's sources. urls are those
// of sources that are reached elsewhere from here.
func worldOf(ctx context.Context, config *rest.Config, core corev1client.CoreV1Interface, s *settings.Settings, urls map[string]string) (world, error) {
	w := world{sources: map[string]telemetry.Source{}, broken: map[string]error{}, now: time.Now}
	found, err := core.Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return w, err
	}
	for i := range found.Items {
		w.nodes = append(w.nodes, evaluator.NodeOf(&found.Items[i]))
	}
	w.podNode = PodNode(ctx, core)
	reached, err := s.Reached(urls)
	if err != nil {
		return w, err
	}
	w.leftOut = reached.LeftOut
	for _, said := range reached.Sources {
		source, err := newSource(said, config)
		if withheld := reached.Withheld[said.Name]; withheld != nil {
			w.broken[said.Name] = withheld
		} else if err != nil {
			w.broken[said.Name] = err
		} else if source != nil {
			w.sources[said.Name] = source
		}
	}
	return w, nil
}

// newSource makes a source; nil for one that serves no metrics of rules' own, or that only
// the scheduler knows.
func newSource(said args.Source, config *rest.Config) (telemetry.Source, error) {
	switch said.Type {
	case args.Prometheus:
		return sources.Prometheus(said)
	case args.CustomMetrics:
		return sources.CustomMetrics(config, said.Timeout)
	}
	return nil, nil
}

// PodNode returns what finds the node of a pod by its address. It lists the pods of the
// cluster at the first address that somebody asks for. Where they may not be read, nothing
// is known of addresses.
func PodNode(ctx context.Context, core corev1client.CoreV1Interface) func(string) (string, bool) {
	find := sync.OnceValue(func() func(string) (string, bool) {
		found, err := core.Pods(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
		if err != nil {
			return func(string) (string, bool) { return "", false }
		}
		pods := make([]*corev1.Pod, len(found.Items))
		for i := range found.Items {
			pods[i] = &found.Items[i]
		}
		return evaluator.PodNodes(pods)
	})
	return func(ip string) (string, bool) { return find()(ip) }
}
