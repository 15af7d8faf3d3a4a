package telemetry

import (
	"errors"
	"net/http"
)

// ErrRedirect is what Bound makes of a redirection.
var ErrRedirect = errors.New("the answer is a redirection, and our credentials are for the API server alone")

// Bound returns a RoundTripper for clients of the API server that read whole bodies
// and follow redirections with our token: it ends answers after maxBytes, with an
// *http.MaxBytesError, and refuses redirections.
func Bound(next http.RoundTripper, maxBytes int64) http.RoundTripper { return bounded{next, maxBytes} }

type bounded struct {
	next http.RoundTripper
	max  int64
}

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 == 3 {
		_ = response.Body.Close()
		return nil, ErrRedirect
	}
	response.Body = http.MaxBytesReader(nil, response.Body, b.max)
	return response, nil
}
