package ask

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/door"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/ask/asktest"
)

// asked is the one request that a leader had.
type asked struct {
	n           int32
	path, token string
	certificate bool
}

// world is a cluster whose leader answers with an empty list of rules.
func world(t *testing.T, answer func(http.ResponseWriter)) (*asktest.World, *asked) {
	t.Helper()
	seen := &asked{}
	w, err := asktest.New(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		atomic.AddInt32(&seen.n, 1)
		seen.path, seen.token, seen.certificate = r.URL.String(), r.Header.Get("Authorization"), len(r.TLS.PeerCertificates) > 0
		answer(out)
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w, seen
}

func nothing(out http.ResponseWriter) { _, _ = out.Write([]byte(`{"kind": "RuleList", "items": []}`)) }

func flags() *Flags { return &Flags{Namespace: DefaultNamespace, Release: DefaultRelease} }

// question asks for the rules, with a token.
func question(t *testing.T, f *Flags, w *asktest.World, change ...func(*rest.Config)) (v1alpha1.RuleList, error) {
	t.Helper()
	config := &rest.Config{Host: w.API.URL, BearerToken: "secret"}
	for _, c := range change {
		c(config)
	}
	var list v1alpha1.RuleList
	s, err := f.Connect(t.Context(), config)
	if err != nil {
		return list, err
	}
	defer s.Close()
	err = s.Get(t.Context(), "/rules", url.Values{"limit": {"7"}}, &list)
	return list, err
}

func TestTheLeaderIsAskedThroughAForwardedPortWithTheCallersToken(t *testing.T) {
	w, seen := world(t, nothing)
	list, err := question(t, flags(), w)
	if err != nil || list.Kind != "RuleList" {
		t.Fatalf("got %+v, %v", list, err)
	}
	if seen.path != "/telemetry-scheduler/v1alpha1/rules?limit=7" || seen.token != "Bearer secret" {
		t.Errorf("the leader was asked %+v", seen)
	}
}

func TestTheLeaderIsAskedAtAnURLWithTheCertificateOfItsState(t *testing.T) {
	w, seen := world(t, nothing)
	w.Remove(asktest.PodPath)
	f := flags()
	f.URL = w.Scheduler.URL
	if _, err := question(t, f, w); err != nil || seen.token != "Bearer secret" {
		t.Errorf("the leader was asked %+v: %v", seen, err)
	}
}

func TestTheLeaderIsAskedAtAnURLWithAnAuthorityOfTheCallers(t *testing.T) {
	w, seen := world(t, nothing)
	f := flags()
	f.URL, f.Authority = w.Scheduler.URL, filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(f.Authority, w.Certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	w.Remove(asktest.StatePath)
	if _, err := question(t, f, w); err != nil || seen.token != "Bearer secret" {
		t.Errorf("the leader was asked %+v: %v", seen, err)
	}
}

func TestAClientCertificateIsShownToTheLeader(t *testing.T) {
	w, seen := world(t, nothing)
	_, err := question(t, flags(), w, func(c *rest.Config) {
		c.BearerToken, c.CertData, c.KeyData = "", w.Certificate, w.Key
	})
	if err != nil || !seen.certificate {
		t.Errorf("the leader was asked %+v: %v", seen, err)
	}
}

func TestNobodyElseHearsTheCredentials(t *testing.T) {
	w, _ := world(t, nothing)
	var heard atomic.Int32
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	t.Cleanup(other.Close)
	shown := atomic.Bool{}
	other.TLS.ClientAuth = tls.RequestClientCert
	other.TLS.VerifyConnection = func(s tls.ConnectionState) error {
		shown.Store(len(s.PeerCertificates) > 0)
		return nil
	}
	f := flags()
	f.URL = other.URL
	_, err := question(t, f, w)
	wantSilent(t, err, "the server that answers does not have the certificate of the leader leader-0_5f9a that stands in the ConfigMap telemetry-scheduler/telemetry-scheduler-state, and was told nothing")
	if heard.Load() > 0 || shown.Load() {
		t.Error("another server was asked")
	}
}

func wantSilent(t *testing.T, err error, said string) {
	t.Helper()
	if !Silent(err) || !strings.Contains(err.Error(), said) {
		t.Errorf("got %v (silent: %t)\nwant %s", err, Silent(err), said)
	}
}

// of changes what the leader says of itself.
func of(w *asktest.World, change func(*door.Door)) {
	d := door.Door{Leader: asktest.Leader, Port: w.Port, Certificate: w.Certificate}
	change(&d)
	w.Put(asktest.StatePath, &corev1.ConfigMap{Data: d.Data()})
}

func TestEachFailureIsOneSentence(t *testing.T) {
	status := func(code int32, reason metav1.StatusReason, message string) func(http.ResponseWriter) {
		return func(out http.ResponseWriter) {
			asktest.Refuse(out, &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: code, Reason: reason, Message: message}})
		}
	}
	for name, tc := range map[string]struct {
		change func(*asktest.World)
		answer func(http.ResponseWriter)
		said   string
	}{
		"no lease": {
			change: func(w *asktest.World) { w.Remove(asktest.LeasePath) },
			said:   "there is no lease telemetry-scheduler/telemetry-scheduler, so no scheduler of that name has ever led",
		},
		"a lease that may not be read": {
			change: func(w *asktest.World) { w.Put(asktest.LeasePath, asktest.Forbidden()) },
			said:   `the lease telemetry-scheduler/telemetry-scheduler may not be used by you: the Role telemetry-scheduler-viewer of the namespace telemetry-scheduler allows it, which "kubectl create rolebinding`,
		},
		"a lease that nobody holds": {
			change: func(w *asktest.World) { w.Put(asktest.LeasePath, &coordinationv1.Lease{}) },
			said:   "nobody holds the lease",
		},
		"no state": {
			change: func(w *asktest.World) { w.Remove(asktest.StatePath) },
			said:   "does not say by which certificate the leader leader-0_5f9a is known",
		},
		"a state of the leader before": {
			change: func(w *asktest.World) { of(w, func(d *door.Door) { d.Leader = "leader-1_77" }) },
			said:   "leader-0_5f9a leads, and the ConfigMap telemetry-scheduler/telemetry-scheduler-state still speaks of leader-1_77: ask again",
		},
		"no API": {
			change: func(w *asktest.World) { of(w, func(d *door.Door) { d.Port = 0 }) },
			said:   "has no API, as the operator wants it",
		},
		"a certificate that is none": {
			change: func(w *asktest.World) { of(w, func(d *door.Door) { d.Certificate = []byte("x") }) },
			said:   "is of no use: there is no certificate",
		},
		"no pod": {
			change: func(w *asktest.World) { w.Remove(asktest.PodPath) },
			said:   "the leader leader-0_5f9a is no pod of the namespace telemetry-scheduler",
		},
		"a pod that has ended": {
			change: func(w *asktest.World) {
				w.Put(asktest.PodPath, &corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodFailed}})
			},
			said: "the pod telemetry-scheduler/leader-0 of the leader is Failed, and not Running",
		},
		"a port that may not be forwarded": {
			change: func(w *asktest.World) { w.Put(asktest.ForwardPath, asktest.Forbidden()) },
			said:   "a forwarded port of the pod telemetry-scheduler/leader-0 may not be used by you: the Role telemetry-scheduler-viewer",
		},
		"a port where nobody listens": {
			change: func(w *asktest.World) { of(w, func(d *door.Door) { d.Port = 1 }) },
			said:   "the port of the scheduler's API cannot be reached in the pod telemetry-scheduler/leader-0",
		},
		"a token that is not known": {
			answer: status(http.StatusUnauthorized, metav1.StatusReasonUnauthorized, "Unauthorized"),
			said:   "the scheduler does not know your credentials",
		},
		"an account without rights": {
			answer: status(http.StatusForbidden, metav1.StatusReasonForbidden, `forbidden: User "u" cannot get path "/p"`),
			said:   `you may not ask the scheduler: the ClusterRole telemetry-scheduler-viewer allows it`,
		},
		"a replica that stands by": {
			answer: status(http.StatusMisdirectedRequest, "NotLeading", "this replica stands by; ask the leader x"),
			said:   "the scheduler has no answer now: this replica stands by; ask the leader x",
		},
		"something that is no API": {
			answer: func(out http.ResponseWriter) { _, _ = out.Write([]byte("<html>")) },
			said:   "the scheduler's answer to /rules cannot be read",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.answer == nil {
				tc.answer = nothing
			}
			w, _ := world(t, tc.answer)
			if tc.change != nil {
				tc.change(w)
			}
			_, err := question(t, flags(), w)
			wantSilent(t, err, tc.said)
			if strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("more than a line: %v", err)
			}
		})
	}
}

func TestWhatTheSchedulerSaysOfAQuestionIsNotSilence(t *testing.T) {
	w, _ := world(t, func(out http.ResponseWriter) {
		asktest.Refuse(out, apierrors.NewBadRequest("there is no node n; is it m?"))
	})
	if _, err := question(t, flags(), w); err == nil || Silent(err) || err.Error() != "there is no node n; is it m?" {
		t.Errorf("got %v", err)
	}
}

func TestFlagsThatDoNotGoTogether(t *testing.T) {
	w, _ := world(t, nothing)
	f := flags()
	f.Authority = "ca.crt"
	if _, err := question(t, f, w); err == nil || Silent(err) {
		t.Errorf("got %v", err)
	}
	f = flags()
	f.URL = "localhost:10260"
	if _, err := question(t, f, w); err == nil || Silent(err) {
		t.Errorf("got %v", err)
	}
	_, err := question(t, flags(), w, func(c *rest.Config) { c.Impersonate.UserName = "somebody" })
	wantSilent(t, err, "leave out --as")
}

func TestTheForwardedPortIsForThisMachineAlone(t *testing.T) {
	w, _ := world(t, nothing)
	s, err := flags().Connect(t.Context(), &rest.Config{Host: w.API.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	// What listens everywhere listens on the other addresses of the loopback device too.
	if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.2:%d", s.tunnel.port)); err == nil {
		c.Close()
		t.Error("the port is forwarded on more than 127.0.0.1")
	}
}

func TestTheProxyOfTheAPIServerIsNotTheWayToTheLeader(t *testing.T) {
	w, seen := world(t, nothing)
	_, err := question(t, flags(), w, func(c *rest.Config) {
		c.Proxy = func(r *http.Request) (*url.URL, error) {
			if r.URL.Host != strings.TrimPrefix(w.API.URL, "http://") {
				return nil, fmt.Errorf("%s is asked through the proxy", r.URL)
			}
			return nil, nil
		}
	})
	if err != nil || seen.n != 1 {
		t.Errorf("the leader was asked %+v: %v", seen, err)
	}
}

func TestNobodyIsAskedInTheNameOfAUID(t *testing.T) {
	w, seen := world(t, nothing)
	_, err := question(t, flags(), w, func(c *rest.Config) { c.Impersonate.UID = "7" })
	if wantSilent(t, err, "leave out --as"); seen.n > 0 {
		t.Error("the leader was asked")
	}
}
