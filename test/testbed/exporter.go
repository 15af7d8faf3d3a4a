package testbed

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
)

// Exporter serves metrics to scrape at every path. It can be killed and restarted,
// as a node's can.
type Exporter struct {
	// Address is host and port.
	Address string
	text    func(path string) string

	mu     sync.Mutex
	server *http.Server // nil while it is dead
}

// StartExporter serves what text returns for a path.
func StartExporter(text func(path string) string) (*Exporter, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	e := &Exporter{Address: fmt.Sprintf("127.0.0.1:%d", port), text: text}
	return e, e.Restart()
}

// ServeHTTP implements http.Handler.
func (e *Exporter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	_, _ = io.WriteString(w, e.text(r.URL.Path))
}

// Restart starts the exporter at its address, if it is dead.
func (e *Exporter) Restart() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server != nil {
		return nil
	}
	l, err := net.Listen("tcp", e.Address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: e}
	e.server = server
	go func() { _ = server.Serve(l) }() // it ends with Kill
	return nil
}

// Kill ends the exporter at once: connections break, and new ones are refused.
func (e *Exporter) Kill() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server != nil {
		_ = e.server.Close()
		e.server = nil
	}
}
