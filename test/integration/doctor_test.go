package integration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// TestTheDoctorFindsAndMends provokes what real parts can show, has the doctor find it,
// runs the command that it prints, and has it look again.
func TestTheDoctorFindsAndMends(t *testing.T) {
	t.Parallel()
	r := newRelease(t, shared(t), "doctor")
	r.deploysNothing()
	r.writeMap(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "telemetry-scheduler-config"}, Data: map[string]string{"config.yaml": r.config(dead)}})
	tell(t, r,
		chapter[*release]{"what its account may not do, whether a role lost it or a binding, is given back", (*release).doctorGivesRights},
		chapter[*release]{"a scheduler that is scaled to zero leads nothing until it is scaled up", (*release).doctorWantsALeader},
		chapter[*release]{"what stands wrong in the cluster is found, and what is printed mends it", (*release).doctorMends},
		chapter[*release]{"who may not look is told so, and given the rights", (*release).doctorIsLetIn},
		chapter[*release]{"an autoscaler is noted, and is no fault", (*release).doctorNotesTheAutoscaler},
		chapter[*release]{"where nothing of a scheduler is it says that alone, and gives nobody anything", (*release).doctorSeesNothing},
		chapter[*release]{"then nothing of the release is wrong, and everything was looked at", (*release).doctorIsContent},
	)
}

// illness is a finding of the doctor.
type illness struct{ Check, Severity, Object, What, Why, Advice, Mend, Look string }

// doctor asks the doctor of the release.
func (r *release) doctor(ctx context.Context, args ...string) ([]illness, error) {
	cmd := r.shell(ctx, "kubectl telemetry doctor --scheduler-namespace="+r.name+" -o json "+strings.Join(args, " "))
	out, err := cmd.Output()
	if failed := new(exec.ExitError); err != nil && (!errors.As(err, &failed) || failed.ExitCode() != 1) {
		return nil, fmt.Errorf("the doctor does not answer: %w\n%s", err, out)
	}
	var answer struct{ Findings []illness }
	return answer.Findings, json.Unmarshal(out, &answer)
}

// shell makes a command that bash runs as the administrator.
func (r *release) shell(ctx context.Context, line string, env ...string) *exec.Cmd {
	root, err := testbed.Root()
	r.must(err)
	bin := filepath.Join(root, "bin")
	cmd := exec.CommandContext(ctx, "bash", "-o", "pipefail", "-c", line)
	cmd.Env = append(os.Environ(), append(env, "KUBECONFIG="+r.bed.Kubeconfig, "PATH="+bin+":"+os.Getenv("PATH"))...)
	cmd.WaitDelay = patience
	return cmd
}

// wrong is what a check should find of an object, how a person edits what only a person
// can decide, and words that tell it from what else is wrong there.
type wrong struct{ check, object, editor, says string }

func (w wrong) in(found []illness) *illness {
	i := slices.IndexFunc(found, func(f illness) bool {
		return f.Check == w.check && f.Object == w.object && strings.Contains(f.What, w.says)
	})
	if i < 0 {
		return nil
	}
	return &found[i]
}

// finds waits until the doctor finds all of it.
func (r *release) finds(all []wrong, args ...string) (out []illness) {
	r.t.Helper()
	r.eventually(func(ctx context.Context) error {
		found, err := r.doctor(ctx, args...)
		out = nil
		for _, w := range all {
			if f := w.in(found); f == nil {
				err = errors.Join(err, fmt.Errorf("nothing of %s is found by %s", w.object, w.check))
			} else {
				out = append(out, *f)
			}
		}
		return err
	})
	return out
}

// mended waits until the doctor finds none of it.
func (r *release) mended(all []wrong, args ...string) {
	r.t.Helper()
	r.eventually(func(ctx context.Context) error {
		found, err := r.doctor(ctx, args...)
		for _, w := range all {
			if f := w.in(found); f != nil {
				err = errors.Join(err, fmt.Errorf("%s is still wrong: %s", w.object, f.What))
			}
		}
		return err
	})
}

// treat runs the command of a finding.
func (r *release) treat(f illness, editor string) {
	r.t.Helper()
	r.t.Logf("%s: %s\n    %s\n    %s", f.Severity, f.What, f.Why, f.Mend)
	if f.Mend == "" {
		r.t.Fatalf("no command mends %s", f.Object)
	}
	if out, err := r.shell(r.t.Context(), f.Mend, "KUBE_EDITOR="+editor).CombinedOutput(); err != nil {
		r.t.Errorf("%s: %v\n%s", f.Mend, err, out)
	}
}

// cure finds, mends and looks again.
func (r *release) cure(all []wrong, args ...string) {
	r.t.Helper()
	for i, f := range r.finds(all, args...) {
		r.treat(f, all[i].editor)
	}
	r.mended(all, args...)
}

// dead is a source that nobody serves.
var dead = sources("- {name: metrics, type: MetricsAPI, interval: 2s}", "- {name: infra, type: Prometheus, url: 'http://127.0.0.1:1'}", "minInterval: 1s")

// deploysNothing applies the shipped Deployment with no replicas. Its pods will have a node,
// and the name of this machine: what leads runs here.
func (r *release) deploysNothing() {
	host, err := os.Hostname()
	r.must(err)
	node := testbed.Nodes{Only: r.name + "-host", Count: 1, Labels: map[string]string{pool: r.name}}
	r.must(r.bed.AddNodes(r.t.Context(), node))
	root, err := testbed.Root()
	r.must(err)
	set := func(o *unstructured.Unstructured, value any, path ...string) {
		r.must(unstructured.SetNestedField(o.Object, value, append([]string{"spec"}, path...)...))
	}
	r.must(r.bed.ApplyFile(r.t.Context(), filepath.Join(root, "manifests", "install.yaml"), func(o *unstructured.Unstructured) bool {
		if o.GetKind() != "Deployment" {
			return false
		}
		o.SetNamespace(r.name)
		set(o, int64(0), "replicas")
		set(o, node.Only, "template", "spec", "nodeName")
		set(o, strings.ToLower(host), "template", "spec", "hostname")
		return true
	}))
}

func (r *release) doctorGivesRights() {
	r.change("ClusterRole", func(rule rbacv1.PolicyRule) bool { return slices.Contains(rule.APIGroups, "metrics.k8s.io") }, nil)
	r.must(r.bed.Client.RbacV1().RoleBindings(r.name).Delete(r.t.Context(), testbed.ServiceAccount, metav1.DeleteOptions{}))
	r.cure([]wrong{
		{check: "rights", object: "clusterrole/" + testbed.Qualified(r.name, testbed.ServiceAccount)},
		{check: "rights", object: "role/" + testbed.ServiceAccount + " -n " + r.name},
	})
}

func (r *release) doctorWantsALeader() {
	lease := []wrong{{check: "lease", object: "lease/telemetry-scheduler -n " + r.name}}
	r.doctorSeesAClock(lease[0].object)
	r.treat(r.finds(lease)[0], "")
	r.start(dead) // which its pods would
	r.mended(lease)
}

// doctorSeesAClock has a leader of another time write the lease. Nothing that kubectl does
// sets a clock: what is printed shows where the leader runs.
func (r *release) doctorSeesAClock(object string) {
	leases, identity, length := r.bed.Client.CoordinationV1().Leases(r.name), "clock_1", int32(15)
	ahead := metav1.NewMicroTime(time.Now().Add(time.Hour))
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: "telemetry-scheduler"}, Spec: coordinationv1.LeaseSpec{HolderIdentity: &identity, LeaseDurationSeconds: &length, RenewTime: &ahead}}
	lease, err := leases.Create(r.t.Context(), lease, metav1.CreateOptions{})
	r.must(err)
	clock := []wrong{{check: "clocks", object: object, says: "ahead of that of the API server"}}
	if out, err := r.shell(r.t.Context(), r.finds(clock)[0].Look).CombinedOutput(); err != nil {
		r.t.Errorf("what it prints fails: %v\n%s", err, out)
	}
	lease.Spec.RenewTime.Time = time.Now()
	_, err = leases.Update(r.t.Context(), lease, metav1.UpdateOptions{})
	r.must(err)
	r.mended(clock)
	r.must(leases.Delete(r.t.Context(), lease.Name, metav1.DeleteOptions{}))
}

// line is a rule about the release's pool, in a text of its own.
func (r *release) line(name string) string { return document(r.blocking(name, idle)) }

func (r *release) doctorMends() {
	r.breakMaps()
	r.breakPods()
	r.doctorMovesNothing()
	of := func(check, object, editor string) wrong {
		return wrong{check: check, object: object + " -n " + r.name, editor: editor}
	}
	// Only who names the source's address has it asked from here.
	source := []wrong{of("sources", "configmap/telemetry-scheduler-config", "sed -i /infra/d")}
	r.treat(r.finds(source, "--source-url=infra=http://127.0.0.1:1")[0], source[0].editor)
	r.mended(source)
	r.cure([]wrong{
		of("labels", "configmap/unlabelled", ""),
		of("labels", "configmap/mislabelled", ""),
		of("keys", "configmap/misnamed", ""),
		of("rejected", "configmap/broken", "sed -i s/90,/90%,/"),
		{check: "pause", object: "configmap/telemetry-scheduler-pause -n " + r.name, says: "the stop button stands"},
		of("pause", "configmap/held", ""),
		of("selects", "configmap/nowhere", "sed -i s/basement/"+r.name+"/"),
		{check: "scheduler-names", object: "pod/doctor-misled -n default"},
		{check: "scheduler-names", object: "deployment/doctor-misled -n default"},
	})
	r.cure([]wrong{{ // which stayed when the button was let go
		check: "pause", object: "configmap/telemetry-scheduler-pause -n " + r.name, says: "every rule is silent on " + r.name + "-host",
		editor: "sed -i /silences/d",
	}})
}

// doctorMovesNothing has rules where nobody reads them: no command makes them the cluster's.
func (r *release) doctorMovesNothing() {
	astray := []wrong{{check: "namespaces", object: "configmap/doctor-astray -n default"}}
	f := r.finds(astray)[0]
	if out, err := r.shell(r.t.Context(), f.Look).CombinedOutput(); f.Severity != "note" || f.Mend != "" || err != nil {
		r.t.Errorf("it is a %s with %q, and %q fails with %v\n%s", f.Severity, f.Mend, f.Look, err, out)
	}
	r.must(r.bed.Client.CoreV1().ConfigMaps(metav1.NamespaceDefault).Delete(r.t.Context(), "doctor-astray", metav1.DeleteOptions{}))
	r.mended(astray)
}

// doctorSeesNothing names a namespace where nothing of a scheduler is.
func (r *release) doctorSeesNothing() {
	found, err := r.doctor(r.t.Context(), "--scheduler-namespace=doctor-nowhere")
	if err != nil || len(found) != 1 || found[0].Check != "place" || found[0].Mend != "" || !strings.Contains(found[0].What, "there is no namespace doctor-nowhere; there is a lease of that name in ") {
		r.t.Errorf("it says %+v (%v)", found, err)
	}
}

func (r *release) breakMaps() {
	unlabelled, mislabelled := marked("unlabelled", map[string]string{"a.yaml": r.line("a")}), marked("mislabelled", map[string]string{"b.yaml": r.line("b")})
	unlabelled.Labels, mislabelled.Labels["telemetry-scheduler.io/rules"] = nil, "yes"
	astray := marked("doctor-astray", map[string]string{"c.yaml": r.line("c")})
	astray.Namespace = metav1.NamespaceDefault
	held := marked("held", map[string]string{"f.yaml": r.line("f")})
	held.Annotations = map[string]string{"telemetry-scheduler.io/paused": "true"}
	for _, cm := range []*corev1.ConfigMap{
		unlabelled, mislabelled, astray, held,
		marked("misnamed", map[string]string{"d.yml": r.line("d")}),
		marked("broken", map[string]string{"e.yaml": document(r.blocking("e", "metric: memory, above: 90, clear: 85%"))}),
		marked("nowhere", map[string]string{"g.yaml": strings.ReplaceAll(r.line("g"), ": "+r.name+"}", ": basement}")}),
		{ObjectMeta: metav1.ObjectMeta{Name: "telemetry-scheduler-pause"}, Data: map[string]string{"block": "true", "silences": "- {node: " + r.name + "-host, why: stays}"}},
	} {
		r.writeMap(cm)
	}
}

// breakPods makes a pod, and a Deployment, that name a scheduler which there is not.
func (r *release) breakPods() {
	const misled = "doctor-misled"
	_, err := r.bed.AddPod(r.t.Context(), testbed.Pod{Name: misled, Scheduler: "doktor"})
	r.must(err)
	r.deploy(misled, corev1.PodSpec{SchedulerName: "doktor", Containers: []corev1.Container{{Name: "main", Image: "none"}}}, 1)
}

// deploy makes a Deployment in the default namespace.
func (r *release) deploy(name string, spec corev1.PodSpec, replicas int32) {
	labels := map[string]string{"app": name}
	_, err := r.bed.Client.AppsV1().Deployments(metav1.NamespaceDefault).Create(r.t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: spec,
		}},
	}, metav1.CreateOptions{})
	r.must(err)
}

func (r *release) doctorIsLetIn() {
	r.cure([]wrong{{check: "access", object: "clusterrole/telemetry-scheduler-doctor"}}, "--as=doctors-visitor")
}

func (r *release) doctorNotesTheAutoscaler() {
	r.deploy("cluster-autoscaler", corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "registry.k8s.io/autoscaling/cluster-autoscaler:v1.37.0"}}}, 0)
	scaler := []wrong{{check: "autoscaler", object: "deployment/cluster-autoscaler -n default"}}
	if f := r.finds(scaler)[0]; f.Severity == "error" || f.Mend != "" {
		r.t.Errorf("it is taken for a fault: %+v", f)
	}
	r.must(r.bed.Client.AppsV1().Deployments(metav1.NamespaceDefault).Delete(r.t.Context(), "cluster-autoscaler", metav1.DeleteOptions{}))
	r.mended(scaler)
}

// doctorIsContent leaves aside what other tests do to the cluster.
func (r *release) doctorIsContent() {
	found, err := r.doctor(r.t.Context())
	r.must(err)
	for _, f := range found {
		if f.Severity == "unknown" || strings.HasSuffix(f.Object, " -n "+r.name) {
			r.t.Errorf("there is more: %+v", f)
		}
	}
	r.t.Logf("%d findings are not of this release", len(found))
}

// doctorReadsTheBuiltin has the cpu and memory of nodes come from the Prometheus, which is
// well. Those of other tests are not measured there.
func (s *promStory) doctorReadsTheBuiltin() {
	text := "kind: KubeSchedulerConfiguration\nleaderElection: {resourceName: telemetry-scheduler, resourceNamespace: " + s.name + "}\nprofiles:\n- pluginConfig:\n  - {name: Telemetry, args: {builtin: prom, newNodeGrace: 24h, sources: [{name: prom, type: Prometheus, url: '" + s.prom.URL + "'}]}}\n"
	file := filepath.Join(s.t.TempDir(), "config.yaml")
	s.must(os.WriteFile(file, []byte(text), 0o600))
	found, err := s.doctor(s.t.Context(), "--config="+file)
	s.must(err)
	for _, f := range found {
		if slices.Contains([]string{"metrics-api", "sources", "clocks"}, f.Check) || f.Check == "join" && strings.HasPrefix(f.Object, "node/") {
			s.t.Errorf("a Prometheus that is well: %+v", f)
		}
	}
}

// doctorSeesTheJoin defines a metric of which each node has two series.
func (s *promStory) doctorSeesTheJoin() {
	s.write("twice", map[string]string{"twice.yaml": `apiVersion: telemetry-scheduler.io/v1alpha1
kind: TelemetryRules
metrics:
- {name: twice, unit: bytes, query: 'node_memory_working_set_bytes or on (node, x) label_replace(node_memory_working_set_bytes, "x", "2", "", "")'}
preferences:
- {name: twice, metric: twice, prefer: Low}
`})
	config := "--config=" + filepath.Join(s.bed.Dir, s.name+".config.yaml")
	s.cure([]wrong{{
		check: "join", object: "configmap/twice -n " + s.name, says: "several series belong to one node",
		editor: "sed -i 's/unit: bytes/&, combine: max/'",
	}}, config)
	s.deleteMap("twice")
	s.doctorReadsTheBuiltin()
}
