package chart

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/app"
)

// served has a certificate for all that serves, and whoever scrapes it.
func served(kind, more string) release {
	return usual("serving: {existingSecret: tls}\nmarks: {enabled: true}\n" +
		"monitor: {kind: " + kind + ", authorization: {credentials: {name: scraper, key: token}}" + more + "}")
}

// verified is how each monitor of a world verifies, by its name.
func verified(t *testing.T, w world) map[string]*monitoringv1.SafeTLSConfig {
	t.Helper()
	out := map[string]*monitoringv1.SafeTLSConfig{}
	for key, o := range w {
		switch m := o.(type) {
		case *monitoringv1.ServiceMonitor:
			out[key] = &m.Spec.Endpoints[0].TLSConfig.SafeTLSConfig
		case *monitoringv1.PodMonitor:
			out[key] = m.Spec.PodMetricsEndpoints[0].TLSConfig
		}
	}
	return out
}

func TestMonitorsVerifyTheCertificate(t *testing.T) {
	const named = ours + "-metrics." + ours + ".svc"
	skips := true
	secret := func(name, key string) monitoringv1.SecretOrConfigMap {
		return monitoringv1.SecretOrConfigMap{Secret: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: name}, Key: key}}
	}
	bundle := monitoringv1.SecretOrConfigMap{ConfigMap: &corev1.ConfigMapKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "bundle"}, Key: "ca.pem"}}
	other := "scheduler.example"
	byDefault := named
	for sentence, c := range map[string]struct {
		release release
		want    monitoringv1.SafeTLSConfig
	}{
		"by what signed it, and the name of the Service": {served("ServiceMonitor", ""), monitoringv1.SafeTLSConfig{CA: secret("tls", "ca.crt"), ServerName: &byDefault}},
		"so do those of pods":                            {served("PodMonitor", ""), monitoringv1.SafeTLSConfig{CA: secret("tls", "ca.crt"), ServerName: &byDefault}},
		"or by another name":                             {served("ServiceMonitor", ", serverName: "+other), monitoringv1.SafeTLSConfig{CA: secret("tls", "ca.crt"), ServerName: &other}},
		"or by a bundle of authorities":                  {served("PodMonitor", ", ca: {configMap: {name: bundle, key: ca.pem}}"), monitoringv1.SafeTLSConfig{CA: bundle, ServerName: &byDefault}},
		"or by a Secret that has no key of ours":         {served("ServiceMonitor", ", ca: {secret: {name: authority, key: root}}"), monitoringv1.SafeTLSConfig{CA: secret("authority", "root"), ServerName: &byDefault}},
		"what signs its own cannot be verified":          {usual("marks: {enabled: true}\nmonitor: {kind: ServiceMonitor}"), monitoringv1.SafeTLSConfig{InsecureSkipVerify: &skips}},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			got := verified(t, c.release.render(t))
			if len(got) != 2 {
				t.Errorf("there are %d monitors", len(got))
			}
			for key, how := range got {
				if diff := cmp.Diff(&c.want, how); diff != "" {
					t.Errorf("%s (-want +got):\n%s", key, diff)
				}
			}
		})
	}
}

// TestWhatServesHasTheCertificate follows it from the Secret to the flags. Files that are
// mounted one by one (subPath) would stay as they were when the certificate is renewed.
func TestWhatServesHasTheCertificate(t *testing.T) {
	w := served("ServiceMonitor", "").render(t)
	for _, name := range []string{ours, ours + "-marks"} {
		pod := get[*appsv1.Deployment](t, w, "Deployment "+ours+"/"+name).Spec.Template.Spec
		mount := named(t, pod.Containers[0].VolumeMounts, func(m corev1.VolumeMount) string { return m.Name })
		volume := named(t, pod.Volumes, func(v corev1.Volume) string { return v.Name })
		if volume.Secret == nil || volume.Secret.SecretName != "tls" || !mount.ReadOnly || mount.SubPath != "" || mount.SubPathExpr != "" {
			t.Errorf("%s mounts %v as %v", name, volume, mount)
		}
		cmd, args, err := app.NewSchedulerCommand().Find(pod.Containers[0].Args)
		if err == nil {
			err = cmd.ParseFlags(args)
		}
		if err != nil {
			t.Fatal(err)
		}
		for flag, key := range map[string]string{"tls-cert-file": corev1.TLSCertKey, "tls-private-key-file": corev1.TLSPrivateKeyKey} {
			if got := cmd.Flags().Lookup(flag).Value.String(); got != mount.MountPath+"/"+key {
				t.Errorf("%s reads %s, and the Secret is at %s", name, got, mount.MountPath)
			}
		}
	}
	if hook := get[*batchv1.Job](t, w, "Job "+ours+"/"+ours+"-marks-cleanup").Spec.Template.Spec; len(hook.Volumes) > 0 {
		t.Errorf("what serves nothing has %v", hook.Volumes)
	}
}

// named is the one of a list that is called serving.
func named[T any](t *testing.T, list []T, name func(T) string) T {
	t.Helper()
	i := slices.IndexFunc(list, func(e T) bool { return name(e) == "serving" })
	if i < 0 {
		t.Fatalf("nothing is called serving: %v", list)
	}
	return list[i]
}

// certificate is what the example says of cert-manager's kind of that name, v1.
type certificate struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct{ Name, Namespace string }
	Spec       struct {
		SecretName string   `json:"secretName"`
		DNSNames   []string `json:"dnsNames"`
		IssuerRef  struct{ Name, Kind, Group string }
		PrivateKey struct {
			Algorithm, RotationPolicy string
		}
		Usages []string
	}
}

// TestTheCertificateOfTheExampleIsTheOneThatMonitorsVerify holds the example to the chart.
func TestTheCertificateOfTheExampleIsTheOneThatMonitorsVerify(t *testing.T) {
	var c certificate
	if err := yaml.UnmarshalStrict([]byte(readFile(t, filepath.Join(root, "examples", "serving", "certificate.yaml"))), &c); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.APIVersion, " ", c.Kind, " ", c.Metadata.Namespace, " ", c.Spec.Usages); got != "cert-manager.io/v1 Certificate "+ours+" [server auth]" {
		t.Errorf("it is %s", got)
	}
	for key, how := range verified(t, usual("serving: {existingSecret: "+c.Spec.SecretName+"}\nmonitor: {kind: ServiceMonitor}").render(t)) {
		if !slices.Contains(c.Spec.DNSNames, *how.ServerName) || how.CA.Secret.Name != c.Spec.SecretName {
			t.Errorf("%s asks for %s and %v, and the example has %v in %s", key, *how.ServerName, how.CA.Secret, c.Spec.DNSNames, c.Spec.SecretName)
		}
	}
	if page := readFile(t, filepath.Join(root, "manifests", "README.md")); !strings.Contains(page, "serving: {existingSecret: "+c.Spec.SecretName+"}") {
		t.Error("manifests/README.md does not name its Secret")
	}
}
