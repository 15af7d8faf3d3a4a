package testbed

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// readyWithin bounds the start of one part. Machines may be slow and shared.
const readyWithin = 2 * time.Minute

// auditPolicy keeps one line for each answered request.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted, Panic]
rules:
- level: Metadata
`

func (b *Bed) startEtcd(ctx context.Context) error {
	b.progress("etcd")
	ports, err := freePorts(2)
	if err != nil {
		return err
	}
	client, peer := fmt.Sprintf("http://127.0.0.1:%d", ports[0]), fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	b.etcdURL = client
	b.Etcd, err = b.run("etcd", "etcd", "--data-dir="+filepath.Join(b.Dir, "etcd"), "--unsafe-no-fsync",
		"--listen-client-urls="+client, "--advertise-client-urls="+client, "--listen-peer-urls="+peer,
		"--initial-advertise-peer-urls="+peer, "--initial-cluster=default="+peer, "--log-level=warn")
	if err != nil {
		return err
	}
	return b.Etcd.untilReady(ctx, readyWithin, func(ctx context.Context) error { return get(ctx, client+"/readyz") })
}

// get asks a plain HTTP server for a page and wants 200.
func get(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, answer.Status)
	}
	return nil
}

func (b *Bed) startAPIServer(ctx context.Context) error {
	b.progress("kube-apiserver")
	policy := filepath.Join(b.Dir, "audit-policy.yaml")
	if err := os.WriteFile(policy, []byte(auditPolicy), 0o600); err != nil {
		return err
	}
	var err error
	if b.APIServer, err = b.run("kube-apiserver", "kube-apiserver", b.apiServerArgs(policy)...); err != nil {
		return err
	}
	return b.APIServer.untilReady(ctx, readyWithin, func(ctx context.Context) error {
		return b.healthy(ctx, "/readyz")
	})
}

func (b *Bed) apiServerArgs(policy string) []string {
	c := &b.certs
	return []string{
		"--etcd-servers=" + b.etcdURL, "--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(b.apiPort),
		"--tls-cert-file=" + c.serving[0], "--tls-private-key-file=" + c.serving[1], "--cert-dir=" + b.Dir,
		"--client-ca-file=" + c.clients.file(".crt"), "--authorization-mode=RBAC", "--anonymous-auth=false",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.serviceAccountKey, "--service-account-signing-key-file=" + c.serviceAccountKey,
		"--service-cluster-ip-range=10.0.0.0/16", "--endpoint-reconciler-type=none",
		"--requestheader-client-ca-file=" + c.front.file(".crt"), "--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + c.proxy[0], "--proxy-client-key-file=" + c.proxy[1],
		"--audit-policy-file=" + policy, "--audit-log-path=" + b.AuditLog(),
	}
}

// AuditLog is the path of the API server's audit log: one JSON line for each
// answered request.
func (b *Bed) AuditLog() string { return filepath.Join(b.Dir, "audit.log") }

func (b *Bed) startControllerManager(ctx context.Context) error {
	b.progress("kube-controller-manager")
	path, err := b.certificateKubeconfig("controller-manager", "system:kube-controller-manager")
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	b.ControllerManager, err = b.run("kube-controller-manager", "kube-controller-manager",
		"--kubeconfig="+path, "--authentication-kubeconfig="+path, "--authorization-kubeconfig="+path,
		"--service-account-private-key-file="+b.certs.serviceAccountKey, "--root-ca-file="+b.certs.clients.file(".crt"),
		"--use-service-account-credentials", "--leader-elect=false", "--bind-address=127.0.0.1",
		"--kube-api-qps=500", "--kube-api-burst=1000", // a token for each controller, at once
		"--horizontal-pod-autoscaler-sync-period=2s", // nobody wants to wait for tests
		"--node-monitor-grace-period=10m",            // KWOK may stand still on a busy machine; its nodes would be tainted
		"--secure-port="+strconv.Itoa(port), "--cert-dir="+b.Dir)
	if err != nil {
		return err
	}
	return b.ControllerManager.untilReady(ctx, readyWithin, func(ctx context.Context) error {
		return hasDefaultAccount(ctx, b.Client)
	})
}

// hasDefaultAccount asks for what pods need before they can be made.
func hasDefaultAccount(ctx context.Context, client kubernetes.Interface) error {
	for _, namespace := range []string{metav1.NamespaceDefault, metav1.NamespaceSystem} {
		if _, err := client.CoreV1().ServiceAccounts(namespace).Get(ctx, "default", metav1.GetOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// As returns the administrator's configuration in the name of somebody else.
func (b *Bed) As(user string) *rest.Config {
	config := rest.CopyConfig(b.Admin)
	config.Impersonate.UserName = user
	return config
}
