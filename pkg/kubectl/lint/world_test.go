package lint

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

func TestTheClusterSaysNotWhomLiveAsks(t *testing.T) {
	client := fake.NewClientset(configured("{builtin: metrics, sources: [{name: metrics, type: MetricsAPI}, {name: infra, type: Prometheus, url: 'http://p', http: {basic_auth: {username: x, password_file: /etc/passwd}}}]}")).CoreV1()
	s, err := settings.Flags{}.Online(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	w, err := worldOf(t.Context(), &rest.Config{}, client, s, nil)
	if err != nil || w.sources["infra"] != nil || w.broken["infra"] == nil {
		t.Errorf("the sources are %v, broken are %v (%v)", w.sources, w.broken, err)
	}
	w, err = worldOf(t.Context(), &rest.Config{}, client, s, map[string]string{"infra": "http://localhost:9090"})
	if err != nil || w.sources["infra"] == nil || !slices.ContainsFunc(w.leftOut, func(text string) bool { return strings.Contains(text, "infra") }) {
		t.Errorf("the sources are %v, left out is %q (%v)", w.sources, w.leftOut, err)
	}
}
