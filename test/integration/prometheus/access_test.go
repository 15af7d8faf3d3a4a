package prometheus

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
	source "github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry/prometheus"
	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// The server lets in this user alone, by the bcrypt hash of the password.
const (
	user     = "scheduler"
	password = "open sesame"
	hash     = "$2a$04$fvXy0mVAOGItKTBTcoeshu381KsABt2dOnogn3kK5rcXMpLPnE1Eu"
)

// wrong is a secret that no error may show.
const wrong = "hunter2"

var load = telemetry.Metric{Name: "load", Query: "load", MaxAge: time.Minute}

// front serves a handler and returns its URL.
func front(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

// guarded is a server behind TLS and a password, and the files that lead to it.
type guarded struct {
	*testbed.RunningPrometheus
	ca, password string
	// transport trusts the server.
	transport *http.Transport
}

func guard(t *testing.T) *guarded {
	t.Helper()
	bed := empty(t)
	crt, key, ca := bed.Serving()
	authority, err := os.ReadFile(ca)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	g := &guarded{ca: ca, password: filepath.Join(bed.Dir, "password"), transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	t.Cleanup(g.transport.CloseIdleConnections)
	write(t, g.password, password)
	exporter := export(t, func(string) string {
		return "load{node=\"node-a\"} 1\nload{node=\"node-b\"} 2\nload{node=\"node-c\"} 3\n"
	})
	g.RunningPrometheus, err = bed.StartPrometheus(t.Context(), testbed.Prometheus{
		Scrapes: []string{testbed.Scrape("nodes", testbed.Target{Address: exporter.Address, Labels: map[string]string{"instance": "exporter"}})},
		Web:     fmt.Sprintf("tls_server_config: {cert_file: %q, key_file: %q}\nbasic_auth_users: {%s: %s}\n", crt, key, user, hash),
		Client:  &http.Client{Transport: g.transport},
	})
	must(t, err)
	scraped(t, open(t, source.Options{URL: g.URL}, g.http()), "load", 3)
	return g
}

// http is what an operator writes to get in.
func (g *guarded) http() string {
	return fmt.Sprintf("basic_auth: {username: %s, password_file: %s}\ntls_config: {ca_file: %s}\n", user, g.password, g.ca)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	must(t, os.WriteFile(name, []byte(text), 0o600))
}

func TestAServerWithTLSAndPasswords(t *testing.T) {
	t.Parallel()
	g := guard(t)
	other := empty(t)
	_, _, stranger := other.Serving()
	tlsOf := func(ca string) string { return "tls_config: {ca_file: " + ca + "}\n" }
	for sentence, tc := range map[string]struct {
		url, http string
		want      string // of the error; empty for none
	}{
		"a password file and the authority's file": {g.URL, g.http(), ""},
		"the server by its address":                {strings.Replace(g.URL, "localhost", "127.0.0.1", 1), g.http(), ""},
		"another name that the certificate is for": {strings.Replace(g.URL, "localhost", "127.0.0.1", 1), strings.Replace(g.http(), "{ca_file", "{server_name: localhost, ca_file", 1), ""},
		"a wrong password":                         {g.URL, tlsOf(g.ca) + "basic_auth: {username: scheduler, password: " + wrong + "}\n", "the server does not accept our credentials (401)"},
		"a user that it does not know":             {g.URL, tlsOf(g.ca) + "basic_auth: {username: nobody, password: " + wrong + "}\n", "the server does not accept our credentials (401)"},
		"a token where it wants a password":        {g.URL, tlsOf(g.ca) + "authorization: {credentials: " + wrong + "}\n", "the server does not accept our credentials (401)"},
		"no credentials":                           {g.URL, tlsOf(g.ca), "the server does not accept our credentials (401)"},
		"no authority":                             {g.URL, "basic_auth: {username: scheduler, password: " + wrong + "}\n", "the certificate of the server is not trusted: x509: certificate signed by unknown authority"},
		"the authority of others":                  {g.URL, tlsOf(stranger) + "basic_auth: {username: scheduler, password: " + wrong + "}\n", "the certificate of the server is not trusted: x509: certificate signed by unknown authority"},
		"a name that the certificate is not for":   {g.URL, "tls_config: {server_name: prometheus.monitoring, ca_file: " + g.ca + "}\n", "the certificate of the server is not trusted: x509: certificate is valid for localhost, not prometheus.monitoring"},
		"HTTP where it speaks TLS":                 {strings.Replace(g.URL, "https", "http", 1), "basic_auth: {username: scheduler, password: " + wrong + "}\n", "the server answers 400 Bad Request: Client sent an HTTP request to an HTTPS server."},
		"a password file that is not there":        {g.URL, tlsOf(g.ca) + "basic_auth: {username: scheduler, password_file: /nowhere/password}\n", "/nowhere/password: no such file or directory"},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			wantAnswer(t, source.Options{URL: tc.url}, tc.http, tc.want)
		})
	}
}

// wantAnswer reads until all is there, or once for an error, which must name the server and
// not the secret.
func wantAnswer(t *testing.T, o source.Options, http, want string) {
	t.Helper()
	r := open(t, o, http)
	if want == "" {
		r.until(t, metrics{load}, valued)
		return
	}
	_, err := r.collect(t.Context(), cluster(), load)
	wantError(t, o.URL, err, want)
}

// valued returns nil for a reading that has the load of each node.
func valued(r *telemetry.Reading) error { return differs("values", all, outcome(r, load.Name)) }

func wantError(t *testing.T, server string, err error, want string) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("it was read, and the error should be %q", want)
	case !strings.HasPrefix(err.Error(), server+": ") || !strings.Contains(err.Error(), want):
		t.Errorf("the error is\n%v\nand should name %s and %q", err, server, want)
	case strings.Contains(err.Error(), wrong):
		t.Errorf("the error shows the secret: %v", err)
	}
}

func TestAPasswordFileThatIsMendedIsReadAgain(t *testing.T) {
	t.Parallel()
	g := guard(t)
	r := open(t, source.Options{URL: g.URL}, g.http())
	for _, text := range []string{wrong, password, wrong, password} {
		write(t, g.password, text)
		_, err := r.collect(t.Context(), cluster(), load)
		if text == password {
			must(t, err)
			continue
		}
		wantError(t, g.URL, err, "the server does not accept our credentials (401)")
	}
}

// gate is a proxy in front of a real server that asks for a token and a tenant, as
// those of Mimir and of platforms do.
type gate struct {
	token atomic.Value
	proxy http.Handler
}

const tenant = "X-Scope-OrgID"

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Bearer "+g.token.Load().(string):
		http.Error(w, "<html>who are you?</html>", http.StatusUnauthorized)
	case r.Header.Get(tenant) != "platform":
		http.Error(w, "no org id", http.StatusForbidden)
	default:
		g.proxy.ServeHTTP(w, r)
	}
}

// newGate lets requests through with the password that the server wants.
func newGate(server *guarded) *gate {
	target, _ := url.Parse(server.URL)
	g := &gate{proxy: &httputil.ReverseProxy{
		Transport: server.transport,
		ErrorLog:  log.New(io.Discard, "", 0),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.SetBasicAuth(user, password)
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html><h1>502 Bad Gateway</h1></html>")
		},
	}}
	g.token.Store("first")
	return g
}

func TestAProxyThatAsksForATokenAndATenant(t *testing.T) {
	t.Parallel()
	server := guard(t)
	g := newGate(server)
	address, token := front(t, g), filepath.Join(t.TempDir(), "token")
	write(t, token, "first")
	const header = "http_headers: {X-Scope-OrgID: {values: [platform]}}\n"
	file := "authorization: {credentials_file: " + token + "}\n"
	r := open(t, source.Options{URL: address}, file+header)
	r.read(t, load)
	g.token.Store("second")
	_, err := r.collect(t.Context(), cluster(), load)
	wantError(t, address, err, "the server does not accept our credentials (401)")
	write(t, token, "second")
	r.until(t, metrics{load}, valued)
	wantAnswer(t, source.Options{URL: address}, file, "the server forbids it (403): no org id")
	wantAnswer(t, source.Options{URL: address}, header+"authorization: {credentials: "+wrong+"}\n", "the server does not accept our credentials (401)")
	server.Kill()
	_, err = r.collect(t.Context(), cluster(), load)
	wantError(t, address, err, "the server answers 502 Bad Gateway")
	if now, believed := r.sample(load, "node-a"); !believed || now.Value != 1 {
		t.Errorf("what was known is %v, %v", now, believed)
	}
	must(t, server.Restart())
	r.until(t, metrics{load}, valued)
}
