package kubelet

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

// serve starts a kubelet made of one handler, and returns the node that it is on
// and the authority of its certificate.
func serve(t *testing.T, handler http.HandlerFunc) (telemetry.Node, []byte) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return nodeOf(t, server), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

func nodeOf(t *testing.T, server *httptest.Server) telemetry.Node {
	t.Helper()
	host, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return telemetry.Node{Name: "a", Addresses: []telemetry.Address{{Type: "InternalIP", Address: host}}, KubeletPort: int32(number)}
}

func newVisitor(t *testing.T, o Options) *visitor {
	t.Helper()
	source, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return &source.visitor
}

// says is a handler that always answers the same.
func says(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const text = "text/plain; version=0.0.4; charset=utf-8"

func TestAVisitBringsWhatTheKubeletMeasured(t *testing.T) {
	node, authority := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got, want := fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.Header["Authorization"]), "GET /metrics/resource [Bearer secret]"; got != want {
			t.Errorf("the kubelet was asked %q, want %q", got, want)
		}
		says(200, text, whole)(w, r)
	})
	got, err := newVisitor(t, Options{TLS: rest.TLSClientConfig{CAData: authority}}).visit(t.Context(), node, "secret", false)
	if err != nil {
		t.Fatal(err)
	}
	want := said{measured{value: 357.35491, at: time.UnixMilli(1795428001500)}, measured{value: 1.6227328e+07, at: time.UnixMilli(1795428002000)}}
	if diff := cmp.Diff(want, got.node, cmp.AllowUnexported(said{}, measured{})); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestAValueWithoutATimeHasTheTimeOfTheRequest(t *testing.T) {
	node, authority := serve(t, says(200, text, "node_memory_working_set_bytes 1\n"))
	before := time.Now()
	got, err := newVisitor(t, Options{TLS: rest.TLSClientConfig{CAData: authority}}).visit(t.Context(), node, "", false)
	if err != nil || got.node.memory.at.Before(before) || got.node.memory.at.After(time.Now()) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestAKubeletThatKnowsNoTypeByNameAnswers is about servers that refuse requests
// for a type that they have not declared, as KWOK's does.
func TestAKubeletThatKnowsNoTypeByNameAnswers(t *testing.T) {
	node, authority := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept"), "*/*") {
			w.WriteHeader(http.StatusNotAcceptable)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = io.WriteString(w, "node_memory_working_set_bytes 1\n")
	})
	v := newVisitor(t, Options{TLS: rest.TLSClientConfig{CAData: authority}})
	if _, err := v.visit(t.Context(), node, "", false); err != nil {
		t.Error(err)
	}
}

func TestAVisitThatFailsSaysWhatToMend(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", text)
		line := []byte(strings.Repeat("#", 1<<10) + "\n")
		for r.Context().Err() == nil {
			if _, err := w.Write(line); err != nil {
				return
			}
		}
	}
	dies := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", text)
		_, _ = io.WriteString(w, whole)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	for sentence, tc := range map[string]struct {
		handler http.HandlerFunc
		change  func(*telemetry.Node, *Options)
		want    string
	}{
		"no token":             {handler: says(401, "text/plain", "Unauthorized"), want: "the kubelet does not accept the token (401)"},
		"no role":              {handler: says(403, "text/plain", "Forbidden"), want: "the kubelet does not let our account read (403); give it the role of our manifests, which may get nodes/metrics"},
		"no such path":         {handler: says(404, "text/plain", "404"), want: "the kubelet has no /metrics/resource (404)"},
		"an error":             {handler: says(503, "text/html", "<html>"), want: "the kubelet answers 503 Service Unavailable"},
		"a page for people":    {handler: says(200, "text/html", "<html>hello</html>"), want: `the kubelet answers with "text/html" and not with metrics as text`},
		"another format":       {handler: says(200, "application/openmetrics-text; version=1.0.0", "# EOF\n"), want: `the kubelet answers with "application/openmetrics-text; version=1.0.0"`},
		"lines that are wrong": {handler: says(200, text, "node_memory_working_set_bytes lots\n"), want: `the kubelet's answer cannot be read: expected float as value, got "lots"`},
		"text without end":     {handler: endless, want: "the kubelet's answer is larger than 1 MiB, which no node needs"},
		"death in the middle":  {handler: dies, want: "the kubelet's answer cannot be read: "},
		"silence":              {handler: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, want: "the kubelet did not answer within 100ms"},
		"slow drops": {
			handler: func(w http.ResponseWriter, r *http.Request) {
				says(200, text, "#")(w, r)
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			},
			want: "the kubelet did not answer within 100ms",
		},
		"a stranger's certificate": {
			handler: says(200, text, whole), change: func(_ *telemetry.Node, o *Options) { o.TLS = rest.TLSClientConfig{} },
			want: "the certificate of the kubelet is not trusted; name the authority that signed it, or sign it with the cluster's: x509: certificate signed by unknown authority",
		},
		"a certificate of another host": {
			handler: says(200, text, whole), change: func(_ *telemetry.Node, o *Options) { o.TLS.ServerName = "other.invalid" },
			want: "the certificate of the kubelet is not trusted; name the authority that signed it, or sign it with the cluster's: x509: certificate is valid for example.com",
		},
		"nobody listens": {
			handler: says(200, text, whole), change: func(n *telemetry.Node, _ *Options) { n.KubeletPort = 1 },
			want: "the kubelet cannot be reached: dial tcp 127.0.0.1:1: ",
		},
		"a node without an address": {
			handler: says(200, text, whole), change: func(n *telemetry.Node, _ *Options) { n.Addresses = nil },
			want: "the node has no address of the types [InternalIP ExternalIP Hostname InternalDNS ExternalDNS]",
		},
		"an address that is none": {
			handler: says(200, text, whole), change: func(n *telemetry.Node, _ *Options) { n.Addresses[0].Address = "a b/" },
			want: "the node cannot be asked: ",
		},
		"a path that is a place": {
			handler: says(200, text, whole), change: func(n *telemetry.Node, _ *Options) {
				n.Annotations = map[string]string{PathAnnotation: "@evil.invalid/x"}
			},
			want: `the annotation metrics.k8s.io/resource-metrics-path of the node is "@evil.invalid/x", which does not begin with /`,
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			node, authority := serve(t, tc.handler)
			o := Options{TLS: rest.TLSClientConfig{CAData: authority}, MaxBytes: 1 << 20, NodeTimeout: 5 * time.Second}
			if strings.HasSuffix(tc.want, "100ms") {
				o.NodeTimeout = 100 * time.Millisecond
			}
			if tc.change != nil {
				tc.change(&node, &o)
			}
			if got := collectOne(t, o, node); !strings.HasPrefix(got, tc.want) {
				t.Errorf("said\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

// collectOne reads one node and returns why it failed.
func collectOne(t *testing.T, o Options, node telemetry.Node) string {
	t.Helper()
	o.Patience = 2 * o.NodeTimeout
	source, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	reading, err := source.Collect(t.Context(), telemetry.Request{Nodes: []telemetry.Node{node}})
	if err == nil {
		t.Fatalf("no error, but %+v", reading)
	}
	why, found := strings.CutPrefix(err.Error(), "none of the kubelets of 1 nodes could be read; of the node a: ")
	if !found {
		t.Fatal(err)
	}
	return why
}

func TestATokenStaysWithTheKubelet(t *testing.T) {
	var strangers []string
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		strangers = append(strangers, r.Header.Get("Authorization"))
	}))
	t.Cleanup(stranger.Close)
	t.Setenv("HTTPS_PROXY", stranger.URL)
	for _, code := range []int{301, 302, 303, 307, 308} {
		node, authority := serve(t, http.RedirectHandler(stranger.URL, code).ServeHTTP)
		_, err := newVisitor(t, Options{TLS: rest.TLSClientConfig{CAData: authority}}).visit(t.Context(), node, "secret", false)
		if want := fmt.Sprintf("the kubelet redirects to another place (%d), which is not followed", code); err == nil || err.Error() != want {
			t.Errorf("error: %v, want %s", err, want)
		}
	}
	if strangers != nil {
		t.Errorf("a stranger was asked with %q", strangers)
	}
}

func TestATokenIsNotSentWithoutTLS(t *testing.T) {
	var heard bytes.Buffer
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.CopyN(&heard, conn, 100)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
	}()
	node := nodeOf(t, &httptest.Server{Listener: listener})
	_, err = newVisitor(t, Options{TLS: rest.TLSClientConfig{Insecure: true}}).visit(t.Context(), node, "secret", false)
	listener.Close()
	<-done
	if err == nil || bytes.Contains(heard.Bytes(), []byte("secret")) {
		t.Errorf("error %v, heard %q", err, heard.Bytes())
	}
}

func TestCertificatesAreVerifiedAsAsked(t *testing.T) {
	node, authority := serve(t, says(200, text, whole))
	file := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(file, authority, 0o600); err != nil {
		t.Fatal(err)
	}
	for sentence, tls := range map[string]rest.TLSClientConfig{
		"by an authority in the configuration": {CAData: authority},
		"by an authority in a file":            {CAFile: file},
		"by another name":                      {CAData: authority, ServerName: "example.com"},
		"not at all":                           {Insecure: true},
	} {
		t.Run(sentence, func(t *testing.T) {
			if _, err := newVisitor(t, Options{TLS: tls}).visit(t.Context(), node, "", false); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTLSOptionsThatContradictAreRefusedAtOnce(t *testing.T) {
	_, authority := serve(t, says(200, text, whole))
	for sentence, tls := range map[string]rest.TLSClientConfig{
		"an authority that is not looked at": {CAData: authority, Insecure: true},
		"an authority that is no file":       {CAFile: filepath.Join(t.TempDir(), "absent")},
		"a certificate without a key":        {CertData: authority},
	} {
		t.Run(sentence, func(t *testing.T) {
			if _, err := New(Options{TLS: tls}); err == nil || !strings.HasPrefix(err.Error(), "preparing TLS for kubelets: ") {
				t.Errorf("error: %v", err)
			}
		})
	}
}

func TestWhereAKubeletIs(t *testing.T) {
	addresses := []telemetry.Address{{Type: "Hostname", Address: "a.example"}, {Type: "InternalIP", Address: "10.0.0.1"}, {Type: "InternalIP", Address: "fd00::1"}}
	path := func(p string) map[string]string { return map[string]string{PathAnnotation: p} }
	for sentence, tc := range map[string]struct {
		opts Options
		node telemetry.Node
		want string
	}{
		"the first internal address and the port of the node":  {Options{}, telemetry.Node{Addresses: addresses, KubeletPort: 10251}, "https://10.0.0.1:10251/metrics/resource"},
		"the usual port where the node says none":              {Options{}, telemetry.Node{Addresses: addresses}, "https://10.0.0.1:10250/metrics/resource"},
		"the operator's port before the node's":                {Options{Port: 443}, telemetry.Node{Addresses: addresses, KubeletPort: 10251}, "https://10.0.0.1:443/metrics/resource"},
		"the operator's type of address":                       {Options{AddressTypes: []string{"ExternalIP", "Hostname"}}, telemetry.Node{Addresses: addresses}, "https://a.example:10250/metrics/resource"},
		"IPv6":                                                 {Options{}, telemetry.Node{Addresses: addresses[2:]}, "https://[fd00::1]:10250/metrics/resource"},
		"the path of the node's annotation":                    {Options{}, telemetry.Node{Addresses: addresses, Annotations: path("/metrics/nodes/a/metrics/resource")}, "https://10.0.0.1:10250/metrics/nodes/a/metrics/resource"},
		"a path with a query is a path all the same":           {Options{}, telemetry.Node{Addresses: addresses, Annotations: path("/x?y=z#w")}, "https://10.0.0.1:10250/x%3Fy=z%23w"},
		"a path that looks like a host":                        {Options{}, telemetry.Node{Addresses: addresses, Annotations: path("//evil.invalid/x")}, "https://10.0.0.1:10250//evil.invalid/x"},
		"an empty annotation is none":                          {Options{}, telemetry.Node{Addresses: addresses, Annotations: path("")}, "https://10.0.0.1:10250/metrics/resource"},
		"an empty address is none, and the next type is taken": {Options{}, telemetry.Node{Addresses: []telemetry.Address{{Type: "InternalIP"}, addresses[0]}}, "https://a.example:10250/metrics/resource"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := newVisitor(t, tc.opts).url(tc.node)
			if err != nil || got.String() != tc.want {
				t.Errorf("got %v and %v, want %s", got, err, tc.want)
			}
		})
	}
}
