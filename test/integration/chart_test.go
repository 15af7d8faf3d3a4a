package integration

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

// helmed is a release that helm made, with its name for everything: the namespace, the
// account, the lease and the profile.
type helmed struct {
	*release
	home string // of helm
	// marks is what marks nodes.
	marks *testbed.RunningScheduler
	// certificate is the newest in the Secret that pods of the release serve, as PEM.
	certificate string
}

func (h *helmed) in(t *testing.T) *helmed {
	part := *h
	part.release = h.release.in(t)
	return &part
}

// TestTheChartOnARealControlPlane installs with Helm 3, goes on with Helm 4, and runs the
// scheduler on what was installed.
func TestTheChartOnARealControlPlane(t *testing.T) {
	t.Parallel()
	h := &helmed{release: &release{t: t, bed: shared(t), name: "helmed"}, home: t.TempDir()}
	h.kubectl("create namespace helmed")
	h.kubectl("label namespace helmed pod-security.kubernetes.io/enforce=restricted")
	h.must(h.bed.AddNodes(t.Context(), h.nodes(2)))
	tell(t, h,
		chapter[*helmed]{"the API server takes every object as it stands, and no field is unknown", (*helmed).valid},
		chapter[*helmed]{"Helm 3 installs it, its pods are restricted ones, and the commands of its notes work", (*helmed).install},
		chapter[*helmed]{"with the fewest rights it places pods, and nothing is refused to it", (*helmed).fewest},
		chapter[*helmed]{"Helm 4 upgrades it, and the scheduler goes on from what a former version stored", (*helmed).upgrade},
		chapter[*helmed]{"what is applied twice does not differ", (*helmed).same},
		chapter[*helmed]{"a second release beside it has rules, a lease and a state of its own", (*helmed).second},
		chapter[*helmed]{"pods of a labelled namespace are adopted, and no others", (*helmed).adopt},
		chapter[*helmed]{"one switch turns it back", (*helmed).turnBack},
		chapter[*helmed]{"with marks.enabled nodes are marked where a rule fires, and what others set stays", (*helmed).markNodes},
		chapter[*helmed]{"what is uninstalled leaves nothing but the state", (*helmed).uninstall},
	)
}

const chartFolder = "manifests/charts/telemetry-scheduler"

// helm runs a helm in the repository.
func (h *helmed) helm(program, line string) string {
	h.t.Helper()
	return h.run(filepath.Join("bin", program), strings.Fields(line), "")
}

// kubectl runs one that may not fail.
func (h *helmed) kubectl(line string) string {
	h.t.Helper()
	return h.run("bin/kubectl", strings.Fields(line), "")
}

func (h *helmed) run(program string, args []string, input string) string {
	h.t.Helper()
	out, err := h.try(program, args, input)
	if err != nil {
		h.t.Fatalf("%s %s: %v", program, strings.Join(args, " "), err)
	}
	return out
}

func (h *helmed) try(program string, args []string, input string) (string, error) {
	h.t.Helper()
	root, err := testbed.Root()
	h.must(err)
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	var said strings.Builder
	cmd := exec.CommandContext(ctx, filepath.Join(root, program), args...)
	cmd.Dir, cmd.Stdin, cmd.Stderr = root, strings.NewReader(input), &said
	cmd.Env = append(os.Environ(), "KUBECONFIG="+h.bed.Kubeconfig, "HOME="+h.home)
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w\n%s%s", err, out, said.String())
	}
	return string(out), err
}

func (h *helmed) profile(name string) string {
	return " -f " + chartFolder + "/profiles/" + name + ".yaml"
}

// valid asks for all that the API server itself has kinds for.
func (h *helmed) valid() {
	for _, more := range []string{
		"", h.profile("plain"), h.profile("example-rules"), h.profile("least-rights"), h.profile("replace-default"),
		" --set adoption.enabled=true,marks.enabled=true,telemetry.markPrefixes[0]=example.com/,networkPolicy.enabled=true,batching=true,serving.existingSecret=tls,monitor.account.name=p,monitor.account.namespace=default,telemetry.sources[0].name=k,telemetry.sources[0].type=Kubelet",
	} {
		text := h.helm("helm4", "template helmed "+chartFolder+" -n helmed --kube-version 1.37.2"+more)
		h.run("bin/kubectl", strings.Fields("apply --dry-run=server --validate=strict -f -"), text)
	}
}

func (h *helmed) install() {
	h.helm("helm3", "install helmed "+chartFolder+" -n helmed"+h.profile("least-rights"))
	h.eventually(func(ctx context.Context) error {
		pods, err := h.bed.Client.CoreV1().Pods("helmed").List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/instance=helmed"})
		if err == nil && len(pods.Items) != 2 {
			err = fmt.Errorf("there are %d of 2 pods", len(pods.Items))
		}
		return err
	})
	notes := h.helm("helm3", "get notes helmed -n helmed")
	var ran int
	for _, found := range regexp.MustCompile(`(?m)^  kubectl (.*)$`).FindAllStringSubmatch(notes, -1) {
		// Nobody runs the pods here, who leads is not known yet, and the plugin asks who runs.
		if strings.HasPrefix(found[1], "rollout") || strings.HasPrefix(found[1], "telemetry") || strings.HasPrefix(found[1], "get lease") {
			continue
		}
		h.kubectl(found[1])
		ran++
	}
	if ran < 3 || !strings.Contains(notes, "Without rights.volumes pods whose volumes") {
		h.t.Errorf("%d commands of the notes ran:\n%s", ran, notes)
	}
}

// begin starts the scheduler on the configuration and the account that are installed.
func (h *helmed) begin() {
	h.t.Helper()
	stands, err := h.bed.Client.CoreV1().ConfigMaps("helmed").Get(h.t.Context(), h.name+"-config", metav1.GetOptions{})
	h.must(err)
	lease := "resourceName: " + h.name
	// It is given back by who ends, and kept for long by who runs: on a busy machine too.
	config, err := testbed.Edited(stands.Data["config.yaml"], lease, lease+"\n  leaseDuration: 40s\n  renewDeadline: 30s\n  retryPeriod: 1s")
	h.must(err)
	account, err := h.bed.ServiceAccountKubeconfig(h.t.Context(), "helmed", h.name)
	h.must(err)
	h.RunningScheduler, err = h.bed.StartScheduler(h.t.Context(), testbed.Scheduler{Name: h.name, Config: config, Kubeconfig: account, Args: append(h.args(), h.certified(h.name)...)})
	h.must(err)
	running := h.RunningScheduler
	h.t.Cleanup(func() {
		if h.t.Failed() {
			h.t.Log(running.Log())
		}
	})
}

func (h *helmed) fewest() {
	h.begin()
	h.bound(h.addMany("few", 3)...)
	h.rest()
}

const theRules = "rules:\n  memory.yaml: |\n    apiVersion: telemetry-scheduler.io/v1alpha1\n    kind: TelemetryRules\n    rules:\n" +
	"    - name: memory-above-90\n      when: {metric: memory, above: 90%}\n      actions: {block: {}}\n"

func (h *helmed) upgrade() {
	values := filepath.Join(h.home, "values.yaml")
	h.must(os.WriteFile(values, []byte(theRules), 0o600))
	h.inherit()
	h.helm("helm4", "upgrade helmed "+chartFolder+" -n helmed -f "+values+" --set adoption.enabled=true")
	h.begin()
	h.bound(h.addMany("upgraded", 3)...)
	h.goesOn()
	h.rest()
	h.inherited()
}

// rest stops the scheduler, which has to be well, and to which nothing may have been refused.
func (h *helmed) rest() {
	h.t.Helper()
	h.eventually(func(context.Context) error { // a source may be slow for once
		out, _ := h.try("bin/kubectl-telemetry", strings.Fields("doctor --scheduler-namespace=helmed --release="+h.name), "")
		if strings.Contains(out, "[rights]") || strings.Contains(out, "[sources]") || !strings.Contains(out, "18 checks") {
			return fmt.Errorf("the doctor of a release that is well says:\n%s", out)
		}
		return nil
	})
	h.t.Logf("it holds %.0f MB", h.release.sum("process_resident_memory_bytes")/1e6)
	h.Stop()
	wantNothingForbidden(h.t, h.bed.AuditLog(), "system:serviceaccount:helmed:"+h.name)
}

// second installs a release whose rule keeps everybody off, in the same namespace and over
// the same nodes.
func (h *helmed) second() {
	values := filepath.Join(h.home, "twin.yaml")
	h.must(os.WriteFile(values, []byte(strings.ReplaceAll(theRules, "90", "1")), 0o600))
	h.helm("helm3", "install twin "+chartFolder+" -n helmed -f "+values)
	twin := &helmed{release: &release{t: h.t, bed: h.bed, name: "twin"}, home: h.home}
	h.begin()
	twin.begin()
	pod := twin.pod("kept-off")
	pod.Change = func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{pool: h.name} }
	kept := twin.add(pod)
	h.bound(h.addMany("beside", 3)...)
	twin.waits(kept[0], "telemetry rule memory-above-1 (memory > 1 percent)")
	for _, name := range []string{h.name, twin.name} {
		if holder := h.kubectl("get lease " + name + " -n helmed -o jsonpath={.spec.holderIdentity}"); holder == "" {
			h.t.Errorf("nobody holds the lease %s", name)
		}
		h.eventually(func(context.Context) error { // it is written beside what it tells of
			if state := h.kubectl("get configmaps -n helmed -l telemetry-scheduler.io/state=" + name + "-state -o name"); state == "" {
				return fmt.Errorf("%s has no state of its own", name)
			}
			return nil
		})
	}
	h.rest()
	twin.rest()
	h.helm("helm3", "uninstall twin -n helmed")
}

// same is what a GitOps controller asks: does what stands differ from what is rendered?
func (h *helmed) same() {
	text := h.helm("helm4", "template helmed "+chartFolder+" -n helmed --kube-version 1.37.2 -f "+filepath.Join(h.home, "values.yaml")+" --set adoption.enabled=true")
	if out, err := h.try("bin/kubectl", strings.Fields("diff -f -"), text); err != nil {
		h.t.Errorf("it differs: %v\n%s", err, out)
	}
}

// asks says which scheduler a pod of a namespace asks for once the API server has taken it.
func (h *helmed) asks(ctx context.Context, namespace string, change func(*corev1.PodSpec)) (string, error) {
	yes, no := true, false
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "asks"}, Spec: corev1.PodSpec{
		SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: &yes, SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}},
		Containers: []corev1.Container{{Name: "main", Image: "none", SecurityContext: &corev1.SecurityContext{
			AllowPrivilegeEscalation: &no, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		}}},
	}}
	change(&pod.Spec)
	made, err := h.bed.Client.CoreV1().Pods(namespace).Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return "", err
	}
	return made.Spec.SchedulerName, nil
}

// wants waits until a pod asks for a scheduler.
func (h *helmed) wants(namespace, scheduler string, change func(*corev1.PodSpec)) {
	h.t.Helper()
	h.eventually(func(ctx context.Context) error {
		got, err := h.asks(ctx, namespace, change)
		if err == nil && got != scheduler {
			err = errors.New("the pod asks for " + got)
		}
		return err
	})
}

func unchanged(*corev1.PodSpec) {}

func (h *helmed) adopt() {
	for _, namespace := range []string{"adopted", "not-adopted"} {
		h.kubectl("create namespace " + namespace)
	}
	for _, namespace := range []string{"adopted", "kube-system", "helmed"} {
		h.kubectl("label namespace " + namespace + " telemetry-scheduler.io/adopt=helmed")
	}
	h.wants("adopted", "helmed", unchanged)
	for sentence, c := range map[string]struct {
		namespace, want string
		change          func(*corev1.PodSpec)
	}{
		"one that names no scheduler is adopted":        {"adopted", "helmed", unchanged},
		"so is one that names the default one":          {"adopted", "helmed", func(p *corev1.PodSpec) { p.SchedulerName = "default-scheduler" }},
		"one that names another keeps it":               {"adopted", "other", func(p *corev1.PodSpec) { p.SchedulerName = "other" }},
		"one that is bound already is left alone":       {"adopted", "default-scheduler", func(p *corev1.PodSpec) { p.NodeName = "node" }},
		"one of a namespace without the label too":      {"not-adopted", "default-scheduler", unchanged},
		"one of kube-system, whatever its labels":       {"kube-system", "default-scheduler", unchanged},
		"one of our own namespace, whatever its labels": {"helmed", "default-scheduler", unchanged},
	} {
		h.t.Run(sentence, func(t *testing.T) { h.in(t).wants(c.namespace, c.want, c.change) })
	}
}

func (h *helmed) turnBack() {
	h.helm("helm4", "upgrade helmed "+chartFolder+" -n helmed -f "+filepath.Join(h.home, "values.yaml"))
	h.wants("adopted", "default-scheduler", unchanged)
	h.kubectl("label namespace kube-system telemetry-scheduler.io/adopt-")
}

func (h *helmed) uninstall() {
	const kinds = "deployments,jobs,configmaps,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,resourcequotas,poddisruptionbudgets,services,networkpolicies,mutatingadmissionpolicies,mutatingadmissionpolicybindings,validatingadmissionpolicies,validatingadmissionpolicybindings"
	if left := h.kubectl("get " + kinds + " -A -l app.kubernetes.io/instance=helmed -o name"); left != "" {
		h.t.Errorf("these are left:\n%s", left)
	}
	if state := h.kubectl("get configmaps -n helmed -l telemetry-scheduler.io/state -o name"); state == "" {
		h.t.Error("the state is gone, which a later release would read")
	}
}
