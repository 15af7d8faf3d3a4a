package chart

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	helmv2 "github.com/fluxcd/helm-controller/api/v2"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// TestTheHelmReleaseOfFlux decodes the recipe with Flux's own types, as strictly as an API
// server that is asked to, and renders the chart as Flux's controller would.
func TestTheHelmReleaseOfFlux(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "examples", "recipes", "helmrelease.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	objects := decode(t, string(text))
	h := get[*helmv2.HelmRelease](t, objects, "HelmRelease flux-system/telemetry-scheduler")
	from := h.Spec.Chart.Spec.SourceRef
	get[*sourcev1.GitRepository](t, objects, from.Kind+" "+h.Namespace+"/"+from.Name)
	if got := filepath.Join(root, h.Spec.Chart.Spec.Chart); got != chart {
		t.Errorf("the chart is said to be in %s, and is in %s", got, chart)
	}
	values, err := yaml.JSONToYAML(h.Spec.Values.Raw)
	if err != nil {
		t.Fatal(err)
	}
	flux := release{name: h.GetReleaseName(), namespace: h.GetReleaseNamespace(), values: string(values)}
	rendered := flux.render(t)
	get[*appsv1.Deployment](t, rendered, deployment)
	for key, text := range get[*corev1.ConfigMap](t, rendered, "ConfigMap "+ours+"/"+ours+"-rules").Data {
		if _, mistakes := rules.Parse(key, []byte(text), rules.Options{Metrics: rules.Builtins(time.Second, time.Minute)}); len(mistakes) != 0 {
			t.Errorf("the rules have mistakes: %v", mistakes)
		}
	}
	for _, program := range helms {
		first, err := flux.text(t, program)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := flux.text(t, program); err != nil || first != second {
			t.Errorf("%s renders it differently the second time, which Flux would mend for ever (%v)", program, err)
		}
	}
}
