package prometheus

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	source "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// member has an identity in a mesh.
type member struct {
	pair tls.Certificate
	// crt and key are its files.
	crt, key string
}

// join gives somebody an identity, by a certificate that signs itself.
func join(t *testing.T, identity string) *member {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{identity}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	secret, err := x509.MarshalECPrivateKey(key)
	must(t, err)
	m := &member{crt: filepath.Join(t.TempDir(), "identity.crt"), key: filepath.Join(t.TempDir(), "identity.key")}
	write(t, m.crt, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, m.key, string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})))
	m.pair, err = tls.LoadX509KeyPair(m.crt, m.key)
	must(t, err)
	return m
}

// inbound stands before a server as the proxy of its pod does: it demands an identity of
// the mesh, and forbids those that no policy names.
type inbound struct {
	admitted []string
	proxy    http.Handler
}

// ServeHTTP implements http.Handler.
func (p *inbound) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !slices.ContainsFunc(r.TLS.PeerCertificates[0].DNSNames, func(name string) bool { return slices.Contains(p.admitted, name) }) {
		w.Header().Set("L5d-Proxy-Error", "unauthorized request on route")
		w.WriteHeader(http.StatusForbidden)
		return
	}
	p.proxy.ServeHTTP(w, r)
}

// to is a proxy to an address.
func to(t *testing.T, address string, transport http.RoundTripper) http.Handler {
	t.Helper()
	target, err := url.Parse(address)
	must(t, err)
	return &httputil.ReverseProxy{
		Transport: transport, ErrorLog: log.New(io.Discard, "", 0),
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
	}
}

// mesh is a server that its proxy guards for the identities of a policy.
func mesh(t *testing.T, server string, admitted []string, members ...*member) *httptest.Server {
	t.Helper()
	known := x509.NewCertPool()
	for _, m := range members {
		known.AddCert(m.pair.Leaf)
	}
	s := httptest.NewUnstartedServer(&inbound{admitted, to(t, server, nil)})
	s.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: known}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// outbound is the proxy of a client's pod, which lends it the identity.
func outbound(t *testing.T, server *httptest.Server, m *member) string {
	t.Helper()
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.Certificates = []tls.Certificate{m.pair}
	t.Cleanup(transport.CloseIdleConnections)
	return front(t, to(t, server.URL, transport))
}

// admitted are the identities that the recipe for Linkerd lets in.
func admitted(t *testing.T) (identities []string) {
	t.Helper()
	for _, found := range regexp.MustCompile(`(?m)^  - (\S+\.serviceaccount\.identity\.\S+)$`).FindAllStringSubmatch(recipe(t, "linkerd.yaml"), -1) {
		identities = append(identities, found[1])
	}
	return identities
}

// TestAPrometheusInAMesh has stand-ins for the proxies of Linkerd, before a real server:
// plain HTTP from the source to the proxy beside it, which has the identity.
func TestAPrometheusInAMesh(t *testing.T) {
	t.Parallel()
	const suffix = ".serviceaccount.identity.linkerd.cluster.local"
	ours, strange := join(t, "telemetry-scheduler.telemetry-scheduler"+suffix), join(t, "default.team-a"+suffix)
	exporter := export(t, func(string) string {
		return "load{node=\"node-a\"} 1\nload{node=\"node-b\"} 2\nload{node=\"node-c\"} 3\n"
	})
	prom := serve(t, testbed.Prometheus{Scrapes: []string{testbed.Scrape("nodes", testbed.Target{Address: exporter.Address, Labels: map[string]string{"instance": "exporter"}})}})
	scraped(t, open(t, source.Options{URL: prom.URL}, ""), "load", 3)
	guarded := mesh(t, prom.URL, admitted(t), ours, strange)
	ca := filepath.Join(t.TempDir(), "ca.crt")
	write(t, ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: guarded.Certificate().Raw})))
	tlsOf := func(more string) string { return "tls_config: {ca_file: " + ca + more + "}\n" }
	for sentence, tc := range map[string]struct {
		url, http string
		want      string // of the error; empty for none
	}{
		"a meshed scheduler that the policy names":   {outbound(t, guarded, ours), "", ""},
		"a meshed one that it does not name":         {outbound(t, guarded, strange), "", "the server forbids it (403)"},
		"none of the mesh":                           {guarded.URL, tlsOf(""), "certificate required"},
		"one with the files of an identity that may": {guarded.URL, tlsOf(", cert_file: " + ours.crt + ", key_file: " + ours.key), ""},
	} {
		t.Run(sentence, func(t *testing.T) { wantAnswer(t, source.Options{URL: tc.url}, tc.http, tc.want) })
	}
}

// recipe is a file of the recipes.
func recipe(t *testing.T, name string) string {
	t.Helper()
	root, err := testbed.Root()
	must(t, err)
	text, err := os.ReadFile(filepath.Join(root, "examples", "recipes", name))
	must(t, err)
	return string(text)
}
