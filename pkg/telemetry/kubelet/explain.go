package kubelet

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/prometheus/common/expfmt"
)

// errRejected is the cause of a visit whose token the kubelet does not accept.
var errRejected = errors.New("the kubelet does not accept the token (401); it must delegate authentication to the API server, which is authentication.webhook in its configuration")

// check says what an answer without metrics means.
func check(response *http.Response) error {
	switch code := response.StatusCode; {
	case code == http.StatusUnauthorized:
		return errRejected
	case code == http.StatusForbidden:
		return errors.New("the kubelet does not let our account read (403); give it the role of our manifests, which may get nodes/metrics")
	case code == http.StatusNotFound:
		return fmt.Errorf("the kubelet has no %s (404)", response.Request.URL.Path)
	case code/100 == 3:
		return fmt.Errorf("the kubelet redirects to another place (%d), which is not followed", code)
	case code != http.StatusOK:
		return fmt.Errorf("the kubelet answers %d %s", code, http.StatusText(code))
	}
	format := expfmt.ResponseFormat(response.Header)
	if format.FormatType() != expfmt.TypeTextPlain {
		return fmt.Errorf("the kubelet answers with %q and not with metrics as text", response.Header.Get("Content-Type"))
	}
	return nil
}

// explain says what a failed visit means.
func explain(err error, o Options) error {
	var (
		tooLarge *http.MaxBytesError
		distrust *tls.CertificateVerificationError
		failed   *url.Error
	)
	switch {
	case errors.As(err, &tooLarge):
		return fmt.Errorf("the kubelet's answer is larger than %d MiB, which no node needs", tooLarge.Limit>>20)
	case errors.As(err, &distrust):
		return fmt.Errorf("the certificate of the kubelet is not trusted; name the authority that signed it, or sign it with the cluster's: %w", distrust.Err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the kubelet did not answer within %v", o.NodeTimeout)
	case errors.As(err, &failed):
		return fmt.Errorf("the kubelet cannot be reached: %w", failed.Err)
	}
	return fmt.Errorf("the kubelet's answer cannot be read: %w", err)
}
