package rulesource

import (
	"context"
	"errors"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coreinformers "k8s.io/client-go/informers/core/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// watch prepares one watch on the ConfigMaps of a namespace. Two narrow ones on our
// own cost less than all its ConfigMaps, which hold our state too.
func (s *Source) watch(namespace, labelSelector, fieldSelector string, notify func()) informer {
	indexers := cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc} // the lister asks for it
	i := coreinformers.NewFilteredConfigMapInformer(s.opts.Client, namespace, 0, indexers,
		func(o *metav1.ListOptions) { o.LabelSelector, o.FieldSelector = labelSelector, fieldSelector })
	// Neither call can fail before the informer has started.
	_, _ = i.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { notify() },
		UpdateFunc: func(any, any) { notify() },
		DeleteFunc: func(any) { notify() },
	})
	_ = i.SetWatchErrorHandlerWithContext(func(ctx context.Context, _ *cache.Reflector, err error) { onWatchError(ctx, namespace, err) })
	return informer{SharedIndexInformer: i, lister: corelisters.NewConfigMapLister(i.GetIndexer())}
}

// onWatchError says in our words what fails; the informer tries again by itself.
// A watch that merely ended is no failure.
func onWatchError(ctx context.Context, namespace string, err error) {
	if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) || errors.Is(err, io.EOF) {
		return
	}
	watchErrors.Inc()
	if namespace == metav1.NamespaceAll {
		klog.FromContext(ctx).Error(err, "The rules of other namespaces cannot be read; those known so far stay in force. The scheduler needs to list and watch ConfigMaps in all namespaces, which the role in manifests/namespaced-rules.yaml allows")
		return
	}
	klog.FromContext(ctx).Error(err, "Rules cannot be read; those known so far stay in force. The scheduler needs to get, list and watch ConfigMaps in its namespace",
		"namespace", namespace)
}

// parsing is what a text says. It is remembered by file and text, because 1,000
// keys should not be read again when one of them changes.
type parsing struct {
	// metrics are those that the text defines, once it was searched for them.
	metrics  []rules.Metric
	searched bool
	// known are the metrics with which it was read into document.
	known    map[string]rules.Metric
	document *rules.Document
	mistakes []rules.Mistake
}

func (s *Source) parser() parser {
	return parser{metrics: s.metricsOf, parse: s.parse, before: s.known}
}

// remembered returns what was read of a text, or begins to remember it.
func (s *Source) remembered(file, body string) *parsing {
	p := s.parsed[file][body]
	if p == nil {
		p = new(parsing)
		if s.parsed[file] == nil {
			s.parsed[file] = map[string]*parsing{}
		}
		s.parsed[file][body] = p
	}
	return p
}

func (s *Source) metricsOf(file, body string) []rules.Metric {
	p := s.remembered(file, body)
	if !p.searched {
		p.metrics, p.searched = rules.MetricsOf(file, []byte(body), s.opts.Rules), true
	}
	return p.metrics
}

func (s *Source) parse(file, body string, known map[string]rules.Metric) (*rules.Document, []rules.Mistake) {
	return s.parseFor("", file, body, known)
}

// parseFor reads a text as one of a namespace; empty for one of the cluster.
func (s *Source) parseFor(namespace, file, body string, known map[string]rules.Metric) (*rules.Document, []rules.Mistake) {
	p := s.remembered(file, body)
	if p.known == nil || !reflect.DeepEqual(p.known, known) {
		opts := s.opts.Rules
		opts.Namespace = namespace
		opts.Metrics = maps.Clone(known)
		maps.Copy(opts.Metrics, s.opts.Rules.Metrics)
		p.document, p.mistakes = s.read(file, []byte(body), opts)
		p.known = known
	}
	return p.document, slices.Clone(p.mistakes)
}

// forget drops what was read of texts that no longer matter.
func (s *Source) forget(o outcome) {
	keep := map[string]map[string]*parsing{}
	for _, r := range o.results {
		file := r.text.String()
		keep[file] = map[string]*parsing{}
		for _, body := range []string{r.text.Text, o.good[r.text.Unit].Text} {
			if p, found := s.parsed[file][body]; found {
				keep[file][body] = p
			}
		}
	}
	s.parsed = keep
}

// configMapOf returns the ConfigMap in namespace/name/key.
func configMapOf(file string) (namespace, name string, ok bool) {
	namespace, rest, found := strings.Cut(file, "/")
	name, _, both := strings.Cut(rest, "/")
	return namespace, name, found && both
}

func sortTexts(texts []text) {
	slices.SortFunc(texts, func(a, b text) int { return compareUnits(a.Unit, b.Unit) })
}

func sortedGood(good map[Unit]GoodText) []GoodText {
	out := make([]GoodText, 0, len(good))
	for _, g := range good {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b GoodText) int { return compareUnits(a.Unit, b.Unit) })
	return out
}
