package api

import (
	"bytes"
	"maps"
	"net/http"

	"github.com/NYTimes/gziphandler"
)

// leastZipped is how many bytes are worth the processor's time.
const leastZipped = 128 << 10

// page is a whole answer as it goes to the client, zipped where that is worth it.
type page struct {
	header http.Header
	code   int
	text   bytes.Buffer
}

// zip fails only where a size is negative.
var zip, _ = gziphandler.GzipHandlerWithOpts(gziphandler.MinSize(leastZipped))

func pageOf(r *http.Request, text []byte) *page {
	p := &page{header: http.Header{}}
	zip(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, text) })).ServeHTTP(p, r)
	return p
}

// Header implements http.ResponseWriter.
func (p *page) Header() http.Header { return p.header }

// WriteHeader implements http.ResponseWriter.
func (p *page) WriteHeader(code int) { p.code = code }

// Write implements http.ResponseWriter.
func (p *page) Write(text []byte) (int, error) { return p.text.Write(text) }

// send writes the page to a client; one that went away does not mind.
func (p *page) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.header)
	w.WriteHeader(p.code)
	_, _ = w.Write(p.text.Bytes())
}
