package manifests

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

const ours = "telemetry-scheduler"

// objects decodes a file as strictly as an API server that is asked to.
func objects(t *testing.T, file string) []runtime.Object {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	var out []runtime.Object
	for reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text))); ; {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			t.Fatalf("%s, object %d: %v", file, len(out)+1, err)
		}
		out = append(out, object)
	}
}

// install holds the objects of the install file by "Kind namespace/name".
func install(t *testing.T) map[string]runtime.Object {
	t.Helper()
	out := map[string]runtime.Object{}
	for _, o := range objects(t, "install.yaml") {
		key := keyOf(t, o)
		if out[key] != nil {
			t.Errorf("install.yaml has %s twice", key)
		}
		out[key] = o
	}
	return out
}

func keyOf(t *testing.T, o runtime.Object) string {
	t.Helper()
	m, err := meta.Accessor(o)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %s/%s", o.GetObjectKind().GroupVersionKind().Kind, m.GetNamespace(), m.GetName())
}

// get returns one object of the install file; name is namespace/name, where the
// namespace is empty for the objects that have none.
func get[T runtime.Object](t *testing.T, kind, name string) T {
	t.Helper()
	o, found := install(t)[kind+" "+name].(T)
	if !found {
		t.Fatalf("install.yaml has no %s %s", kind, name)
	}
	return o
}

func TestInstallStaysInItsNamespace(t *testing.T) {
	// The configuration of aggregation is in kube-system, and so is the right to it.
	elsewhere := map[string]bool{"RoleBinding kube-system/telemetry-scheduler-authentication-reader": true}
	for key, o := range install(t) {
		m, _ := meta.Accessor(o)
		if ns := m.GetNamespace(); ns != "" && ns != ours && !elsewhere[key] {
			t.Errorf("%s is not in our namespace", key)
		}
		if m.GetLabels()["app.kubernetes.io/name"] != ours {
			t.Errorf("%s cannot be found by our label", key)
		}
	}
}

func TestBindingsNameWhatIsThere(t *testing.T) {
	all := install(t)
	builtin := map[string]bool{"Role kube-system/extension-apiserver-authentication-reader": true}
	check := func(by, namespace string, role rbacv1.RoleRef, subjects []rbacv1.Subject) {
		if role.Kind == "ClusterRole" {
			namespace = ""
		}
		if key := fmt.Sprintf("%s %s/%s", role.Kind, namespace, role.Name); all[key] == nil && !builtin[key] {
			t.Errorf("%s binds %s, which is not there", by, key)
		}
		for _, s := range subjects {
			if key := fmt.Sprintf("%s %s/%s", s.Kind, s.Namespace, s.Name); all[key] == nil {
				t.Errorf("%s gives rights to %s, which is not there", by, key)
			}
		}
	}
	for key, o := range all {
		switch b := o.(type) {
		case *rbacv1.RoleBinding:
			check(key, b.Namespace, b.RoleRef, b.Subjects)
		case *rbacv1.ClusterRoleBinding:
			check(key, "", b.RoleRef, b.Subjects)
		}
	}
}

func TestDeploymentRunsTheConfiguration(t *testing.T) {
	pod := get[*appsv1.Deployment](t, "Deployment", ours+"/"+ours).Spec.Template.Spec
	get[*corev1.ServiceAccount](t, "ServiceAccount", ours+"/"+pod.ServiceAccountName)
	container := pod.Containers[0]
	directory := container.VolumeMounts[0].MountPath
	config := get[*corev1.ConfigMap](t, "ConfigMap", ours+"/"+pod.Volumes[0].ConfigMap.Name)
	for key := range config.Data {
		if want := "--config=" + directory + "/" + key; container.Args[0] != want {
			t.Errorf("the container runs with %s, and the configuration is at %s", container.Args[0], want)
		}
	}
	for probe, path := range map[*corev1.Probe]string{
		container.StartupProbe: "/livez", container.LivenessProbe: "/livez", container.ReadinessProbe: "/readyz",
	} {
		if get := probe.HTTPGet; get.Path != path || get.Port.String() != container.Ports[0].Name || get.Scheme != corev1.URISchemeHTTPS {
			t.Errorf("the probe of %s asks %+v", path, get)
		}
	}
}

// TestPodsOfTheSchedulerPassPodSecurity holds what the namespace enforces.
func TestPodsOfTheSchedulerPassPodSecurity(t *testing.T) {
	namespace := get[*corev1.Namespace](t, "Namespace", "/"+ours)
	if namespace.Labels["pod-security.kubernetes.io/enforce"] != "restricted" {
		t.Error("the namespace does not enforce pod security")
	}
	pod := get[*appsv1.Deployment](t, "Deployment", ours+"/"+ours).Spec.Template.Spec
	container := pod.Containers[0].SecurityContext
	for what, held := range map[string]bool{
		"does not run as root":         *pod.SecurityContext.RunAsNonRoot && *pod.SecurityContext.RunAsUser != 0,
		"has the seccomp profile":      pod.SecurityContext.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault,
		"cannot gain privileges":       !*container.AllowPrivilegeEscalation,
		"drops every capability":       len(container.Capabilities.Drop) == 1 && container.Capabilities.Drop[0] == "ALL",
		"cannot write its file system": *container.ReadOnlyRootFilesystem,
		"is not on the host's network": !pod.HostNetwork && !pod.HostPID && !pod.HostIPC,
	} {
		if !held {
			t.Errorf("it is not true that the scheduler's pod %s", what)
		}
	}
}
