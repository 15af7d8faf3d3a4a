package telemetry

import (
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules/engine"
)

// waiting holds the pods that telemetry rejected and that were not reserved a node
// since. The scheduling cycle and the waker share it, and neither calls the
// scheduling queue with mu held.
type waiting struct {
	mu   sync.Mutex
	pods map[types.UID]waiter
}

// waiter is one pod that waits.
type waiter struct {
	key types.NamespacedName
	uid types.UID
	// tried is the Version of the Board of the pod's newest attempt, which began at
	// about the time at; at is zero once it is known to have failed.
	tried uint64
	at    time.Time
	// need is what that attempt was judged by. fleeting says that some node refused the
	// pod for nothing but what may leave it without the next Board's notice.
	need     engine.Amounts
	fleeting bool
	// pass is nil where lenient rules did not give way.
	pass *pass
}

// enter lets a pod wait that a node refused in a cycle.
func (w *waiting) enter(pod *v1.Pod, c *cycle, fleeting bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pods == nil {
		w.pods = map[types.UID]waiter{}
	}
	key := types.NamespacedName{Namespace: pod.Namespace, Name: pod.Name}
	known := w.pods[pod.UID]
	w.pods[pod.UID] = waiter{
		key: key, uid: pod.UID, tried: c.board.Version, at: time.Now(),
		need: c.need, fleeting: fleeting || known.fleeting, pass: known.pass,
	}
	waitingPods.Set(float64(len(w.pods)))
}

// attempt notes that a waiting pod is tried in a cycle.
func (w *waiting) attempt(uid types.UID, c *cycle) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known, found := w.pods[uid]; found {
		known.tried, known.at = c.board.Version, time.Now()
		known.need, known.fleeting = c.need, false
		w.pods[uid] = known
	}
}

// failed notes that the newest attempt of a pod has come to its end under a Board,
// though perhaps before telemetry was asked.
func (w *waiting) failed(uid types.UID, version uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if known, found := w.pods[uid]; found {
		known.tried, known.at = max(known.tried, version), time.Time{}
		w.pods[uid] = known
	}
}

func (w *waiting) leave(uids ...types.UID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, uid := range uids {
		delete(w.pods, uid)
	}
	waitingPods.Set(float64(len(w.pods)))
}

func (w *waiting) list() []waiter {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]waiter, 0, len(w.pods))
	for _, known := range w.pods {
		out = append(out, known)
	}
	return out
}
