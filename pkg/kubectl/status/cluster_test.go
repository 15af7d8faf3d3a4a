package status

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

// anchor is the ConfigMap that says who may write, in an epoch.
func anchor(epoch string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: "ours", Name: "telemetry-scheduler-state", Labels: map[string]string{"telemetry-scheduler.io/state": "telemetry-scheduler-state"},
		Annotations: map[string]string{"telemetry-scheduler.io/state-epoch": epoch},
	}}
}

// TestTheStateAsAViewerSeesIt has a caller who may not list ConfigMaps.
func TestTheStateAsAViewerSeesIt(t *testing.T) {
	missing := []Note{{"state", "the ConfigMap ours/telemetry-scheduler-state, which says who may write, is missing or damaged", "a leader makes it anew within a minute"}}
	nothing := []Note{{"state", "there is none that you may read", ""}}
	for sentence, tc := range map[string]struct {
		objects            []runtime.Object
		verb               string
		leader             *Leader
		shown              string
		attention, remarks []Note
	}{
		"what may be read stands":         {[]runtime.Object{anchor("7")}, "list", &Leader{}, "there, and how much takes the right to list ConfigMaps", nil, nil},
		"it is damaged":                   {[]runtime.Object{anchor("x")}, "list", &Leader{}, "there, and how much takes the right to list ConfigMaps", missing, nil},
		"it is gone, and somebody leads":  {nil, "list", &Leader{}, "not known", missing, nothing},
		"nobody has ever led":             {nil, "list", nil, "not known", nil, nothing},
		"nothing may be read":             {[]runtime.Object{anchor("7")}, "*", &Leader{}, "not known", nil, []Note{{"state", "you may not read the ConfigMaps of namespace ours", ""}}},
		"everything may be read, as ever": {[]runtime.Object{anchor("7")}, "none", &Leader{}, "ConfigMaps: 1, with 0 bytes", nil, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			client := fake.NewClientset(tc.objects...)
			client.PrependReactor(tc.verb, "configmaps", func(a clienttesting.Action) (bool, runtime.Object, error) {
				return true, nil, apierrors.NewForbidden(a.GetResource().GroupResource(), "", errors.New("no right"))
			})
			c, r := &cluster{core: client.CoreV1(), namespace: "ours", release: "telemetry-scheduler"}, &Report{Answers: true, Leader: tc.leader}
			if err := c.state(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if got := r.state(); got != tc.shown {
				t.Errorf("it is shown as %q, want %q", got, tc.shown)
			}
			if diff := cmp.Diff([][]Note{tc.attention, tc.remarks}, [][]Note{r.Attention, r.Remarks}); diff != "" {
				t.Errorf("attention and remarks (-want +got):\n%s", diff)
			}
		})
	}
}
