package settings

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
)

// holder is a ConfigMap of a release.
func holder(name, text string) runtime.Object {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "ns", Name: name, Labels: map[string]string{"app.kubernetes.io/name": "telemetry-scheduler"},
			Annotations: map[string]string{"telemetry-scheduler.io/without-rights": "preemption volumes"},
		},
		Data: map[string]string{"config.yaml": text},
	}
}

func TestTheConfigurationOfAReleaseIsFound(t *testing.T) {
	const text = "kind: KubeSchedulerConfiguration\nleaderElection: {resourceName: batch}\n"
	ours, batch, night := holder("telemetry-scheduler-config", text), holder("batch-config", text), holder("night-config", text)
	rules := holder("batch-rules", "kind: TelemetryRules")
	for sentence, c := range map[string]struct {
		stand   []runtime.Object
		release string
		want    string
	}{
		"that of the manifest":                  {[]runtime.Object{ours, batch}, "", "ns/telemetry-scheduler-config"},
		"that of the release that is named":     {[]runtime.Object{ours, batch}, "batch", "ns/batch-config"},
		"a lease may have a name of its own":    {[]runtime.Object{ours}, "batch", "ns/telemetry-scheduler-config"},
		"the only one, whatever its name":       {[]runtime.Object{rules, batch}, "", "ns/batch-config"},
		"one of several would be a guess":       {[]runtime.Object{night, batch}, "", ""},
		"and none at all is not known":          {[]runtime.Object{rules}, "", ""},
		"a release that is not there has none":  {[]runtime.Object{night, batch}, "day", ""},
		"nor has it that of the only other one": {[]runtime.Object{batch}, "day", ""},
		"nor that of the manifest":              {[]runtime.Object{ours}, "day", ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			s, found, err := in(t.Context(), fake.NewClientset(c.stand...).CoreV1(), "ns", c.release)
			if err != nil || found != (c.want != "") {
				t.Fatal(found, err)
			}
			if !found {
				return
			}
			if s.Stands != c.want || "ns/"+s.Map() != c.want || s.Namespace != "ns" {
				t.Errorf("it stands in %s (%s)", s.Stands, s.Map())
			}
			if diff := cmp.Diff([]string{"preemption", "volumes"}, s.Without); diff != "" {
				t.Error(diff)
			}
		})
	}
}
