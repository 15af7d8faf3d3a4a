package api

import (
	"fmt"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// reasonNotLeading is the reason of the Status of a replica that does not lead.
const reasonNotLeading metav1.StatusReason = "NotLeading"

// errNoBoard is temporary: the first evaluation waits for every source.
var errNoBoard = func() error {
	err := failure(http.StatusServiceUnavailable, metav1.StatusReasonServiceUnavailable, "rules were not evaluated yet; ask again in a second")
	err.ErrStatus.Details = &metav1.StatusDetails{RetryAfterSeconds: 1}
	return err
}()

// leads returns an error that names the leader where another replica leads: what this
// one knows may differ from what pods are placed by.
func (s *Server) leads() error {
	leader := s.opts.Leader()
	switch {
	case leader.Self:
		return nil
	case leader.Identity == "":
		err := failure(http.StatusServiceUnavailable, metav1.StatusReasonServiceUnavailable, "no replica leads at the moment; ask again in a second")
		err.ErrStatus.Details = &metav1.StatusDetails{RetryAfterSeconds: 1}
		return err
	}
	err := failure(http.StatusMisdirectedRequest, reasonNotLeading,
		fmt.Sprintf("this replica stands by; ask the leader %s, which said so at %s", leader.Identity, leader.Renewed.UTC().Format(time.RFC3339)))
	err.ErrStatus.Details = &metav1.StatusDetails{Kind: "Leader", Name: leader.Identity}
	return err
}
