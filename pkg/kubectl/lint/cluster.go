package lint

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// InCluster judges the rules in a namespace of a cluster.
func InCluster(ctx context.Context, core corev1client.CoreV1Interface, namespace string, s *settings.Settings) ([]Finding, error) {
	l, err := judgeCluster(ctx, core, namespace, s)
	if err != nil {
		return nil, err
	}
	// That there are none is nothing to find.
	_ = l.only(namespace, s)
	return inOrder(l.found), nil
}

// addCluster reads the ConfigMaps of a namespace: those with the label of rules, and the
// stop button.
func (l *library) addCluster(ctx context.Context, core corev1client.CoreV1Interface, namespace string, s *settings.Settings) error {
	found, err := core.ConfigMaps(namespace).List(ctx, metav1.ListOptions{LabelSelector: rules.LabelRules})
	if err != nil {
		return err
	}
	for i := range found.Items {
		l.putApart(&found.Items[i], nil)
	}
	if namespace != s.Namespace || l.shelves[namespace+"/"+s.PauseConfigMap] != nil {
		return nil
	}
	button, err := core.ConfigMaps(namespace).Get(ctx, s.PauseConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	l.putApart(button, nil)
	return nil
}

// mayIn reports whether a namespace of a cluster may have rules.
func mayIn(ctx context.Context, core corev1client.CoreV1Interface, namespace string, s *settings.Settings) (func(string) bool, error) {
	if !s.Known || namespace == s.Namespace {
		return allowed(s), nil
	}
	if s.Args.Namespaces == nil {
		return func(string) bool { return false }, nil
	}
	found, err := core.Namespaces().Get(ctx, namespace, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading the labels of the namespace: %w", err)
	}
	selected := s.Args.Namespaces.Matches(labels.Set(found.Labels))
	return func(string) bool { return selected }, nil
}

// allowed says which namespaces may have rules where nobody knows their labels: any, if
// the operator allows it to some.
func allowed(s *settings.Settings) func(string) bool {
	may := !s.Known || s.Args.Namespaces != nil
	return func(string) bool { return may }
}
