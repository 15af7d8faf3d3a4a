package metricsapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// explain says what a failed list means for the operator.
func explain(what string, err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("metrics.k8s.io did not answer in time: %w", err)
	case errors.As(err, &tooLarge):
		return fmt.Errorf("the list of %s in metrics.k8s.io is larger than %d MiB, which no cluster needs", what, tooLarge.Limit>>20)
	case apierrors.IsNotFound(err):
		return fmt.Errorf("the cluster serves no metrics.k8s.io/v1beta1; install metrics-server or configure another source: %w", err)
	case apierrors.IsForbidden(err):
		return fmt.Errorf("the scheduler's account may not list %s in metrics.k8s.io; give it the role of our manifests: %w", what, err)
	case apierrors.IsServiceUnavailable(err):
		return fmt.Errorf("the API server cannot reach the server of metrics.k8s.io; see `kubectl get apiservice v1beta1.metrics.k8s.io`: %w", err)
	case !isStatus(err) && !isTransport(err):
		return fmt.Errorf("metrics.k8s.io did not answer in the format of a Kubernetes API; something else may be listening there: %w", err)
	}
	return fmt.Errorf("listing %s in metrics.k8s.io: %w", what, err)
}

// isStatus reports whether the API server itself said what is wrong.
func isStatus(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status)
}

// isTransport reports whether there was no whole answer. What is left is an
// answer that could not be decoded.
func isTransport(err error) bool {
	var failed *url.Error
	return errors.As(err, &failed) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.Canceled)
}
