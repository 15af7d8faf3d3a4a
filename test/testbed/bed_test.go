package testbed

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// startForTest starts a control plane that ends with the test.
func startForTest(t *testing.T) *Bed {
	t.Helper()
	began := time.Now()
	bed, err := Start(t.Context(), Options{Dir: t.TempDir(), Progress: func(s string) { t.Logf("%5.1f s %s", time.Since(began).Seconds(), s) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		bed.Stop()
		for _, p := range bed.Parts() {
			if t.Failed() {
				t.Logf("the log of %s ends with:\n%s", p.Name, p.tail())
			}
		}
	})
	t.Logf("the control plane stands after %.1f s", time.Since(began).Seconds())
	return bed
}

// must fails the test with an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTwoControlPlanesSideBySide(t *testing.T) {
	one, two := startForTest(t), startForTest(t)
	must(t, one.AddNodes(t.Context(), Nodes{Count: 2}))
	list, err := two.Client.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	must(t, err)
	if len(list.Items) != 0 {
		t.Errorf("the second control plane has the nodes of the first: %d", len(list.Items))
	}
}

func TestUseOfPodsIsSeenByMetricsServer(t *testing.T) {
	bed := startForTest(t)
	must(t, bed.AddNodes(t.Context(), Nodes{Count: 2}))
	must(t, bed.StartMetricsServer(t.Context()))
	_, err := bed.AddPod(t.Context(), Pod{Name: "eater", Node: "node-00", UsesMemory: "60Gi"})
	must(t, err)
	must(t, Within(t.Context(), 2*time.Minute, func(ctx context.Context) error { return bed.MetricsFor(ctx, 2) }))
	must(t, Within(t.Context(), 2*time.Minute, func(ctx context.Context) error {
		text, err := bed.Client.Discovery().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/nodes/node-00").Do(ctx).Raw()
		if err == nil && !strings.Contains(string(text), `"memory":"61Gi"`) { // the agent uses one
			err = fmt.Errorf("the metrics API says %s", text)
		}
		return err
	}))
}

func TestAPartCanBeKilledPausedAndRestarted(t *testing.T) {
	bed := startForTest(t)
	bed.APIServer.Pause()
	if err := bed.healthy(t.Context(), "/readyz"); err == nil {
		t.Error("a paused API server answers")
	}
	bed.APIServer.Resume()
	must(t, Within(t.Context(), 2*time.Minute, func(ctx context.Context) error { return bed.healthy(ctx, "/readyz") }))
	bed.APIServer.Kill()
	if bed.APIServer.Running() {
		t.Error("a killed API server runs")
	}
	must(t, bed.APIServer.Restart())
	must(t, Within(t.Context(), 2*time.Minute, func(ctx context.Context) error { return bed.healthy(ctx, "/readyz") }))
	bed.Stop()
	if bed.Etcd.Running() || bed.Kwok.Running() {
		t.Error("parts run after Stop")
	}
}

func TestAMissingPartSaysHowToGetIt(t *testing.T) {
	if _, err := binary("no-such-part"); err == nil || !strings.Contains(err.Error(), "make parts") {
		t.Errorf("the error is %v, and should name make parts", err)
	}
}
