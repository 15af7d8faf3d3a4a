// Package chart tests the Helm chart: what it makes of which values, what it refuses, that
// manifests/install.yaml is what it makes, and when its alerts fire. It runs bin/helm3,
// bin/helm4 and bin/promtool, which `make parts` builds. What only a control plane can show is in test/integration.
package chart

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	helmv2 "github.com/fluxcd/helm-controller/api/v2"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

var update = flag.Bool("update", false, "rewrite manifests/install.yaml and the table of values in manifests/README.md")

const (
	root  = "../.."
	chart = root + "/manifests/charts/telemetry-scheduler"
	ours  = "telemetry-scheduler"
)

// helms are the programs that have to agree.
var helms = []string{"helm3", "helm4"}

// tool runs a program of bin/, without anything of the user's, and hands it an input.
func tool(t *testing.T, program, input string, args ...string) (string, error) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(root, "bin", program))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("bin/%s is missing: run make parts", program)
	}
	var out, said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &said
	cmd.Env = []string{"HOME=" + t.TempDir(), "KUBECONFIG=/dev/null"}
	if err := cmd.Run(); err != nil {
		return out.String(), errors.New(said.String() + out.String())
	}
	return out.String(), nil
}

// release says what is rendered.
type release struct {
	name, namespace string
	// values is a text, and profiles are files of the chart's folder of that name.
	values   string
	profiles []string
}

// args are those for helm, which reads the values from its standard input.
func (r release) args() []string {
	out := []string{"--namespace", r.namespace, "--kube-version", "1.37.2"}
	for _, p := range r.profiles {
		out = append(out, "--values", filepath.Join(chart, "profiles", p+".yaml"))
	}
	return append(out, "--values", "-")
}

// usual is a release with the names of the documentation.
func usual(values string, profiles ...string) release {
	return release{name: ours, namespace: ours, values: values, profiles: profiles}
}

// text renders a release with one helm.
func (r release) text(t *testing.T, program string) (string, error) {
	t.Helper()
	return tool(t, program, r.values, append([]string{"template", r.name, chart}, r.args()...)...)
}

// render renders it with Helm 4.
func (r release) render(t *testing.T) world {
	t.Helper()
	text, err := r.text(t, "helm4")
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, text)
}

// world holds objects by "Kind namespace/name".
type world map[string]runtime.Object

// kinds are all that the chart may make, and those by which Flux installs it.
var kinds = func() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(scheme.AddToScheme(s))
	utilruntime.Must(monitoringv1.AddToScheme(s))
	utilruntime.Must(helmv2.AddToScheme(s))
	utilruntime.Must(sourcev1.AddToScheme(s))
	return s
}()

// decode reads manifests as strictly as an API server that is asked to.
func decode(t *testing.T, text string) world {
	t.Helper()
	decoder := serializer.NewCodecFactory(kinds, serializer.EnableStrict).UniversalDeserializer()
	out := world{}
	for reader := yaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text))); ; {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if empty(document) {
			continue
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		key := keyOf(t, object)
		if out[key] != nil {
			t.Errorf("%s is there twice", key)
		}
		out[key] = object
	}
}

var remark = regexp.MustCompile(`(?m)^(#.*|---)?$`)

func empty(document []byte) bool { return len(bytes.TrimSpace(remark.ReplaceAll(document, nil))) == 0 }

func keyOf(t *testing.T, o runtime.Object) string {
	t.Helper()
	m, err := meta.Accessor(o)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %s/%s", o.GetObjectKind().GroupVersionKind().Kind, m.GetNamespace(), m.GetName())
}

// get returns one object, and ends the test where it is not there.
func get[T runtime.Object](t *testing.T, w world, key string) T {
	t.Helper()
	o, found := w[key].(T)
	if !found {
		t.Fatalf("there is no %s among %v", key, keys(w))
	}
	return o
}
