package integration

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// TestKubeletsAreReadWithATokenOfTheSecondAccount puts a door that asks for
// tokens, as kubelets do, before the simulated kubelets, which let everybody in.
func TestKubeletsAreReadWithATokenOfTheSecondAccount(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "kubelets")
	nodes := r.nodes(3)
	r.must(r.bed.AddNodes(t.Context(), r.nodes(4))) // the last one has no door
	d := openDoor(t, r.bed, nodes)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle+", clear: 80%"), r.blocking("cpu-line", "metric: cpu, above: 50%"))})
	ca := filepath.Join(r.bed.Dir, "ca.crt")
	r.start(sources(fmt.Sprintf("- {name: kubelets, type: Kubelet, interval: 1s, caFile: %s}", ca), "minInterval: 1s", "builtin: kubelets"))
	r.judged("line", 4)
	r.judged("cpu-line", 4)
	r.metric(1, up, "source", "kubelets")

	hot := nodes.Name(2)
	r.use(hotMemory, hot)
	r.firing("line", 1)
	pods := r.addMany("web", 8)
	r.bound(pods...)
	if landed := r.nodesOf(pods...); landed[hot] != 0 {
		t.Errorf("the pods went to %v; %s is hot", landed, hot)
	}
	waiting := r.add(on(r.pod("waiting"), hot))
	r.waits(waiting[0], "broke telemetry rule line")
	r.use("1Gi", hot)
	r.bound(waiting...)
	r.wantNoFlush()
	r.measures(len(pods))
	reader := "system:serviceaccount:" + r.name + ":telemetry-scheduler-kubelet-reader"
	if users := d.of(r); !slices.Equal(users, []string{reader}) {
		t.Errorf("the kubelets saw tokens of %v, and should see those of %s alone", users, reader)
	}
}

// TestKubeletsOfAnUnknownAuthorityGetNoToken names an authority that did not
// sign the certificates of the kubelets.
func TestKubeletsOfAnUnknownAuthorityGetNoToken(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "distrust")
	nodes := r.nodes(2)
	r.must(r.bed.AddNodes(t.Context(), nodes))
	d := openDoor(t, r.bed, nodes)
	r.write("rules", map[string]string{"line.yaml": document(r.blocking("line", idle))})
	ca := filepath.Join(r.bed.Dir, "front-proxy-ca.crt")
	r.start(sources(fmt.Sprintf("- {name: kubelets, type: Kubelet, interval: 5s, caFile: %s}", ca), "minInterval: 1s", "builtin: kubelets"))
	r.metric(0, up, "source", "kubelets")
	e := r.event(testbed.ServiceAccount, "TelemetrySourceFailed", "the certificate of the kubelet is not trusted")
	t.Log(strings.TrimSpace(e.Note))
	r.bound(r.addMany("web", 2)...)
	if users := d.of(r); len(users) != 0 {
		t.Errorf("tokens were shown to a kubelet that is not trusted: %v", users)
	}
}
