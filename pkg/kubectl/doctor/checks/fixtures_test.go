package checks

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/lint"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/telemetry"
)

const ns = settings.DefaultNamespace

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// with makes a cluster of objects at noon, whose clocks agree and whose sources say
// nothing.
func with(objects ...runtime.Object) *Cluster {
	return &Cluster{
		Client: fake.NewClientset(objects...), Settings: settings.Default(), Kubectl: "kubectl",
		Now:        func() time.Time { return noon },
		ServerTime: func(context.Context) (time.Time, error) { return noon, nil },
		Ask:        func(context.Context, *lint.Examined) error { return nil },
		Sources:    map[string]telemetry.Source{},
		Told:       func(context.Context) (map[string]string, error) { return nil, errors.New("nobody leads") },
		Kubelet:    func(context.Context, string) error { return errors.New("connection refused") },
	}
}

// configured gives a cluster the settings of arguments.
func configured(t *testing.T, c *Cluster, arguments string) *Cluster {
	t.Helper()
	s, err := settings.Read("config.yaml", []byte("kind: KubeSchedulerConfiguration\nleaderElection: {resourceNamespace: telemetry-scheduler, resourceName: telemetry-scheduler}\nprofiles:\n- schedulerName: telemetry-scheduler\n  pluginConfig:\n  - {name: Telemetry, args: "+arguments+"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	c.Settings = s
	return c
}

// look makes a check, and writes what it finds: severity, what, and the command.
func look(t *testing.T, check Check, c *Cluster) []string {
	t.Helper()
	found, err := check.Look(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range found {
		if f.Why == "" || f.What == "" {
			t.Errorf("it says too little: %+v", f)
		}
		out = append(out, strings.TrimSpace(string(f.Severity)+": "+f.What+"\n"+f.Mend+f.Look))
	}
	return out
}

// patient is a cluster and what a check should say of it.
type patient struct {
	cluster *Cluster
	want    []string
}

func examine(t *testing.T, check Check, all map[string]patient) {
	t.Helper()
	for name, tc := range all {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, look(t, check, tc.cluster)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func node(name string, labels map[string]string) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels, CreationTimestamp: metav1.NewTime(noon.Add(-time.Hour))}}
}

const begin = "apiVersion: telemetry-scheduler.io/v1alpha1\nkind: TelemetryRules\n"

// hot is a text with one rule; more are further lines of it.
func hot(more ...string) string {
	text := begin + "rules:\n- name: hot\n  when: {metric: memory, above: 90%}\n  actions: {block: {}}\n"
	for _, line := range more {
		text += "  " + line + "\n"
	}
	return text
}

// stored is a ConfigMap of rules.
func stored(namespace, name, key, text string) *corev1.ConfigMap {
	cm := &corev1.ConfigMap{ObjectMeta: meta(namespace, name), Data: map[string]string{key: text}}
	cm.Labels = map[string]string{rules.LabelRules: "true"}
	return cm
}

// accounts are those of the scheduler.
func accounts(more ...runtime.Object) []runtime.Object {
	return append(more, &corev1.ServiceAccount{ObjectMeta: meta(ns, account)}, &corev1.ServiceAccount{ObjectMeta: meta(ns, account+"-kubelet-reader")})
}

// held is the lease of a leader who renewed it some time before noon.
func held(by string, before time.Duration) *coordinationv1.Lease {
	seconds, renewed := int32(15), metav1.NewMicroTime(noon.Add(-before))
	return &coordinationv1.Lease{ObjectMeta: meta(ns, ns), Spec: coordinationv1.LeaseSpec{HolderIdentity: &by, LeaseDurationSeconds: &seconds, RenewTime: &renewed}}
}

// deployment is that of the scheduler.
func deployment(image string, replicas int32) *appsv1.Deployment {
	d := &appsv1.Deployment{ObjectMeta: meta(ns, ns), Spec: appsv1.DeploymentSpec{Replicas: &replicas}}
	d.Labels = map[string]string{nameLabel: productName}
	d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "scheduler", Image: image}}
	return d
}

// letting has the API server allow what a function says.
func letting(c *Cluster, may func(authorizationv1.ResourceAttributes) bool) *Cluster {
	client := c.Client.(*fake.Clientset)
	client.PrependReactor("create", "subjectaccessreviews", func(a clienttesting.Action) (bool, runtime.Object, error) {
		asked := a.(clienttesting.CreateAction).GetObject().(*authorizationv1.SubjectAccessReview).DeepCopy()
		asked.Status.Allowed = may(*asked.Spec.ResourceAttributes)
		return true, asked, nil
	})
	client.PrependReactor("create", "selfsubjectaccessreviews", func(a clienttesting.Action) (bool, runtime.Object, error) {
		asked := a.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview).DeepCopy()
		asked.Status.Allowed = may(*asked.Spec.ResourceAttributes)
		return true, asked, nil
	})
	return c
}

func TestFlagsStandBehindTheNameOfThePlugin(t *testing.T) {
	c := with()
	c.Kubectl = "kubectl --context=prod"
	if got := c.plugin("resume block"); got != "kubectl telemetry resume block --context=prod" {
		t.Errorf("it is %q", got)
	}
}
