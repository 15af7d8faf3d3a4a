package ask

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"github.com/go-logr/logr/funcr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/klog/v2"
	"k8s.io/streaming/pkg/httpstream"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/door"
)

// tunnel is a port of this machine, for itself alone, that leads to one of a pod.
type tunnel struct {
	port uint16
	pod  string
	stop func()

	mu   sync.Mutex
	said string // what the other end said last of what is wrong
}

// Close ends it; of no tunnel there is nothing to end.
func (t *tunnel) Close() {
	if t != nil {
		t.stop()
	}
}

// trouble is what the other end said of what is wrong; empty for nothing.
func (t *tunnel) trouble() string {
	if t == nil {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.said
}

// log takes what client-go would print.
func (t *tunnel) log(_, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = text
}

// dig forwards a port to the leader's pod, as kubectl does.
func (f *Flags) dig(ctx context.Context, config *rest.Config, way door.Door) (*tunnel, error) {
	core, err := corev1client.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	name := pod(way.Leader)
	found, err := core.Pods(f.Namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil, silent("the leader %s is no pod of the namespace %s: it has just ended, or runs elsewhere, and then --scheduler-url says where", way.Leader, f.Namespace)
	case err != nil:
		return nil, f.unread(err, "the pod "+f.Namespace+"/"+name)
	case found.Status.Phase != corev1.PodRunning:
		return nil, silent("the pod %s/%s of the leader is %s, and not Running", f.Namespace, name, found.Status.Phase)
	}
	at := core.RESTClient().Post().Resource("pods").Namespace(f.Namespace).Name(name).SubResource("portforward").URL()
	dialer, err := dialerTo(at, config)
	if err != nil {
		return nil, err
	}
	t, err := forward(ctx, dialer, f.Namespace+"/"+name, way.Port)
	if err != nil {
		return nil, f.unread(err, "a forwarded port of the pod "+f.Namespace+"/"+name)
	}
	return t, nil
}

// dialerTo prefers websockets, and falls back to SPDY with servers and proxies that know
// nothing else.
func dialerTo(at *url.URL, config *rest.Config) (httpstream.Dialer, error) {
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	old := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, at)
	tunneling, err := portforward.NewSPDYOverWebsocketDialerForStreaming(at, config)
	if err != nil {
		return nil, err
	}
	return portforward.NewFallbackDialerForStreaming(tunneling, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}

// forward returns when the port can be used.
func forward(ctx context.Context, dialer httpstream.Dialer, pod string, port int) (*tunnel, error) {
	ctx, stop := context.WithCancel(ctx)
	t := &tunnel{pod: pod, stop: stop}
	ready, ended := make(chan struct{}), make(chan error, 1)
	quiet := klog.NewContext(ctx, funcr.New(t.log, funcr.Options{}))
	forwarder, err := portforward.NewOnAddressesForStreamingWithContext(quiet, dialer, []string{"127.0.0.1"}, []string{fmt.Sprintf("0:%d", port)}, ready, nil, nil)
	if err != nil {
		stop()
		return nil, err
	}
	go func() { ended <- forwarder.ForwardPorts() }()
	select {
	case <-ready:
	case err := <-ended:
		stop()
		return nil, err
	}
	ports, err := forwarder.GetPorts()
	if err != nil {
		stop()
		return nil, err
	}
	t.port = ports[0].Local
	return t, nil
}
