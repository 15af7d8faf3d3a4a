package app

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

// issuer hands out tokens with numbers, or fails.
type issuer struct {
	issued int
	fails  bool
	asked  []string
}

func (i *issuer) react(action clienttesting.Action) (bool, runtime.Object, error) {
	create := action.(clienttesting.CreateActionImpl)
	i.asked = append(i.asked, fmt.Sprintf("%s %s/%s/%s", create.Verb, create.Namespace, create.Name, create.Subresource))
	if i.fails {
		return true, nil, errors.New("no")
	}
	i.issued++
	life := time.Duration(*create.Object.(*authenticationv1.TokenRequest).Spec.ExpirationSeconds) * time.Second
	return true, &authenticationv1.TokenRequest{Status: authenticationv1.TokenRequestStatus{
		Token: fmt.Sprintf("token-%d", i.issued), ExpirationTimestamp: metav1.NewTime(time.Now().Add(life)),
	}}, nil
}

func TestAccountTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var server issuer
		client := fake.NewClientset()
		client.PrependReactor("create", "serviceaccounts", server.react)
		tokens := newAccountTokens(client.CoreV1().ServiceAccounts("ours"), kubeletReader("telemetry-scheduler"))
		expect := func(want, sentence string) {
			t.Helper()
			got, err := tokens.Token()
			if err != nil || got.AccessToken != want {
				t.Errorf("%s: %v, %v", sentence, got, err)
			}
		}

		expect("token-1", "the first token is asked for")
		time.Sleep(47 * time.Minute)
		expect("token-1", "a token is kept for most of its life")
		time.Sleep(2 * time.Minute)
		expect("token-2", "a token is replaced before its end")
		time.Sleep(50 * time.Minute)
		server.fails = true
		expect("token-2", "a token that cannot be replaced goes on serving")
		for _, asked := range server.asked {
			if asked != "create ours/telemetry-scheduler-kubelet-reader/token" {
				t.Errorf("the server was asked to %s", asked)
			}
		}
	})
}

func TestAccountTokensFail(t *testing.T) {
	client := fake.NewClientset()
	client.PrependReactor("create", "serviceaccounts", (&issuer{fails: true}).react)
	_, err := newAccountTokens(client.CoreV1().ServiceAccounts("ours"), kubeletReader("telemetry-scheduler")).Token()
	if err == nil || err.Error() != "asking for a token of the account telemetry-scheduler-kubelet-reader: no" {
		t.Errorf("the error is %v", err)
	}
}
