package integration

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// door asks the API server who knocks and whether they may read metrics of
// nodes, as kubelets with webhook authentication and authorization do.
type door struct {
	bed    *testbed.Bed
	behind *httputil.ReverseProxy

	mu sync.Mutex
	// users are who knocked, with how often they were let in.
	users map[string]int
}

// openDoor puts a door before the kubelets of nodes.
func openDoor(t *testing.T, bed *testbed.Bed, nodes testbed.Nodes) *door {
	t.Helper()
	target := &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", kubeletPort(t, bed, nodes.Name(nodes.First)))}
	d := &door{bed: bed, behind: httputil.NewSingleHostReverseProxy(target), users: map[string]int{}}
	server := httptest.NewUnstartedServer(d)
	certificate, err := tls.LoadX509KeyPair(filepath.Join(bed.Dir, "serving.crt"), filepath.Join(bed.Dir, "serving.key"))
	if err != nil {
		t.Fatal(err)
	}
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that distrust it are part of the test
	server.StartTLS()
	t.Cleanup(server.Close)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	for i := nodes.First; i < nodes.First+nodes.Count; i++ {
		patch := fmt.Sprintf(`{"status": {"daemonEndpoints": {"kubeletEndpoint": {"Port": %s}}}}`, port)
		if _, err := bed.Client.CoreV1().Nodes().Patch(t.Context(), nodes.Name(i), types.MergePatchType, []byte(patch), metav1.PatchOptions{}, "status"); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func kubeletPort(t *testing.T, bed *testbed.Bed, node string) int32 {
	t.Helper()
	n, err := bed.Client.CoreV1().Nodes().Get(t.Context(), node, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return n.Status.DaemonEndpoints.KubeletEndpoint.Port
}

// ServeHTTP implements http.Handler.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		http.Error(w, "who are you?", http.StatusUnauthorized) // metrics-server knocks too
		return
	}
	who, err := d.user(r, token)
	switch {
	case err != nil || !who.Authenticated:
		http.Error(w, fmt.Sprint("you are not known: ", err), http.StatusUnauthorized)
	case !d.let(r, who.User):
		http.Error(w, "you may not read metrics of nodes", http.StatusForbidden)
	default:
		d.behind.ServeHTTP(w, r)
	}
}

func (d *door) user(r *http.Request, token string) (authenticationv1.TokenReviewStatus, error) {
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}
	got, err := d.bed.Client.AuthenticationV1().TokenReviews().Create(r.Context(), review, metav1.CreateOptions{})
	if err != nil {
		return authenticationv1.TokenReviewStatus{}, err
	}
	return got.Status, nil
}

// let asks whether a user may read metrics of nodes, and notes the visit.
func (d *door) let(r *http.Request, user authenticationv1.UserInfo) bool {
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user.Username, Groups: user.Groups,
		ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "get", Resource: "nodes", Subresource: "metrics"},
	}}
	got, err := d.bed.Client.AuthorizationV1().SubjectAccessReviews().Create(r.Context(), review, metav1.CreateOptions{})
	allowed := err == nil && got.Status.Allowed
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, found := d.users[user.Username]; allowed || !found {
		d.users[user.Username]++
	}
	return allowed
}

// of returns who of a release showed a token. Other schedulers read all nodes too.
func (d *door) of(r *release) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	users := slices.Sorted(maps.Keys(d.users))
	return slices.DeleteFunc(users, func(user string) bool {
		return !strings.HasPrefix(user, "system:serviceaccount:"+r.name+":")
	})
}
