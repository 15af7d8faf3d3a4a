package integration

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/telemetry-scheduler/telemetry-scheduler/test/testbed"
)

const (
	markLabel = "telemetry-scheduler.io/memory"
	markTaint = "status-taint.cluster-autoscaler.kubernetes.io/memory"
)

// marking is a rule of the release's pool, by its line.
func marking(line string) string {
	return document(fmt.Sprintf("- name: full\n  when: {metric: memory, above: %s}\n  nodes: {matchLabels: {pool: helmed}}\n"+
		"  actions:\n    label: {key: %s, value: full}\n    taint: {key: %s, effect: NoSchedule}\n", line, markLabel, markTaint))
}

// markings is what a node carries of marks, whoever set them.
func (h *helmed) markings(ctx context.Context, node string) (string, error) {
	n, err := h.bed.Client.CoreV1().Nodes().Get(ctx, node, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	out := []string{"label " + n.Labels[markLabel]}
	for _, t := range n.Spec.Taints {
		out = append(out, fmt.Sprintf("%s=%s:%s", t.Key, t.Value, t.Effect))
	}
	slices.Sort(out)
	return strings.Join(out, ", "), nil
}

// carries waits until the two nodes of the release carry something.
func (h *helmed) carries(first, second string) {
	h.t.Helper()
	h.eventually(func(ctx context.Context) error {
		for i, want := range []string{first, second} {
			node := h.nodes(2).Name(i)
			if got, err := h.markings(ctx, node); err != nil || got != want {
				return fmt.Errorf("%s carries %q, %v; want %q; what marks nodes runs: %v", node, got, err, want, h.marks.Running())
			}
		}
		return nil
	})
}

// What the two nodes carry: the first has a label and a taint of somebody else.
const (
	theirs       = "example.com/other=somebody:PreferNoSchedule, label theirs"
	theirsMarked = "example.com/other=somebody:PreferNoSchedule, label theirs, " + markTaint + "=helmed-marks:NoSchedule"
	bare         = "label "
	fullyMarked  = "label full, " + markTaint + "=helmed-marks:NoSchedule"
)

// markNodes is the story of marks within that of the release.
func (h *helmed) markNodes() {
	h.mark()
	tell(h.t, h,
		chapter[*helmed]{"both serve the certificate of a Secret, and the next one without a restart; monitors verify it", (*helmed).serve},
		chapter[*helmed]{"the account that marks nodes may change nothing else of them", (*helmed).guarded},
		chapter[*helmed]{"the scheduler evicts nobody where it must not, whatever rules say", (*helmed).kept},
		chapter[*helmed]{"marks vanish when the rule fires no more", (*helmed).unmark},
		chapter[*helmed]{"a rule that is deleted while nothing runs leaves nothing behind", (*helmed).crash},
		chapter[*helmed]{"with marks.remove it takes its marks away, and goes on when that is over", (*helmed).remove},
		chapter[*helmed]{"an uninstallation takes the marks away first", (*helmed).goAway},
	)
}

// mark upgrades to a release that marks nodes, and starts on what was installed.
func (h *helmed) mark() {
	first := h.nodes(2).Name(0)
	h.certify()
	h.kubectl("label node " + first + " " + markLabel + "=theirs")
	h.kubectl("taint node " + first + " example.com/other=somebody:PreferNoSchedule")
	h.helm("helm4", "upgrade helmed "+chartFolder+" -n helmed -f "+h.markValues("1%"))
	h.begin()
	h.markers()
	h.carries(theirsMarked, fullyMarked)
	counts := *h.release
	counts.RunningScheduler = h.marks
	counts.metric(3, "telemetry_scheduler_node_marks")
	counts.metric(1, "telemetry_scheduler_node_marks_withheld", "reason", "foreign")
	h.t.Logf("what marks nodes holds %.0f MB", counts.sum("process_resident_memory_bytes")/1e6)
	h.event(first, "TelemetryMarkWithheld", "label "+markLabel+" is not set for rule full: somebody else has set it")
	h.event(h.nodes(2).Name(1), "TelemetryMarked", "label "+markLabel+"=full set for rule full")
}

func (h *helmed) markValues(line string) string {
	values := filepath.Join(h.home, "marks.yaml")
	text := "marks: {enabled: true, maxTainted: 100}\n" + servingValues + "telemetry: {minInterval: 1s, sources: [{name: metrics, type: MetricsAPI, interval: 2s}]}\nrules:\n  marks.yaml: |\n    " + strings.ReplaceAll(strings.TrimSpace(marking(line)), "\n", "\n    ") + "\n"
	h.must(os.WriteFile(values, []byte(text), 0o600))
	return values
}

// markers starts what marks nodes with the account that is installed, and the arguments of its
// Deployment, but for those that would make the test slow. It ends where it cannot renew its
// lease for two thirds of that time, and nobody starts it again here.
func (h *helmed) markers() {
	h.t.Helper()
	d, err := h.bed.Client.AppsV1().Deployments("helmed").Get(h.t.Context(), "helmed-marks", metav1.GetOptions{})
	h.must(err)
	args := append(h.mounted(d.Spec.Template.Spec.Containers[0])[1:], "--min-interval=1s", "--leader-elect-lease-duration=12s")
	h.marks, err = h.bed.StartMarks(h.t.Context(), "helmed-marks", h.accountOf("helmed-marks"), args...)
	h.must(err)
	h.t.Cleanup(func() {
		if h.t.Failed() {
			log := h.marks.Log()
			h.t.Logf("the log of what marks nodes ends with:\n%s", log[max(0, len(log)-30000):])
		}
	})
}

// accountOf returns a kubeconfig with a token of an account that is installed.
func (h *helmed) accountOf(name string) string {
	h.t.Helper()
	account, err := h.bed.ServiceAccountKubeconfig(h.t.Context(), "helmed", name)
	h.must(err)
	return account
}

func (h *helmed) unmark() {
	h.helm("helm4", "upgrade helmed "+chartFolder+" -n helmed -f "+h.markValues("99%"))
	h.carries(theirs, bare)
}

// crash kills what marks nodes while they are marked; it comes again once the rule is gone.
func (h *helmed) crash() {
	h.helm("helm4", "upgrade helmed "+chartFolder+" -n helmed -f "+h.markValues("1%"))
	h.carries(theirsMarked, fullyMarked)
	h.doctorSays("marks nodes; 1 label and 2 taints of this release stand on 2 of ")
	h.marks.Kill()
	h.kubectl("delete configmap helmed-rules -n helmed")
	h.metric(0, "telemetry_scheduler_rules")
	h.doctorSays("and nobody maintains them: the lease of", "marks cleanup --namespace=helmed --release=helmed")
	if got, err := h.markings(h.t.Context(), h.nodes(2).Name(1)); err != nil || got != fullyMarked {
		h.t.Errorf("while nothing runs the node carries %q, %v", got, err)
	}
	h.must(h.marks.Restart())
	h.carries(theirs, bare)
	h.helm("helm4", "upgrade helmed "+chartFolder+" -n helmed -f "+h.markValues("1%"))
	h.carries(theirsMarked, fullyMarked)
}

// doctorSays waits until the doctor says something of marks. What other tests do to the
// cluster is no matter.
func (h *helmed) doctorSays(words ...string) {
	h.t.Helper()
	h.eventually(func(ctx context.Context) error {
		found, err := h.doctor(ctx, "--release=helmed")
		for _, f := range found {
			says := func(one string) bool { return strings.Contains(f.What+"\n"+f.Advice, one) }
			if f.Check == "marks" && !slices.ContainsFunc(words, func(one string) bool { return !says(one) }) {
				return nil
			}
		}
		return errors.Join(err, fmt.Errorf("the doctor does not say %q: %+v", words, found))
	})
}

// client is one with a token of an account that is installed.
func (h *helmed) client(account string) kubernetes.Interface {
	h.t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", h.accountOf(account))
	h.must(err)
	client, err := kubernetes.NewForConfig(config)
	h.must(err)
	return client
}

// guarded asks the API server what the account that marks nodes may change of one.
func (h *helmed) guarded() {
	nodes := h.client("helmed-marks").CoreV1().Nodes()
	theirTaint := `{"key":"example.com/other","value":"somebody","effect":"PreferNoSchedule"}`
	ourTaint := `{"key":"` + markTaint + `","value":"helmed-marks","effect":"NoSchedule"}`
	taints := func(list ...string) string { return `{"spec":{"taints":[` + strings.Join(list, ",") + `]}}` }
	label := func(key string) string { return `{"metadata":{"labels":{"` + key + `":"x"}}}` }
	try := func(ctx context.Context, patch, refusal string) error {
		_, err := nodes.Patch(ctx, h.nodes(2).Name(0), types.MergePatchType, []byte(patch), metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
		return misjudged(err, refusal)
	}
	h.eventually(func(ctx context.Context) error { // the policy is in force in a moment
		return try(ctx, `{"spec":{"unschedulable":true}}`, "neither cordon nor uncordon")
	})
	for sentence, c := range map[string]struct{ patch, refusal string }{
		"a label with a built-in prefix":                 {label("telemetry-scheduler.io/other"), ""},
		"a label as TAS has them":                        {label("telemetry.aware.scheduling.policy/hot"), ""},
		"a taint of its own beside those of others":      {taints(theirTaint, ourTaint, `{"key":"telemetry-scheduler.io/x","value":"helmed-marks","effect":"PreferNoSchedule"}`), ""},
		"its own taint away":                             {taints(theirTaint), ""},
		"a label of somebody else's prefix":              {label("example.com/other"), "not example.com/other"},
		"a label of Kubernetes":                          {label("node-role.kubernetes.io/control-plane"), "it may change labels with the prefixes of marks alone"},
		"a label whose prefix only begins like ours":     {label("telemetry-scheduler.io.example/x"), "it may change labels"},
		"a taint that evicts":                            {taints(theirTaint, ourTaint, `{"key":"telemetry-scheduler.io/x","value":"helmed-marks","effect":"NoExecute"}`), "no taint that evicts pods"},
		"a taint without its name":                       {taints(theirTaint, ourTaint, `{"key":"telemetry-scheduler.io/x","effect":"NoSchedule"}`), "with the value helmed-marks alone"},
		"a taint of Kubernetes":                          {taints(theirTaint, ourTaint, `{"key":"node.kubernetes.io/unreachable","value":"helmed-marks","effect":"NoSchedule"}`), "it may set taints with the prefixes of marks alone"},
		"somebody else's taint away":                     {taints(ourTaint), "with the value helmed-marks alone"},
		"an annotation":                                  {`{"metadata":{"annotations":{"telemetry-scheduler.io/ignore":"*"}}}`, "no annotation"},
		"a finalizer":                                    {`{"metadata":{"finalizers":["telemetry-scheduler.io/x"]}}`, "finalizers"},
		"whose its fields are, all at once":              {`{"metadata":{"managedFields":[{}]}}`, "it may not empty managedFields"},
		"what its name is made of":                       {`{"metadata":{"generateName":"x-"}}`, "of the metadata it may change labels alone"},
		"a cordon":                                       {`{"spec":{"unschedulable":true}}`, "neither cordon nor uncordon"},
		"another field of the spec":                      {`{"spec":{"providerID":"x://y"}}`, "of the spec it may change taints alone"},
		"a label of ours together with a cordon is none": {`{"metadata":{"labels":{"` + markLabel + `":"x"}},"spec":{"unschedulable":true}}`, "neither cordon nor uncordon"},
	} {
		h.t.Run(sentence, func(t *testing.T) {
			if err := try(t.Context(), c.patch, c.refusal); err != nil {
				t.Error(err)
			}
		})
	}
}

// misjudged returns an error unless the API server refused with some words; with none it has
// to have accepted.
func misjudged(err error, words string) error {
	switch {
	case words == "" && err != nil:
		return fmt.Errorf("it was refused: %w", err)
	case words != "" && (err == nil || !strings.Contains(err.Error(), words)):
		return fmt.Errorf("the API server said %v, want %q", err, words)
	}
	return nil
}

// kept asks the API server where the scheduler may evict.
func (h *helmed) kept() {
	evictions := h.client("helmed").CoreV1()
	for namespace, refusal := range map[string]string{"default": "", "kube-system": "evicts nobody in kube-system, helmed", "helmed": "evicts nobody in kube-system, helmed", "opted-out": "has the label telemetry-scheduler.io/evict=false"} {
		h.t.Run(namespace, func(t *testing.T) {
			part := h.in(t)
			if namespace == "opted-out" {
				part.kubectl("create namespace opted-out")
				part.kubectl("label namespace opted-out telemetry-scheduler.io/evict=false")
			}
			e := &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "none", Namespace: namespace}, DeleteOptions: &metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}}}
			part.eventually(func(ctx context.Context) error { // a label is known to a policy in a moment
				err := evictions.Pods(namespace).EvictV1(ctx, e)
				if apierrors.IsNotFound(err) {
					err = nil // it may, and there is no such pod
				}
				return misjudged(err, refusal)
			})
		})
	}
}

// remove is how marks are switched off without an uninstallation, and nothing else is.
func (h *helmed) remove() {
	args := strings.Fields("upgrade helmed " + chartFolder + " -n helmed --set marks.enabled=false")
	if _, err := h.try("bin/helm4", args, ""); err == nil || !strings.Contains(err.Error(), "nothing would take its marks away") {
		h.t.Errorf("what takes marks away may be removed while nodes have some: %v", err)
	}
	for _, c := range []struct{ remove, first, second string }{{"true", theirs, bare}, {"false", theirsMarked, fullyMarked}} {
		h.marks.Stop()
		h.helm("helm4", "upgrade helmed "+chartFolder+" -n helmed -f "+h.markValues("1%")+" --set marks.remove="+c.remove)
		h.markers()
		h.carries(c.first, c.second)
	}
}

// goAway uninstalls while nodes are marked: a hook takes the marks away first. KWOK only
// pretends to run its pod; the test runs its command, with a token of its account.
func (h *helmed) goAway() {
	h.Stop() // its state stands, and what marks nodes goes on by it
	done := make(chan error, 1)
	go func() {
		_, err := h.try("bin/helm4", strings.Fields("uninstall helmed -n helmed --wait"), "")
		done <- err
	}()
	job := h.hook()
	args := append(slices.Clone(job.Spec.Template.Spec.Containers[0].Args), "--kubeconfig="+h.accountOf(job.Spec.Template.Spec.ServiceAccountName))
	out, err := h.try("bin/telemetry-scheduler", args, "")
	h.must(err)
	if !strings.Contains(out, "No node has a mark of helmed any more; 2 had one.") {
		h.t.Errorf("it says %s", out)
	}
	h.carries(theirs, bare) // although the state still asks for them, and what marks nodes runs
	h.must(h.pretend(job))
	h.must(<-done)
	h.marks.Kill()
	for _, account := range []string{"helmed", "helmed-marks"} {
		wantNothingForbidden(h.t, h.bed.AuditLog(), "system:serviceaccount:helmed:"+account)
	}
}

// hook waits for the Job of the hook.
func (h *helmed) hook() (job *batchv1.Job) {
	h.t.Helper()
	h.eventually(func(ctx context.Context) (err error) {
		job, err = h.bed.Client.BatchV1().Jobs("helmed").Get(ctx, "helmed-marks-cleanup", metav1.GetOptions{})
		return err
	})
	return job
}

// pretend lets KWOK complete the pod of a Job: nothing else places it here.
func (h *helmed) pretend(job *batchv1.Job) error {
	pods := h.bed.Client.CoreV1().Pods(job.Namespace)
	return testbed.Within(h.t.Context(), patience, func(ctx context.Context) error {
		list, err := pods.List(ctx, metav1.ListOptions{LabelSelector: "batch.kubernetes.io/job-name=" + job.Name})
		if err == nil && len(list.Items) == 0 {
			err = errors.New("the Job has no pod yet")
		}
		if err != nil {
			return err
		}
		return pods.Bind(ctx, &corev1.Binding{
			ObjectMeta: metav1.ObjectMeta{Name: list.Items[0].Name}, Target: corev1.ObjectReference{Kind: "Node", Name: h.nodes(2).Name(1)},
		}, metav1.CreateOptions{})
	})
}
