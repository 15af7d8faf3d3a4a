package rulesource

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// TestNodesThatAreThereAlreadyFindASourceThatIsWhole: others have the same watch of nodes under
// way, which tells of them at once.
func TestNodesThatAreThereAlreadyFindASourceThatIsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}})
		ctx, stop := context.WithCancel(t.Context())
		factory := informers.NewSharedInformerFactory(client, 0)
		opts := options(client)
		opts.Nodes = factory.Core().V1().Nodes()
		opts.Seed = []GoodText{{Unit: Unit{"ours", "a", "k.yaml"}, UID: "a", Text: "x=seed"}}
		opts.Nodes.Informer()
		factory.Start(ctx.Done())
		factory.WaitForCacheSync(ctx.Done())
		slowly := func(file string, data []byte, opts rules.Options) (*rules.Document, []rules.Mistake) {
			time.Sleep(time.Second)
			return fakeRead(file, data, opts)
		}
		(&running{Source: newSource(opts, slowly), t: t}).wantRules("x=seed")
		stop()
		factory.Shutdown()
	})
}
