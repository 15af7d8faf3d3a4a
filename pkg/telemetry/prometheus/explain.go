package prometheus

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// errNoAPI is the cause of an answer of something else.
var errNoAPI = errors.New("the answer does not come as JSON, as from the API of Prometheus,")

// refusal is the cause of a query that the server understood and would not answer:
// it says nothing about other queries.
type refusal struct{ error }

// Unwrap returns the cause.
func (r refusal) Unwrap() error { return r.error }

// late is the cause of a query without an answer in that time.
type late time.Duration

// Error implements error.
func (l late) Error() string { return fmt.Sprintf("no answer came within %v", time.Duration(l)) }

// explain says what a failed query means.
func explain(err error, status int, timeout time.Duration) error {
	var (
		said     *v1.Error
		tooLarge *http.MaxBytesError
		distrust *tls.CertificateVerificationError
		failed   *url.Error
		slow     net.Error
	)
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("the reading was given up before the answer came")
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return late(timeout)
	case errors.As(err, &tooLarge):
		return refusal{fmt.Errorf("the answer is larger than %d bytes; aggregate more, or let the operator raise maxBytes", tooLarge.Limit)}
	case errors.Is(err, errNoAPI):
		return fmt.Errorf("%w; something else may be listening there, or asks for a login", err)
	case errors.Is(err, errPartial):
		return refusal{err}
	case errors.As(err, &distrust):
		return fmt.Errorf("the certificate of the server is not trusted: %w", distrust.Err)
	case errors.As(err, &said):
		return inItsWords(said, status)
	case errors.As(err, &failed):
		return fmt.Errorf("the server cannot be reached: %w", failed.Err)
	}
	return fmt.Errorf("the answer cannot be read: %w", err)
}

// inItsWords explains what the server itself said.
func inItsWords(e *v1.Error, status int) error {
	switch {
	case e.Type == v1.ErrBadResponse && status/100 == 3:
		return fmt.Errorf("the server redirects to another place (%d), which is not followed", status)
	case e.Type == v1.ErrBadResponse:
		return fmt.Errorf("the answer is none of the API of Prometheus (%s)", cut(e.Msg))
	case status == http.StatusUnauthorized:
		return errors.New("the server does not accept our credentials (401)")
	case status == http.StatusForbidden:
		return fmt.Errorf("the server forbids it (403)%s", detail(e))
	case status == http.StatusNotFound:
		return errors.New("the server has no API of Prometheus under that URL (404)")
	case e.Type == v1.ErrServer, e.Type == v1.ErrClient:
		return fmt.Errorf("the server answers %d %s%s", status, http.StatusText(status), detail(e))
	}
	return refusal{fmt.Errorf("the server refuses: %s", cut(e.Error()))}
}

// detail is what stands in the body of an error, where a person can read it.
func detail(e *v1.Error) string {
	var body struct{ Error string }
	if json.Unmarshal([]byte(e.Detail), &body) == nil && body.Error != "" {
		return ": " + cut(body.Error)
	}
	if text := strings.TrimSpace(e.Detail); text != "" && !strings.HasPrefix(text, "<") && !strings.HasPrefix(text, "{") {
		return ": " + cut(text)
	}
	return ""
}
