package ask

import (
	"crypto/x509"
	"errors"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// unread says why something of the cluster that leads to the scheduler cannot be had.
func (f *Flags) unread(err error, what string) error {
	if apierrors.IsForbidden(err) || strings.Contains(err.Error(), "is forbidden") { // of a port-forward there is the text alone
		return silent("%s may not be used by you: the Role %s of the namespace %s allows it, which \"kubectl create rolebinding -n %s --role=%s\" gives (%w)", what, f.viewer(), f.Namespace, f.Namespace, f.viewer(), err)
	}
	return silent("%s cannot be used: %w", what, err)
}

// explain turns what came of a question into one sentence.
func (s *Scheduler) explain(err error) error {
	status := apierrors.APIStatus(nil)
	if !errors.As(err, &status) {
		return s.unreached(err)
	}
	switch code := status.Status().Code; code {
	case http.StatusUnauthorized:
		return silent("the scheduler does not know your credentials: they are none of this cluster's, or no longer good")
	case http.StatusForbidden:
		return silent("you may not ask the scheduler: the ClusterRole %s allows it, which \"kubectl create clusterrolebinding --clusterrole=%s\" gives (%w)", s.flags.viewer(), s.flags.viewer(), err)
	case http.StatusMisdirectedRequest, http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return silent("the scheduler has no answer now: %w", err)
	}
	return err
}

// unreached says why there was no answer at all.
func (s *Scheduler) unreached(err error) error {
	if certificate := certificateFault(err); certificate != nil {
		if s.flags.Authority != "" {
			return silent("the server at %s is not signed by the authority in %s, and was told nothing: %w", s.flags.URL, s.flags.Authority, certificate)
		}
		return silent("the server that answers does not have the certificate of the leader %s that stands in the ConfigMap %s, and was told nothing; where the certificate was renewed just now, ask again in a minute (%w)", s.Leader, s.flags.state(), certificate)
	}
	if trouble := s.tunnel.trouble(); trouble != "" {
		return silent("the port of the scheduler's API cannot be reached in the pod %s: %s", s.tunnel.pod, trouble)
	}
	return silent("the scheduler's API cannot be reached: %w", err)
}

// certificateFault is what is wrong with the server's certificate; nil for nothing.
func certificateFault(err error) error {
	unknown, host, invalid := x509.UnknownAuthorityError{}, x509.HostnameError{}, x509.CertificateInvalidError{}
	switch {
	case errors.As(err, &unknown):
		return unknown
	case errors.As(err, &host):
		return host
	case errors.As(err, &invalid):
		return invalid
	}
	return nil
}
