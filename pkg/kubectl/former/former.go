// Package former reads the texts of rules that were in force before: a key whose text has
// a mistake by now stands by them, and rules of other keys may use their metrics.
package former

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/door"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/evaluator"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/state"
)

// Texts returns those that the last leader stored; none where no leader ever did.
func Texts(ctx context.Context, core corev1client.CoreV1Interface, s *settings.Settings) ([]rulesource.GoodText, error) {
	name := door.StateOf(s.Lease)
	found, err := core.ConfigMaps(s.Namespace).List(ctx, metav1.ListOptions{LabelSelector: state.Selector(name)})
	if err != nil {
		return nil, err
	}
	return evaluator.TextsOf(state.Inspect(name, found.Items).Content), nil
}
