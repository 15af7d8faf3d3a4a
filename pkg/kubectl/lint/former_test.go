package lint

import (
	"strings"
	"testing"

	"k8s.io/client-go/kubernetes/fake"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/former/formertest"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
)

// TestASlipIsOneMistakeWhereTheFormerTextIsInForce: the scheduler goes by the former text, and
// so what uses its metrics is in force.
func TestASlipIsOneMistakeWhereTheFormerTextIsInForce(t *testing.T) {
	const good = begin + "metrics:\n- {name: heat, unit: celsius, query: node_heat_celsius}\n"
	slipped := stored(settings.DefaultNamespace, "metrics", "m.yaml", strings.Replace(good, "query:", "qury:", 1))
	slipped.UID = "1"
	uses := stored(settings.DefaultNamespace, "rules", "r.yaml", begin+"rules:\n- {name: hot, when: {metric: heat, above: 80}, actions: {block: {}}}\n")
	client := fake.NewClientset(configured("{sources: [{name: metrics, type: MetricsAPI}, {name: infra, type: Prometheus, url: 'http://p'}]}"), slipped, uses)
	s, err := settings.Flags{}.Online(t.Context(), client.CoreV1())
	if err != nil {
		t.Fatal(err)
	}
	s.Lease = "telemetry-scheduler"
	formertest.Put(t, client, s.Namespace, "telemetry-scheduler-state", rulesource.GoodText{
		Unit: rulesource.Unit{Namespace: s.Namespace, ConfigMap: "metrics", Key: "m.yaml"}, UID: "1", Text: good,
	})
	found, err := InCluster(t.Context(), client.CoreV1(), s.Namespace, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Severity == Error && (!strings.Contains(f.File, "metrics") || !strings.HasSuffix(f.Message, "the former text of the key stays in force")) {
			t.Errorf("it finds %+v", f)
		}
	}
	if len(found) == 0 {
		t.Error("the slip is not found")
	}
}
