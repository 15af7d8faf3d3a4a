// Package serving lets people in who ask the API: it listens, asks who they are and
// whether they may, and counts what they are answered. All of that is kube-scheduler's
// own.
package serving

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	genericapifilters "k8s.io/apiserver/pkg/endpoints/filters"
	apirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	genericfilters "k8s.io/apiserver/pkg/server/filters"
	"k8s.io/client-go/kubernetes/scheme"
)

// Door says who is let in, and where. All of it is kube-scheduler's own.
type Door struct {
	// BindAddress is that of kube-scheduler's secure port where it is empty.
	BindAddress string
	Port        int
	// Secure has the certificates that kube-scheduler serves with.
	Secure         *server.SecureServingInfo
	Authentication server.AuthenticationInfo
	Authorization  server.AuthorizationInfo
}

// ErrNoDoor says that kube-scheduler serves nothing whose door could be shared. Without
// it everybody would be let in.
var ErrNoDoor = errors.New("the API needs the certificate, the authentication and the authorization of kube-scheduler's secure port, which --secure-port=0 switches off; " +
	"give it a port, or write api: {port: 0} into the arguments of the plugin Telemetry")

// farewell is how long answers under way may take when the server ends.
const farewell = 2 * time.Second

// Answers are those of the API; see api.Server.
type Answers interface {
	// Handler answers people whom somebody else has let in.
	Handler() http.Handler
	// Paths has every path, to name it by.
	Paths() *http.ServeMux
}

// Serve listens, and lets answers be had until stop is closed. wait returns when the port
// is free after that, and the answers under way have ended. It returns an error where it
// cannot begin.
func (d Door) Serve(a Answers, stop <-chan struct{}) (wait func(), err error) {
	if d.Secure == nil || d.Authentication.Authenticator == nil || d.Authorization.Authorizer == nil {
		return nil, ErrNoDoor
	}
	address := net.JoinHostPort(d.host(), strconv.Itoa(d.Port))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on the port of the API: %w", err)
	}
	answered, freed, err := d.serving(listener).Serve(counted(a.Paths(), Guard(a.Handler(), d.Authentication.Authenticator, d.Authorization.Authorizer)), farewell, stop)
	if err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("serving the API: %w", err)
	}
	return func() { <-answered; <-freed }, nil
}

// host is the address to listen on.
func (d *Door) host() string {
	if d.BindAddress != "" || d.Secure.Listener == nil {
		return d.BindAddress
	}
	host, _, _ := net.SplitHostPort(d.Secure.Listener.Addr().String()) // a listener has both
	return host
}

// serving is kube-scheduler's secure port with another listener. Who renews its
// certificates is kube-scheduler's server alone, and tells ours.
func (d *Door) serving(listener net.Listener) *server.SecureServingInfo {
	own := *d.Secure
	own.Listener = listener
	if own.Cert != nil {
		own.Cert = struct {
			dynamiccertificates.CertKeyContentProvider
		}{own.Cert}
	}
	if own.ClientCA != nil {
		own.ClientCA = struct {
			dynamiccertificates.CAContentProvider
		}{own.ClientCA}
	}
	own.SNICerts = nil
	for _, cert := range d.Secure.SNICerts {
		own.SNICerts = append(own.SNICerts, struct {
			dynamiccertificates.SNICertKeyContentProvider
		}{cert})
	}
	return &own
}

// Guard asks who it is, and whether they may, in the order of kube-scheduler's own
// server. A verb is the method in lower case, and all paths are non-resource URLs.
func Guard(handler http.Handler, who authenticator.Request, may authorizer.Authorizer) http.Handler {
	codecs, resolver := scheme.Codecs, &apirequest.RequestInfoFactory{}
	handler = genericapifilters.WithAuthorization(handler, may, codecs)
	handler = genericapifilters.WithAuthentication(handler, who, genericapifilters.Unauthorized(codecs), nil, nil)
	handler = genericapifilters.WithRequestInfo(handler, resolver)
	handler = genericapifilters.WithCacheControl(handler)
	handler = genericfilters.WithHTTPLogging(handler)
	return genericfilters.WithPanicRecovery(handler, resolver)
}
