// Package asktest is a cluster with a scheduler for tests: an API server that serves
// what it is given and forwards ports by SPDY, and the API of a leader behind it.
package asktest

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/portforward"
	certutil "k8s.io/client-go/util/cert"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/door"
)

// What New makes, all in the namespace telemetry-scheduler.
const (
	Namespace = "telemetry-scheduler"
	Leader    = "leader-0_5f9a"
	Pod       = "leader-0"
	Lease     = "telemetry-scheduler"
)

// Paths of what New makes.
const (
	LeasePath   = "/apis/coordination.k8s.io/v1/namespaces/" + Namespace + "/leases/" + Lease
	StatePath   = "/api/v1/namespaces/" + Namespace + "/configmaps/" + Lease + "-state"
	PodPath     = "/api/v1/namespaces/" + Namespace + "/pods/" + Pod
	ForwardPath = PodPath + "/portforward"
)

// World is the cluster. Close it.
type World struct {
	// API is the API server, and Scheduler the API of the leader.
	API, Scheduler *httptest.Server
	// Port is what the leader says that it listens on: the other end of forwarded ports.
	Port int
	// Certificate and Key are the leader's, as PEM.
	Certificate, Key []byte

	mu      sync.Mutex
	objects map[string]any // by path
}

// New returns a cluster whose leader answers by a handler.
func New(leader http.Handler) (*World, error) {
	signed, err := selfSigned()
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(signed.crt, signed.key)
	if err != nil {
		return nil, err
	}
	w := &World{Certificate: signed.crt, Key: signed.key, objects: map[string]any{}}
	w.Scheduler = httptest.NewUnstartedServer(leader)
	w.Scheduler.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert}
	w.Scheduler.StartTLS()
	w.API = httptest.NewServer(http.HandlerFunc(w.serve))
	w.Port = w.Scheduler.Listener.Addr().(*net.TCPAddr).Port
	w.lead(door.Door{Leader: Leader, Port: w.Port, Certificate: signed.crt})
	return w, nil
}

type keyPair struct{ crt, key []byte }

// selfSigned makes a certificate as kube-scheduler does for itself, once: that takes a
// second.
var selfSigned = sync.OnceValues(func() (out keyPair, err error) {
	out.crt, out.key, err = certutil.GenerateSelfSignedCertKey("localhost", []net.IP{net.IPv4(127, 0, 0, 1)}, nil)
	return out, err
})

func (w *World) lead(d door.Door) {
	w.Put(LeasePath, &coordinationv1.Lease{Spec: coordinationv1.LeaseSpec{HolderIdentity: &d.Leader}})
	w.Put(StatePath, &corev1.ConfigMap{Data: d.Data()})
	w.Put(PodPath, &corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodRunning}})
	w.Put(ForwardPath, nil)
}

// Close ends it.
func (w *World) Close() {
	w.API.CloseClientConnections()
	w.API.Close()
	w.Scheduler.Close()
}

// Put has the API server serve an object, or an error of it, at a path.
func (w *World) Put(path string, object any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.objects[path] = object
}

// Remove takes away what Put has put.
func (w *World) Remove(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.objects, path)
}

func (w *World) serve(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	object, found := w.objects[r.URL.Path]
	w.mu.Unlock()
	status, refused := object.(*apierrors.StatusError)
	switch {
	case !found:
		Refuse(out, apierrors.NewNotFound(schema.GroupResource{}, r.URL.Path))
	case refused:
		Refuse(out, status)
	case r.URL.Path == ForwardPath:
		forward(out, r)
	default:
		out.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(out).Encode(object)
	}
}

// Refuse answers with an error as the API server and the scheduler do.
func Refuse(out http.ResponseWriter, err *apierrors.StatusError) {
	status := err.Status()
	status.APIVersion, status.Kind = "v1", "Status"
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(int(status.Code))
	_ = json.NewEncoder(out).Encode(status)
}

// forward connects streams with ports of this machine, as a kubelet does with those of a
// pod.
func forward(out http.ResponseWriter, r *http.Request) {
	if _, err := httpstream.Handshake(r, out, []string{portforward.PortForwardProtocolV1Name}); err != nil {
		return // by websocket: the client falls back
	}
	errorsTo := map[string]httpstream.Stream{}
	var mu sync.Mutex
	connection := spdy.NewResponseUpgrader().UpgradeResponse(out, r, func(s httpstream.Stream, _ <-chan struct{}) error {
		mu.Lock()
		defer mu.Unlock()
		id := s.Headers().Get(corev1.PortForwardRequestIDHeader)
		if s.Headers().Get(corev1.StreamType) == corev1.StreamTypeError {
			errorsTo[id] = s
			return nil
		}
		port, err := strconv.Atoi(s.Headers().Get(corev1.PortHeader))
		go connect(port, s, errorsTo[id])
		return err
	})
	if connection != nil {
		<-connection.CloseChan()
	}
}

func connect(port int, data, trouble httpstream.Stream) {
	defer trouble.Close()
	to, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		_, _ = io.WriteString(trouble, err.Error())
		_ = data.Reset()
		return
	}
	defer to.Close()
	go func() { _, _ = io.Copy(to, data) }()
	_, _ = io.Copy(data, to)
	_ = data.Close()
}

// Forbidden is the refusal of an account without the right.
func Forbidden() *apierrors.StatusError {
	return apierrors.NewForbidden(schema.GroupResource{Resource: "things"}, "this", errors.New("no RBAC policy matched"))
}
