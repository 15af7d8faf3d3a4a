package sources

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

// asBackEnd is set in the environment of the process that plays the back ends. It is
// a process of its own, so that what is measured here is the source's alone.
const asBackEnd = "TELEMETRY_SCHEDULER_BENCH_BACK_END"

func TestMain(m *testing.M) {
	if size := os.Getenv(asBackEnd); size != "" {
		if err := serve(size); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// doors are the addresses of the back ends.
type doors struct {
	// API answers as an API server with metrics-server and an adapter behind it, over
	// TLS and HTTP/2; Kubelets as all kubelets, over TLS; Prometheus without.
	API, Kubelets, Prometheus string
	// Count tells what came and went; see traffic.
	Count string
}

// traffic is what went through the doors, in bytes on the wire: packed where it was
// packed, with TLS, HTTP and what it takes to connect.
type traffic struct{ Requests, Sent, Received int64 }

func (t traffic) minus(before traffic) traffic {
	return traffic{t.Requests - before.Requests, t.Sent - before.Sent, t.Received - before.Received}
}

// counter counts on the server's side, in the words of its client.
type counter struct{ requests, sent, received atomic.Int64 }

func (c *counter) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	_ = json.NewEncoder(w).Encode(traffic{c.requests.Load(), c.sent.Load(), c.received.Load()})
}

// counted counts what a handler is asked.
func (c *counter) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.requests.Add(1)
		h.ServeHTTP(w, r)
	})
}

// listener counts the bytes of its connections.
type listener struct {
	net.Listener
	count *counter
}

// Accept implements net.Listener.
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return connection{c, l.count}, err
}

type connection struct {
	net.Conn
	count *counter
}

// Read implements net.Conn.
func (c connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.count.sent.Add(int64(n))
	return n, err
}

// Write implements net.Conn.
func (c connection) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.count.received.Add(int64(n))
	return n, err
}

// serve plays all back ends until nobody holds standard input any more.
func serve(size string) error {
	var s scale
	if _, err := fmt.Sscanf(size, "%d nodes, %d pods a node", &s.nodes, &s.podsOfANode); err != nil {
		return err
	}
	answers, err := newAnswers(s)
	if err != nil {
		return err
	}
	count := &counter{}
	d := doors{Count: httptest.NewServer(count).URL}
	for _, door := range []struct {
		at      *string
		host    string
		handler http.Handler
		secure  bool
	}{
		{&d.API, "127.0.0.1:0", http.HandlerFunc(answers.api), true},
		{&d.Kubelets, "0.0.0.0:0", http.HandlerFunc(answers.kubelet), true}, // each has an address of its own in 127.0.0.0/8
		{&d.Prometheus, "127.0.0.1:0", http.HandlerFunc(answers.prometheus), false},
	} {
		if *door.at, err = open(door.host, count, door.handler, door.secure); err != nil {
			return err
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(d); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// open starts a server and returns its address.
func open(host string, count *counter, handler http.Handler, secure bool) (string, error) {
	l, err := net.Listen("tcp", host)
	if err != nil {
		return "", err
	}
	server := httptest.NewUnstartedServer(count.counted(handler))
	server.Listener, server.EnableHTTP2 = listener{l, count}, strings.HasPrefix(host, "127.")
	if secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	return l.Addr().String(), nil
}

// backEnd is the process that plays the back ends.
type backEnd struct {
	doors
	tb testing.TB
}

// startBackEnd starts it for a cluster of a size, until the benchmark ends.
func startBackEnd(tb testing.TB, s scale) *backEnd {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), fmt.Sprintf("%s=%d nodes, %d pods a node", asBackEnd, s.nodes, s.podsOfANode)), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	b := &backEnd{tb: tb}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &b.doors)
	}
	if err != nil {
		tb.Fatalf("the back ends did not start: %v", err)
	}
	return b
}

// traffic returns what went through the doors so far.
func (b *backEnd) traffic() (t traffic) {
	answer, err := http.Get(b.Count)
	if err != nil {
		b.tb.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(answer.Body).Decode(&t); err != nil {
		b.tb.Fatal(err)
	}
	return t
}
