package checks

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

const owner = ns + "-marks"

// carrying is a node with a label and a taint that a release has set, of keys with a prefix,
// and with some of somebody else.
func carrying(name, by, prefix string) *corev1.Node {
	n := node(name, map[string]string{prefix + "memory": "full", "example.com/theirs": "x"})
	n.ManagedFields = []metav1.ManagedFieldsEntry{
		{Manager: by, Operation: metav1.ManagedFieldsOperationApply, FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{"f:labels":{"f:` + prefix + `memory":{}}}}`)},
		{Manager: "kubectl", Operation: metav1.ManagedFieldsOperationUpdate, FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{"f:labels":{"f:example.com/theirs":{}}}}`)},
	}
	n.Spec.Taints = []corev1.Taint{{Key: prefix + "full", Value: by, Effect: corev1.TaintEffectNoSchedule}, {Key: "example.com/theirs", Value: "x", Effect: corev1.TaintEffectNoSchedule}}
	return n
}

// marking is the lease of what marks nodes.
func marking(by string, before time.Duration) *coordinationv1.Lease {
	l := held(by, before)
	l.Name = owner
	return l
}

// marker is its Deployment.
func marker(replicas int32, args ...string) *appsv1.Deployment {
	d := deployment("t:v1", replicas)
	d.Name, d.Labels = owner, nil
	d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "marks", Args: args}}
	return d
}

func TestWhoMaintainsMarks(t *testing.T) {
	const own, lost = "telemetry-scheduler.io/", "example.com/"
	const text = begin + "rules:\n- name: full\n  when: {metric: memory, above: 90%}\n  actions: {label: {key: " + own + "memory, value: full}}\n"
	on := func(objects ...runtime.Object) *Cluster { return configured(t, with(objects...), "{marks: true}") }
	off := func(objects ...runtime.Object) *Cluster { return configured(t, with(objects...), "{}") }
	asks, plain := stored(ns, "r", "a.yaml", text), node("b", nil)
	marked := carrying("a", owner, own)
	const stand = "1 label and 1 taint of this release stand on 1 of 2 nodes"
	const shows = "kubectl get nodes -o custom-columns=NODE:.metadata.name,LABELS:.metadata.labels,TAINTS:.spec.taints"
	const asked = "telemetry-scheduler/r/a.yaml:4:3: the rule full asks for marks of nodes"
	const all = "kubectl get all -n telemetry-scheduler"
	const never = "there is no lease, and never was a leader; the namespace telemetry-scheduler has no Deployment telemetry-scheduler-marks\n" + all
	const disabled = "warning: " + asked + ", and nothing sets them: marks.enabled is false\nkubectl edit configmap r -n telemetry-scheduler"
	examine(t, nodeMarks, map[string]patient{
		"a release without marks":                  {cluster: off(plain, stored(ns, "r", "a.yaml", hot()))},
		"one that could mark, and no rule asks":    {cluster: on(plain, stored(ns, "r", "a.yaml", hot()), marker(1), marking("a_1", time.Second))},
		"a rule in dry run asks for nothing":       {cluster: off(plain, stored(ns, "r", "a.yaml", text+"  mode: DryRun\n"))},
		"marks of another release are none of its": {cluster: off(carrying("a", "batch-marks", own))},
		"somebody maintains them":                  {cluster: on(plain, marked, asks, marker(1), marking("a_1", time.Second)), want: []string{"note: a_1 marks nodes; " + stand + "\n" + shows}},
		"somebody would, and no rule fires":        {cluster: on(plain, asks, marker(1), marking("a_1", time.Second)), want: []string{"note: a_1 marks nodes; no node has a mark of this release\n" + shows}},
		"it takes them away on purpose": {cluster: on(plain, marked, asks, marker(1, "marks", "--remove"), marking("a_1", time.Second)), want: []string{
			"warning: a_1 takes all marks away and sets none, as marks.remove says; " + stand + "\n" + shows}},
		"it takes them away, and no rule asks": {cluster: on(plain, marked, marker(1, "marks", "--remove"), marking("a_1", time.Second)), want: []string{
			"note: a_1 takes all marks away and sets none, as marks.remove says; " + stand + "\n" + shows}},
		"a cleanup runs": {cluster: on(plain, marked, marking("cleanup", time.Second)), want: []string{
			"note: a cleanup takes marks away, or has just done so; " + stand + "\nkubectl get pods -n telemetry-scheduler -o wide"}},
		"they are abandoned, and nothing is installed that would mark": {cluster: off(plain, marked), want: []string{"error: " + stand + ", and nobody maintains them: " + never}},
		"what marked is scaled to 0": {cluster: on(plain, marked, asks, marker(0), marking("", 0)), want: []string{
			"error: " + stand + ", and nobody maintains them: the last leader gave the lease back, and nobody took it; its Deployment is scaled to 0\nkubectl scale deployment/telemetry-scheduler-marks -n telemetry-scheduler --replicas=1"}},
		"what marked died": {cluster: on(plain, marked, marker(1), marking("a_1", time.Minute)), want: []string{
			"error: " + stand + ", and nobody maintains them: the lease of a_1 ended 45s ago, and nobody took it; of 0 replicas 0 are ready\nkubectl rollout restart deployment/telemetry-scheduler-marks -n telemetry-scheduler"}},
		"marks.enabled is false, and a rule asks":                  {cluster: off(plain, asks), want: []string{disabled}},
		"it is false, a rule asks and marks stand":                 {cluster: off(plain, marked, asks), want: []string{"error: " + stand + ", and nobody maintains them: " + never, disabled}},
		"marks.enabled is true, and nothing runs":                  {cluster: on(plain, asks), want: []string{"error: " + asked + ", and nothing sets them: " + never}},
		"whether it is true is not known":                          {cluster: with(plain, asks), want: []string{"warning: " + asked + ", and nothing sets them: " + never}},
		"several rules ask":                                        {cluster: off(plain, stored(ns, "r", "a.yaml", text+strings.ReplaceAll(strings.SplitAfter(text, "rules:\n")[1], "full", "fuller"))), want: []string{strings.Replace(disabled, "of nodes,", "of nodes (and 1 more),", 1)}},
		"a prefix was taken from the operator's while marks stand": {cluster: on(plain, carrying("a", owner, lost), marker(1), marking("a_1", time.Second)), want: []string{"note: a_1 marks nodes; " + stand + "\n" + shows, "error: nodes have marks of telemetry-scheduler-marks with the key example.com/full, example.com/memory, whose prefix is none of those allowed\n" + shows}},
		"the operator allows the prefix":                           {cluster: configured(t, with(plain, carrying("a", owner, lost), marker(1), marking("a_1", time.Second)), "{marks: true, markPrefixes: [example.com/]}"), want: []string{"note: a_1 marks nodes; " + stand + "\n" + shows}},
	})
}

// TestWhatCannotBeSeenOfMarksIsSaid has readers who lack a right.
func TestWhatCannotBeSeenOfMarksIsSaid(t *testing.T) {
	const text = begin + "rules:\n- name: full\n  when: {metric: memory, above: 90%}\n  actions: {taint: {key: telemetry-scheduler.io/full, effect: NoSchedule}}\n"
	asks, marked := stored(ns, "r", "a.yaml", text), carrying("a", owner, "telemetry-scheduler.io/")
	for name, tc := range map[string]struct {
		denied, says string
		objects      []runtime.Object
		want         []string
	}{
		"nodes, and a rule asks":    {"nodes", "nodes", []runtime.Object{asks, marking("a_1", 0)}, []string{"note: a_1 marks nodes; what nodes carry was not seen"}},
		"nodes, and none does":      {"nodes", "nodes", nil, nil},
		"rules, and marks stand":    {"configmaps", "configmaps", []runtime.Object{marked, marking("a_1", 0)}, []string{"note: a_1 marks nodes; 1 label and 1 taint of this release stand on 1 of 1 node"}},
		"leases, and marks stand":   {"leases", "leases", []runtime.Object{marked}, []string{"note: 1 label and 1 taint of this release stand on 1 of 1 node"}},
		"Deployments":               {"deployments", "deployments", []runtime.Object{marked}, []string{"error: 1 label and 1 taint of this release stand on 1 of 1 node, and nobody maintains them: there is no lease, and never was a leader"}},
		"the configuration, of key": {"", "--config", []runtime.Object{carrying("a", owner, "example.com/"), marking("a_1", 0)}, []string{"note: a_1 marks nodes; 1 label and 1 taint of this release stand on 1 of 1 node"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := with(tc.objects...)
			c.Client.(*fake.Clientset).PrependReactor("*", tc.denied, func(a clienttesting.Action) (bool, runtime.Object, error) {
				return tc.denied != "", nil, apierrors.NewForbidden(schema.GroupResource{Resource: tc.denied}, "", errors.New("no"))
			})
			found, err := nodeMarks.Look(t.Context(), c)
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("it ends with %v, want %s", err, tc.says)
			}
			var got []string
			for _, f := range found {
				got = append(got, string(f.Severity)+": "+f.What)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheCleanupIsNamedWhereNobodyMaintainsMarks(t *testing.T) {
	const command = "telemetry-scheduler marks cleanup --namespace=telemetry-scheduler --release=telemetry-scheduler --kubeconfig=FILE"
	for name, c := range map[string]*Cluster{
		"nothing is installed":  with(carrying("a", owner, "telemetry-scheduler.io/")),
		"its pods are not well": with(carrying("a", owner, "telemetry-scheduler.io/"), marker(1)),
	} {
		found, err := nodeMarks.Look(t.Context(), c)
		if err != nil || len(found) != 1 || !strings.HasSuffix(found[0].Advice, command) {
			t.Errorf("%s: it says %+v (%v)", name, found, err)
		}
	}
}
