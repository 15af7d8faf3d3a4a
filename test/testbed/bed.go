package testbed

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
)

// Options of a testbed.
type Options struct {
	// Dir takes the data, certificates, kubeconfigs and logs of all parts. The
	// caller removes it.
	Dir string
	// Progress is told what is being started; nothing by default.
	Progress func(string)
}

// Bed is a running control plane and what stands on it.
type Bed struct {
	Dir string
	// Kubeconfig is the path of the administrator's.
	Kubeconfig string
	// Admin is the administrator, without a limit of requests.
	Admin   *rest.Config
	Client  kubernetes.Interface
	dynamic dynamic.Interface
	mapper  *restmapper.DeferredDiscoveryRESTMapper

	Etcd, APIServer, ControllerManager, Kwok *Process
	// MetricsServer is nil before StartMetricsServer.
	MetricsServer *Process
	// CustomMetrics is nil before StartCustomMetrics.
	CustomMetrics *Process

	ctx      context.Context
	etcdURL  string
	progress func(string)
	certs    certificates
	apiPort  int
	kwokPort int

	mu    sync.Mutex
	parts []*Process // in the order of their start
}

// certificates are the files that parts prove themselves with.
type certificates struct {
	clients, front    *authority
	serving, proxy    [2]string // certificate and key
	serviceAccountKey string
}

// Start starts a control plane with KWOK as its nodes. It is stopped by Stop, by
// ctx, and by an error.
func Start(ctx context.Context, opts Options) (*Bed, error) {
	b, err := Empty(ctx, opts)
	if err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{b.startEtcd, b.connect, b.startAPIServer, b.startControllerManager, b.startKwok} {
		if err := step(ctx); err != nil {
			b.Stop()
			return nil, err
		}
	}
	return b, nil
}

// Empty returns a bed without a control plane, for parts that need none.
func Empty(ctx context.Context, opts Options) (*Bed, error) {
	if opts.Progress == nil {
		opts.Progress = func(string) {}
	}
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, err
	}
	b := &Bed{Dir: dir, ctx: ctx, progress: opts.Progress}
	return b, b.prepare()
}

// prepare writes the certificates and chooses ports.
func (b *Bed) prepare() error {
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return err
	}
	ports, err := freePorts(2)
	if err != nil {
		return err
	}
	b.apiPort, b.kwokPort = ports[0], ports[1]
	return b.certs.write(b.Dir)
}

// connect makes the administrator's clients.
func (b *Bed) connect(context.Context) error {
	path, err := b.certificateKubeconfig("admin", "admin", "system:masters")
	if err != nil {
		return err
	}
	b.Kubeconfig = path
	if b.Admin, err = clientcmd.BuildConfigFromFlags("", path); err != nil {
		return err
	}
	b.Admin.QPS = -1
	if b.Client, err = kubernetes.NewForConfig(b.Admin); err != nil {
		return err
	}
	if b.dynamic, err = dynamic.NewForConfig(b.Admin); err != nil {
		return err
	}
	b.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(b.Client.Discovery()))
	return nil
}

// Run starts a part of bin/ that this package knows nothing else of. Stop ends it with the
// others.
func (b *Bed) Run(name, program string, args ...string) (*Process, error) {
	b.progress(name)
	return b.run(name, program, args...)
}

// run starts a part that `make parts` has built.
func (b *Bed) run(name, program string, args ...string) (*Process, error) {
	path, err := binary(program)
	if err != nil {
		return nil, err
	}
	return b.runAt(name, path, args...)
}

// runAt starts a part from where it is.
func (b *Bed) runAt(name, path string, args ...string) (*Process, error) {
	p, err := start(b.ctx, b.Dir, name, path, args...)
	if err == nil {
		b.mu.Lock()
		b.parts = append(b.parts, p)
		b.mu.Unlock()
	}
	return p, err
}

// Stop ends all parts, the newest first. The control plane is killed: nobody
// needs its data.
func (b *Bed) Stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := len(b.parts) - 1; i >= 0; i-- {
		b.parts[i].Kill()
	}
}

// Parts returns all parts that were started, in the order of their start.
func (b *Bed) Parts() []*Process {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]*Process(nil), b.parts...)
}

// URL is the address of the API server.
func (b *Bed) URL() string { return fmt.Sprintf("https://127.0.0.1:%d", b.apiPort) }

// healthy asks the API server how it is.
func (b *Bed) healthy(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return b.Client.Discovery().RESTClient().Get().AbsPath(path).Do(ctx).Error()
}
