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
	limited, cancel := bounded(ctx, config)
	defer cancel()
	name := pod(way.Leader)
	if err := f.running(limited, core, way.Leader); err != nil {
		return nil, err
	}
	at := core.RESTClient().Post().Resource("pods").Namespace(f.Namespace).Name(name).SubResource("portforward").URL()
	dialer, err := dialerTo(at, config)
	if err != nil {
		return nil, err
	}
	t, err := forward(ctx, limited, dialer, f.Namespace+"/"+name, way.Port)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err() // whoever asks has gone
	case err != nil:
		return nil, f.unread(err, "a forwarded port of the pod "+f.Namespace+"/"+name)
	}
	return t, nil
}

// running says why no port of the leader's pod can be forwarded; nil where one can.
func (f *Flags) running(ctx context.Context, core corev1client.CoreV1Interface, leader string) error {
	name := pod(leader)
	found, err := core.Pods(f.Namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return silent("the leader %s is no pod of the namespace %s: it has just ended, or runs elsewhere, and then --scheduler-url says where", leader, f.Namespace)
	case err != nil:
		return f.unread(err, "the pod "+f.Namespace+"/"+name)
	case found.Status.Phase != corev1.PodRunning:
		return silent("the pod %s/%s of the leader is %s, and not Running", f.Namespace, name, found.Status.Phase)
	}
	return nil
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

// forward returns when the port can be used, or limited ends: a dialer knows no context.
// The port is forwarded until ctx ends.
func forward(ctx, limited context.Context, dialer httpstream.Dialer, pod string, port int) (*tunnel, error) {
	ctx, stop := context.WithCancel(ctx)
	t := &tunnel{pod: pod, stop: stop}
	ready := make(chan struct{})
	quiet := klog.NewContext(ctx, funcr.New(t.log, funcr.Options{}))
	forwarder, err := portforward.NewOnAddressesForStreamingWithContext(quiet, dialer, []string{"127.0.0.1"}, []string{fmt.Sprintf("0:%d", port)}, ready, nil, nil)
	if err == nil {
		err = until(limited, ready, forwarder.ForwardPorts)
	}
	var ports []portforward.ForwardedPort
	if err == nil {
		ports, err = forwarder.GetPorts()
	}
	if err != nil {
		stop()
		return nil, err
	}
	t.port = ports[0].Local
	return t, nil
}

// until runs something that goes on, and returns once it is ready, has ended or ctx has.
func until(ctx context.Context, ready <-chan struct{}, run func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- run() }()
	select {
	case <-ready:
		return nil
	case err := <-ended:
		return err
	case <-ctx.Done():
		return fmt.Errorf("it is not ready: %w", ctx.Err())
	}
}
