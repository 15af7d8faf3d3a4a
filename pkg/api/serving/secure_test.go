package serving

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/client-go/util/cert"
	"k8s.io/component-base/metrics/testutil"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// answers refuse what has a limit of 0, and pods that are sent.
type answers struct{}

func (a answers) Handler() http.Handler { return a.Paths() }

func (answers) Paths() *http.ServeMux {
	mux := http.NewServeMux()
	for _, path := range []string{"GET /rules", "POST /pods", "GET /pods/{namespace}/{name}", "GET /schema"} {
		method, path, _ := strings.Cut(path, " ")
		mux.HandleFunc(method+" "+v1alpha1.Prefix+path, func(out http.ResponseWriter, r *http.Request) {
			code := http.StatusOK
			if r.Method == http.MethodPost || r.FormValue("limit") == "0" {
				code = http.StatusBadRequest
			}
			out.WriteHeader(code)
		})
	}
	return mux
}

// keeper lets the user ann ask what is allowed, and knows nobody else.
type keeper struct{ allowed string }

func (k keeper) AuthenticateRequest(r *http.Request) (*authenticator.Response, bool, error) {
	name := r.Header.Get("User")
	return &authenticator.Response{User: &user.DefaultInfo{Name: name}}, name != "", nil
}

func (k keeper) door() Door {
	return Door{
		Secure:         &server.SecureServingInfo{},
		Authentication: server.AuthenticationInfo{Authenticator: k},
		Authorization: server.AuthorizationInfo{Authorizer: authorizer.AuthorizerFunc(func(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
			if !a.IsResourceRequest() && a.GetUser().GetName() == "ann" && a.GetVerb()+" "+a.GetPath() == k.allowed {
				return authorizer.DecisionAllow, "", nil
			}
			return authorizer.DecisionNoOpinion, "", nil
		})},
	}
}

func TestWhoIsLetIn(t *testing.T) {
	const path = "/telemetry-scheduler/v1alpha1"
	for sentence, tc := range map[string]struct {
		method, path, user, allowed string
		want                        int
	}{
		"who is allowed":                     {"GET", path + "/rules", "ann", "get " + path + "/rules", http.StatusOK},
		"who is allowed something else":      {"GET", path + "/rules", "ann", "get " + path + "/keys", http.StatusForbidden},
		"who may read but not post":          {"POST", path + "/pods", "ann", "get " + path + "/pods", http.StatusForbidden},
		"who may post":                       {"POST", path + "/pods", "ann", "post " + path + "/pods", http.StatusBadRequest},
		"who is nobody":                      {"GET", path + "/rules", "", "get " + path + "/rules", http.StatusUnauthorized},
		"who asks for what there is not":     {"GET", "/", "ann", "get " + path + "/rules", http.StatusForbidden},
		"who looks around without the right": {"GET", path + "/schema", "ann", "", http.StatusForbidden},
	} {
		t.Run(sentence, func(t *testing.T) {
			door := keeper{tc.allowed}.door()
			request, answer := httptest.NewRequest(tc.method, tc.path, nil), httptest.NewRecorder()
			request.Header.Set("User", tc.user)
			Guard(answers{}.Handler(), door.Authentication.Authenticator, door.Authorization.Authorizer).ServeHTTP(answer, request)
			if answer.Code != tc.want {
				t.Errorf("the answer is %d: %s", answer.Code, answer.Body)
			}
		})
	}
}

// TestRequestsAreCounted asks as somebody who may read the rules alone. What people make
// up makes no series.
func TestRequestsAreCounted(t *testing.T) {
	Register()
	const path = "/telemetry-scheduler/v1alpha1"
	door := keeper{"get " + path + "/rules"}.door()
	handler := counted(answers{}.Paths(), Guard(answers{}.Handler(), door.Authentication.Authenticator, door.Authorization.Authorizer))
	for sentence, tc := range map[string]struct{ request, user, path, code string }{
		"an answer":             {path + "/rules?limit=1", "ann", "/rules", "200"},
		"a refusal":             {path + "/rules?limit=0", "ann", "/rules", "400"},
		"who may not":           {path + "/pods/shop/web", "ann", "/pods/{namespace}/{name}", "403"},
		"who is nobody":         {path + "/schema", "", "/schema", "401"},
		"a path that is not":    {path + "/made-up", "ann", "other", "403"},
		"a path of other kinds": {"/metrics", "ann", "other", "403"},
	} {
		count := func() float64 {
			value, err := testutil.GetCounterMetricValue(requests.WithLabelValues(tc.path, tc.code))
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
		request, before := httptest.NewRequest(http.MethodGet, tc.request, nil), count()
		request.Header.Set("User", tc.user)
		handler.ServeHTTP(httptest.NewRecorder(), request)
		if now := count(); now != before+1 {
			t.Errorf("%s is counted %v times as %s of %s", sentence, now-before, tc.code, tc.path)
		}
	}
}

// TestNobodyIsLetInWithoutADoor holds what the filters would do without somebody to
// ask: let everybody in.
func TestNobodyIsLetInWithoutADoor(t *testing.T) {
	whole := keeper{}.door()
	for sentence, change := range map[string]func(*Door){
		"no secure port":      func(d *Door) { d.Secure = nil },
		"nobody knows users":  func(d *Door) { d.Authentication.Authenticator = nil },
		"nobody allows users": func(d *Door) { d.Authorization.Authorizer = nil },
	} {
		door := whole
		change(&door)
		if _, err := door.Serve(answers{}, nil); !errors.Is(err, ErrNoDoor) {
			t.Errorf("%s: the error is %v", sentence, err)
		}
	}
}

func TestAPortThatIsTakenIsAnError(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	door := keeper{}.door()
	door.BindAddress, door.Port = "127.0.0.1", taken.Addr().(*net.TCPAddr).Port
	if _, err := door.Serve(answers{}, nil); err == nil {
		t.Error("there is none")
	}
}

func TestThePortIsFreeOnceTheServerHasEnded(t *testing.T) {
	certificate, key, err := cert.GenerateSelfSignedCertKey("localhost", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	door, stop := keeper{}.door(), make(chan struct{})
	if door.Secure.Cert, err = dynamiccertificates.NewStaticCertKeyContent("test", certificate, key); err != nil {
		t.Fatal(err)
	}
	spare, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := spare.Addr()
	_ = spare.Close()
	door.BindAddress, door.Port = "127.0.0.1", address.(*net.TCPAddr).Port
	wait, err := door.Serve(answers{}, stop)
	if err != nil {
		t.Fatal(err)
	}
	close(stop)
	wait()
	again, err := net.Listen("tcp", address.String())
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}

func TestTheAddressIsThatOfTheSecurePortUnlessSaid(t *testing.T) {
	local, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = local.Close() }()
	for said, want := range map[string]string{"": "127.0.0.1", "::1": "::1"} {
		door := Door{BindAddress: said, Secure: &server.SecureServingInfo{Listener: local}}
		if got := door.host(); got != want {
			t.Errorf("%q means %s, want %s", said, got, want)
		}
		if own := door.serving(nil); fmt.Sprint(own.Listener) == fmt.Sprint(local) {
			t.Error("the listener of the secure port is used twice")
		}
	}
}
