package custommetrics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

var errNotCustom = errors.New("the metric names none of custom.metrics.k8s.io")

// explain says what a failed request means for people.
func explain(m *telemetry.Metric, err error) error {
	name := m.Name
	if m.Custom != nil {
		name = m.Custom.Name
	}
	var tooLarge *http.MaxBytesError
	var failed *url.Error
	switch {
	case errors.As(err, &tooLarge):
		return fmt.Errorf("the values of %s in custom.metrics.k8s.io are larger than %d MiB", name, tooLarge.Limit>>20)
	case errors.As(err, &failed) && failed.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("custom.metrics.k8s.io did not answer in time for %s: %w", name, err)
	case apierrors.IsNotFound(err):
		return fmt.Errorf("custom.metrics.k8s.io has no metric %s of nodes; see what its adapter serves: %w", name, err)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("the scheduler's account may not get nodes/%s in custom.metrics.k8s.io; give it that right: %w", name, err)
	case apierrors.IsServiceUnavailable(err):
		return fmt.Errorf("the API server cannot reach the adapter of custom.metrics.k8s.io; see `kubectl get apiservice`: %w", err)
	}
	return fmt.Errorf("reading %s of custom.metrics.k8s.io: %w", name, err)
}
