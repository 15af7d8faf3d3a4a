package ask

import (
	"bytes"
	"io"
	"net/http"

	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
)

// Inside returns a Scheduler that answers in this process.
func Inside(answers http.Handler) (*Scheduler, error) {
	config := &rest.Config{Host: "http://inside", QPS: -1}
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	client, err := rest.UnversionedRESTClientForConfigAndClient(config, &http.Client{Transport: inside{answers}})
	if err != nil {
		return nil, err
	}
	return &Scheduler{client: client, flags: &Flags{}, config: config}, nil
}

// inside is a connection to a handler.
type inside struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r = r.Clone(r.Context())
		r.Body = http.NoBody
	}
	w := &written{header: http.Header{}, code: http.StatusOK}
	i.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil { // what was written is not all
		return nil, err
	}
	return &http.Response{
		StatusCode: w.code, Header: w.header, Body: io.NopCloser(&w.text), ContentLength: int64(w.text.Len()), Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// written is an answer that is held in memory.
type written struct {
	header http.Header
	code   int
	text   bytes.Buffer
}

func (w *written) Header() http.Header            { return w.header }
func (w *written) WriteHeader(code int)           { w.code = code }
func (w *written) Write(text []byte) (int, error) { return w.text.Write(text) }
