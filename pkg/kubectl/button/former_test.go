package button

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/cli"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/former/formertest"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
)

func TestARuleOfTheFormerTextIsInForce(t *testing.T) {
	s := settings.Default()
	client := fake.NewClientset(&corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "rules", UID: "1", Labels: map[string]string{rules.LabelRules: s.RulesLabel}},
		Data:       map[string]string{"r.yaml": "a slip"},
	})
	formertest.Put(t, client, s.Namespace, s.Lease+"-state", rulesource.GoodText{
		Unit: rulesource.Unit{Namespace: s.Namespace, ConfigMap: "rules", Key: "r.yaml"}, UID: "1",
		Text: "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\nrules:\n- {name: hot, when: {metric: cpu, above: 80%}, actions: {block: {}}}\n",
	})
	h := &hush{desk: &desk{env: cli.NewEnv(genericiooptions.IOStreams{}), client: client, scheduler: s.Namespace, settings: s, now: time.Now}}
	names, broken, err := h.rulesInForce(t.Context(), "")
	if err != nil || !slices.Equal(names, []string{"hot"}) || broken != 0 {
		t.Errorf("in force are %v, and %d broken (%v)", names, broken, err)
	}
}
