package button

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	k8stesting "k8s.io/client-go/testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
)

func TestAnEditThatSomebodyElseOvertakes(t *testing.T) {
	resource := schema.GroupResource{Resource: "configmaps"}
	for sentence, tc := range map[string]struct {
		objects []runtime.Object
		verb    string
		err     error
		times   int
		fails   bool
	}{
		"is made again": {[]runtime.Object{pressed()}, "update", apierrors.NewConflict(resource, "p", nil), 3, false},
		"is given up where others are always quicker": {[]runtime.Object{pressed()}, "update", apierrors.NewConflict(resource, "p", nil), 100, true},
		"is made of what somebody else made":          {nil, "create", apierrors.NewAlreadyExists(resource, "p"), 1, false},
		"is not repeated for another mistake":         {[]runtime.Object{pressed()}, "update", errors.New("full"), 1, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			client, refused := fake.NewClientset(tc.objects...), 0
			client.PrependReactor(tc.verb, "configmaps", func(k8stesting.Action) (bool, runtime.Object, error) {
				refused++
				return refused <= tc.times, nil, tc.err
			})
			d := &desk{client: client, scheduler: "ours", dryRun: dryNone, settings: settings.Default()}
			b, err := d.edit(t.Context(), func(b button) error {
				b.setText("why", "fans")
				return nil
			})
			if (err != nil) != tc.fails {
				t.Fatalf("it fails with %v", err)
			}
			if err == nil && (b.Data["why"] != "fans" || len(tc.objects) > 0 && b.Data["theirs"] != "stays") {
				t.Errorf("it wrote %v", b.Data)
			}
		})
	}
}

func pressed() *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ours", Name: settings.Default().PauseConfigMap},
		Data:       map[string]string{"theirs": "stays"},
	}
}
