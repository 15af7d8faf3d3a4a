package integration

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	promconfig "github.com/prometheus/common/config"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// servingValues have all that serves use a Secret, and let a Prometheus read metrics.
const (
	servingSecret = "helmed-serving"
	servingValues = "serving: {existingSecret: " + servingSecret + "}\nmonitor: {account: {name: metrics-reader, namespace: helmed}}\n"
)

// certify puts a new certificate into the Secret, and the files to where a kubelet would.
func (h *helmed) certify() {
	h.t.Helper()
	data, err := h.bed.ServingData("helmed-metrics.helmed.svc")
	h.must(err)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: servingSecret}, Type: corev1.SecretTypeTLS, Data: data}
	secrets := h.bed.Client.CoreV1().Secrets("helmed")
	_, err = secrets.Update(h.t.Context(), secret, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		_, err = secrets.Create(h.t.Context(), secret, metav1.CreateOptions{})
	}
	h.must(err)
	h.must(h.bed.MountSecret(h.t.Context(), "helmed", servingSecret, h.files()))
	h.certificate = string(data[corev1.TLSCertKey])
}

// files is where the Secret is mounted.
func (h *helmed) files() string { return filepath.Join(h.home, servingSecret) }

// mounted are the arguments of a container, which find the Secret where it is mounted here.
func (h *helmed) mounted(c corev1.Container) []string {
	args := slices.Clone(c.Args)
	for _, m := range c.VolumeMounts {
		for i := range args {
			if m.Name == "serving" {
				args[i] = strings.ReplaceAll(args[i], m.MountPath, h.files())
			}
		}
	}
	return args
}

// certified are the arguments of a Deployment that name a certificate.
func (h *helmed) certified(deployment string) []string {
	h.t.Helper()
	d, err := h.bed.Client.AppsV1().Deployments("helmed").Get(h.t.Context(), deployment, metav1.GetOptions{})
	h.must(err)
	return slices.DeleteFunc(h.mounted(d.Spec.Template.Spec.Containers[0]), func(arg string) bool { return !strings.HasPrefix(arg, "--tls-") })
}

// serve reads the metrics as a Prometheus does that has the monitors of the release, before
// and after the certificate is renewed.
func (h *helmed) serve() {
	h.kubectl("create serviceaccount metrics-reader -n helmed")
	scheduler, marks := h.scraper("helmed"), h.scraper("helmed-marks")
	all := func() {
		h.presents(scheduler, h.URL+"/metrics", http.StatusOK)
		h.presents(marks, h.marks.URL+"/metrics", http.StatusOK)
		h.presents(scheduler, h.APIURL()+"/rules", http.StatusForbidden) // it may read metrics alone
	}
	all()
	h.eventually(h.tells) // and the next one within a minute
	h.certify()
	all()
}

// scraper is the client of a Prometheus, with its own library, by what a ServiceMonitor says.
func (h *helmed) scraper(name string) *http.Client {
	h.t.Helper()
	how := h.monitor(name).Spec.Endpoints[0].TLSConfig
	authority, err := h.bed.Client.CoreV1().Secrets("helmed").Get(h.t.Context(), how.CA.Secret.Name, metav1.GetOptions{})
	h.must(err)
	client, err := promconfig.NewClientFromConfig(promconfig.HTTPClientConfig{
		Authorization: &promconfig.Authorization{Type: "Bearer", Credentials: promconfig.Secret(h.token("metrics-reader"))},
		TLSConfig:     promconfig.TLSConfig{CA: string(authority.Data[how.CA.Secret.Key]), ServerName: *how.ServerName},
	}, name, promconfig.WithKeepAlivesDisabled())
	h.must(err)
	return client
}

// monitor is one of those that the values of the release make where there is an operator.
func (h *helmed) monitor(name string) *monitoringv1.ServiceMonitor {
	h.t.Helper()
	text := h.helm("helm4", "template helmed "+chartFolder+" -n helmed --kube-version 1.37.2 -f "+h.markValues("1%")+" --set monitor.kind=ServiceMonitor")
	for document := range strings.SplitSeq(text, "\n---\n") {
		m := new(monitoringv1.ServiceMonitor)
		if yaml.UnmarshalStrict([]byte(document), m) == nil && m.Kind == monitoringv1.ServiceMonitorsKind && m.Name == name {
			return m
		}
	}
	h.t.Fatalf("there is no ServiceMonitor %s:\n%s", name, text)
	return nil
}

// presents waits until a server is verified, with the newest certificate.
func (h *helmed) presents(client *http.Client, url string, status int) {
	h.t.Helper()
	own, _ := pem.Decode([]byte(h.certificate))
	h.eventually(func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		h.must(err)
		answer, err := client.Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		if !slices.Equal(answer.TLS.PeerCertificates[0].Raw, own.Bytes) || answer.StatusCode != status {
			return fmt.Errorf("%s answers %s, with the certificate %s", url, answer.Status, answer.TLS.PeerCertificates[0].SerialNumber)
		}
		return nil
	})
}

// tells returns nil once the leader tells those who ask it by which certificate it is known.
func (h *helmed) tells(ctx context.Context) error {
	state, err := h.bed.Client.CoreV1().ConfigMaps("helmed").Get(ctx, "helmed-state", metav1.GetOptions{})
	if err == nil && state.Data["api.crt"] != h.certificate {
		err = errors.New("the state has another certificate")
	}
	return err
}
