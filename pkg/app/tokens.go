package app

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/oauth2"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/transport"
)

// tokenLife is asked for. A server may give less, or more.
const tokenLife = time.Hour

// kubeletReader is the account whose tokens kubelets see; it may read nodes/metrics and
// nothing else. It has the name of the scheduler's lease, as the state does, so that two
// releases in one namespace do not meet.
func kubeletReader(lease string) string { return lease + "-kubelet-reader" }

// accountTokens asks for tokens of one account.
type accountTokens struct {
	accounts corev1client.ServiceAccountInterface
	name     string
}

// newAccountTokens returns tokens that are kept while they last. Where a new one
// cannot be had, the old one serves to its real end.
func newAccountTokens(accounts corev1client.ServiceAccountInterface, name string) transport.ResettableTokenSource {
	return transport.NewCachedTokenSource(&accountTokens{accounts: accounts, name: name})
}

// Token implements oauth2.TokenSource. What it calls the end of a token is four
// fifths of its life.
func (a *accountTokens) Token() (*oauth2.Token, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	began := time.Now()
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: new(int64(tokenLife.Seconds()))}}
	got, err := a.accounts.CreateToken(ctx, a.name, request, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("asking for a token of the account %s: %w", a.name, err)
	}
	life := got.Status.ExpirationTimestamp.Sub(began)
	return &oauth2.Token{AccessToken: got.Status.Token, Expiry: began.Add(life * 4 / 5)}, nil
}
