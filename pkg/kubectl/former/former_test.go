package former

import (
	"fmt"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/former/formertest"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/settings"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rulesource"
)

func TestTheTextsOfTheLastLeaderAreRead(t *testing.T) {
	client := fake.NewClientset()
	s := settings.Default()
	if got, err := Texts(t.Context(), client.CoreV1(), s); len(got) > 0 || err != nil {
		t.Errorf("before there was one: %v, %v", got, err)
	}
	want := rulesource.GoodText{Unit: rulesource.Unit{Namespace: s.Namespace, ConfigMap: "rules", Key: "r.yaml"}, UID: "1", Text: "a text"}
	formertest.Put(t, client, s.Namespace, s.Lease+"-state", want)
	if got, err := Texts(t.Context(), client.CoreV1(), s); len(got) != 1 || got[0] != want || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	client.PrependReactor("list", "configmaps", func(a clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(a.GetResource().GroupResource(), "", fmt.Errorf("no right"))
	})
	if _, err := Texts(t.Context(), client.CoreV1(), s); !apierrors.IsForbidden(err) {
		t.Errorf("where it may not be read: %v", err)
	}
}
