package command

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/healthz"
	apiserveroptions "k8s.io/apiserver/pkg/server/options"
	"k8s.io/client-go/tools/leaderelection"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/metrics/legacyregistry"

	apiserving "github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/serving"
)

// defaultPort is the one after that of the scheduler's API.
const defaultPort = 10261

// serving is what is served: the metrics, to whoever may get /metrics, and how the process
// is, to everybody. Who may is asked of the API server, as kube-scheduler does.
type serving struct {
	secure         *apiserveroptions.SecureServingOptions
	authentication *apiserveroptions.DelegatingAuthenticationOptions
	authorization  *apiserveroptions.DelegatingAuthorizationOptions
}

func newServing() *serving {
	s := &serving{
		secure:         apiserveroptions.NewSecureServingOptions(),
		authentication: apiserveroptions.NewDelegatingAuthenticationOptions(),
		authorization:  apiserveroptions.NewDelegatingAuthorizationOptions().WithAlwaysAllowPaths("/livez", "/readyz"),
	}
	s.secure.BindPort, s.secure.ServerCert.CertDirectory, s.secure.ServerCert.PairName = defaultPort, "", component
	s.authentication.TolerateInClusterLookupFailure = true
	s.authentication.RemoteKubeConfigFileOptional, s.authorization.RemoteKubeConfigFileOptional = true, true
	return s
}

func (s *serving) addTo(sets *cliflag.NamedFlagSets) {
	s.secure.AddFlags(sets.FlagSet("secure serving"))
	s.authentication.AddFlags(sets.FlagSet("authentication"))
	s.authorization.AddFlags(sets.FlagSet("authorization"))
}

func (s *serving) validate() (wrong []error) {
	wrong = append(wrong, s.secure.Validate()...)
	wrong = append(wrong, s.authentication.Validate()...)
	return append(wrong, s.authorization.Validate()...)
}

// serve begins, and goes on until ctx ends; stopped returns when the port is free after that.
func (s *serving) serve(ctx context.Context, kubeconfig string, dog *leaderelection.HealthzAdaptor) (stopped func(), err error) {
	stopped = func() {}
	if err := s.secure.MaybeDefaultWithSelfSignedCerts("localhost", nil, []net.IP{net.ParseIP("127.0.0.1")}); err != nil {
		return stopped, fmt.Errorf("making a certificate: %w", err)
	}
	s.delegate(kubeconfig)
	var info *server.SecureServingInfo
	var people server.AuthenticationInfo
	var may server.AuthorizationInfo
	if err := s.secure.ApplyTo(&info); err != nil || info == nil {
		return stopped, err
	}
	if err := s.authentication.ApplyTo(&people, info, nil); err != nil {
		return stopped, fmt.Errorf("finding out who may read metrics: %w", err)
	}
	if err := s.authorization.ApplyTo(&may); err != nil {
		return stopped, fmt.Errorf("finding out who may read metrics: %w", err)
	}
	answered, freed, err := info.Serve(apiserving.Guard(endpoints(dog), people.Authenticator, may.Authorizer), 2*time.Second, ctx.Done())
	if err != nil {
		return stopped, fmt.Errorf("serving: %w", err)
	}
	return func() { <-answered; <-freed }, nil
}

// delegate asks who somebody is with the same account as everything else.
func (s *serving) delegate(kubeconfig string) {
	if s.authentication.RemoteKubeConfigFile == "" {
		s.authentication.RemoteKubeConfigFile = kubeconfig
	}
	if s.authorization.RemoteKubeConfigFile == "" {
		s.authorization.RemoteKubeConfigFile = kubeconfig
	}
}

func endpoints(dog *leaderelection.HealthzAdaptor) http.Handler {
	mux := http.NewServeMux()
	healthz.InstallLivezHandler(muxer{mux}, healthz.PingHealthz, dog)
	healthz.InstallReadyzHandler(muxer{mux}, healthz.PingHealthz, dog)
	mux.Handle("/metrics", legacyregistry.Handler())
	return mux
}

// muxer is a mux as healthz wants it.
type muxer struct{ *http.ServeMux }
