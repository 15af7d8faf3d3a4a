package prometheus

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// guard bounds answers, because the client reads whole bodies, and lets them come
// packed: telemetry packs to a twentieth. The bound holds for what is unpacked.
type guard struct {
	next http.RoundTripper
	max  int64
}

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := g.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if response.Header.Get("Content-Encoding") == "gzip" {
		response.Body = &unpacked{packed: response.Body}
	}
	response.Body = http.MaxBytesReader(nil, response.Body, g.max)
	return response, nil
}

// unpacked reads a packed body.
type unpacked struct {
	packed io.ReadCloser
	reader *gzip.Reader
}

// Read implements io.Reader.
func (u *unpacked) Read(p []byte) (int, error) {
	if u.reader == nil {
		reader, err := gzip.NewReader(u.packed)
		if err != nil {
			return 0, err
		}
		u.reader = reader
	}
	return u.reader.Read(p)
}

// Close implements io.Closer.
func (u *unpacked) Close() error { return u.packed.Close() }

// exchange is a client for one query that keeps what the API's own client drops.
type exchange struct {
	api.Client
	now func() time.Time

	// sent and received are when, in our own clock.
	sent, received time.Time
	// status is that of the last answer; 0 where none came.
	status int
	// vector is what was answered; nil where it is for the API's own client to read.
	vector model.Vector
	// infos are remarks for people on an answer that is good.
	infos []string
}

// errPartial is the cause of an answer that a server gave without all of its stores.
var errPartial = errors.New("the answer is partial: the server could not ask all of its stores")

// Do implements api.Client.
func (x *exchange) Do(ctx context.Context, request *http.Request) (*http.Response, []byte, error) {
	x.sent = x.now()
	response, body, err := x.Client.Do(ctx, request)
	x.received = x.now()
	if response != nil {
		x.status = response.StatusCode
	}
	if err != nil {
		return response, body, err
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	switch asJSON := kind == "application/json"; {
	case response.StatusCode/100 == 4 && !asJSON:
		return response, body, &v1.Error{Type: v1.ErrClient, Detail: string(body)}
	case response.StatusCode/100 != 2:
		return response, body, nil
	case !asJSON:
		return response, body, fmt.Errorf("%w but as %q", errNoAPI, kind)
	}
	a, ok := decodeVector(body)
	switch {
	case !ok:
		return response, body, nil
	case a.partial:
		return response, body, errPartial
	}
	x.vector, x.infos = a.vector, a.infos
	body, err = a.stub()
	return response, body, err
}
