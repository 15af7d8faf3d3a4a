package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/api/v1alpha1"
)

// pluginExplains asks by the plugin for a pod that telemetry keeps off one node, and its
// own node selector off all others. Nothing but the scheduler's state tells the plugin by
// which certificate it is known.
func (r *release) pluginExplains() {
	hot := r.nodes(2).Name(0)
	pod := r.add(on(r.pod("asks"), hot))[0]
	r.waits(pod, "node(s) broke telemetry rule line")
	asked := []string{"explain", pod, "-n", "default", "--scheduler-namespace", r.name, "--scheduler-url", strings.TrimSuffix(r.APIURL(), v1alpha1.Prefix)}
	var said struct {
		v1alpha1.PodVerdict
		Values       []v1alpha1.Value
		OtherPlugins struct{ Said []string }
	}
	r.must(json.Unmarshal(telemetry(r.t, r.bed, append(asked, "--node", hot, "-o", "json")...), &said))
	if len(said.Nodes) != 1 || said.Nodes[0].Verdict != "Broke" || said.Nodes[0].Rule != "line" || said.Board.Nodes < 2 {
		r.t.Errorf("of %s it says %+v", hot, said.PodVerdict)
	}
	if len(said.Values) == 0 || said.Values[0].Node != hot || said.Values[0].Source != "metrics" {
		r.t.Errorf("the values are %+v", said.Values)
	}
	if others := strings.Join(said.OtherPlugins.Said, ", "); !strings.Contains(others, "didn't match Pod's node affinity/selector") || strings.Contains(others, "telemetry") {
		r.t.Errorf("other plugins said %q", others)
	}
	var waiting struct{ Items []v1alpha1.WaitingPod }
	r.must(json.Unmarshal(telemetry(r.t, r.bed, append([]string{"waiting", "-o", "json"}, asked[4:]...)...), &waiting))
	if !slices.ContainsFunc(waiting.Items, func(w v1alpha1.WaitingPod) bool { return w.Name == pod && w.Rule == "line" }) {
		r.t.Errorf("of %s that waits it says %+v", pod, waiting.Items)
	}
	r.samePlaces(&said.PodVerdict, pod, hot)
	r.t.Logf("%s", telemetry(r.t, r.bed, asked...))
	r.t.Logf("%s", telemetry(r.t, r.bed, append(asked, "--node", hot)...))
}

// samePlaces has the plugin find out by itself, as if no scheduler answered.
func (r *release) samePlaces(want *v1alpha1.PodVerdict, pod, hot string) {
	config := filepath.Join(r.bed.Dir, r.name+".config.yaml")
	var said v1alpha1.PodVerdict
	r.must(json.Unmarshal(telemetry(r.t, r.bed, "explain", pod, "-n", "default", "--scheduler-namespace", r.name, "--release", "nobody", "--config", config, "--node", hot, "-o", "json"), &said))
	if len(said.Nodes) != 1 || said.Nodes[0].Verdict != "Broke" || said.Nodes[0].Rule != "line" || said.Nodes[0].Comparisons[0].Threshold != 90 {
		r.t.Errorf("without a scheduler it says of %s %+v", hot, said)
	}
	if !reflect.DeepEqual(said.Estimate, want.Estimate) || !slices.Equal(said.Governing, want.Governing) {
		r.t.Errorf("without a scheduler it says %+v, and with one %+v", said, want)
	}
	var top struct{ Nodes []v1alpha1.Node }
	r.must(json.Unmarshal(telemetry(r.t, r.bed, "top", hot, "--scheduler-namespace", r.name, "--release", "nobody", "--config", config, "-o", "json"), &top))
	if len(top.Nodes) != 1 || top.Nodes[0].Nearest == nil || top.Nodes[0].Nearest.Rule != "line" || top.Nodes[0].Nearest.Away >= 0 {
		r.t.Errorf("without a scheduler top has %+v", top.Nodes)
	}
}

// viewerAsksByThePlugin shows that the shipped roles are enough for the plugin, which the
// chapter before has bound but for the way to the leader.
func (r *release) viewerAsksByThePlugin() {
	kubeconfig, err := r.bed.ServiceAccountKubeconfig(r.t.Context(), r.name, "default")
	r.must(err)
	manifest := filepath.Join(r.t.TempDir(), "pod.yaml")
	r.must(os.WriteFile(manifest, []byte("apiVersion: v1\nkind: Pod\nspec: {containers: [{name: main, image: none}]}\n"), 0o600))
	asked := []string{"explain", "-f", manifest, "--scheduler-namespace", r.name, "--scheduler-url", strings.TrimSuffix(r.APIURL(), v1alpha1.Prefix), "-o", "json"}
	_, err = r.bed.Client.RbacV1().RoleBindings(r.name).Create(r.t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "viewer"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "telemetry-scheduler-viewer"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: r.name, Name: "default"}},
	}, metav1.CreateOptions{})
	r.must(err)
	r.eventually(func(ctx context.Context) error { // the API server learns of a binding in a moment
		text, err := telemetryAs(ctx, kubeconfig, asked...)
		if err != nil {
			return err
		}
		var said v1alpha1.PodVerdict
		if err := json.Unmarshal(text, &said); err != nil || said.Kind != "PodVerdict" || len(said.Groups) == 0 {
			return fmt.Errorf("a viewer is told %s: %v", text, err)
		}
		return nil
	})
	text, err := telemetryAs(r.t.Context(), kubeconfig, append([]string{"status"}, asked[3:]...)...)
	var said struct {
		Answers bool
		State   *struct{ ConfigMaps *int }
	}
	if failed := json.Unmarshal(text, &said); failed != nil || !said.Answers || said.State == nil || said.State.ConfigMaps != nil {
		r.t.Errorf("a viewer is told of the state %s: %v, %v", text, err, failed)
	}
}
