package telemetry

import (
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/inquiry"
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
	// refusal is that of the first node that refused the pod in the newest attempt in which
	// any did, which was at refused. attempts counts those since the first, at since.
	refusal        inquiry.Refusal
	since, refused time.Time
	attempts       int
	// pass is nil where lenient rules did not give way.
	pass *pass
}

// enter lets a pod wait that a node refused in a cycle, for the first time in it.
func (w *waiting) enter(pod *v1.Pod, c *cycle, refusal inquiry.Refusal) {
	w.change(pod, c, func(known *waiter) {
		if known.attempts == 0 {
			known.since = known.at
		}
		known.refusal, known.refused, known.attempts = refusal, known.at, known.attempts+1
	})
}

// flee notes that a node refused a pod for what may leave it without the next Board's
// notice. It may come before enter, from another goroutine of the cycle.
func (w *waiting) flee(pod *v1.Pod, c *cycle) {
	w.change(pod, c, func(known *waiter) { known.fleeting = true })
}

// change lets a pod wait since a cycle, with what is known of it already.
func (w *waiting) change(pod *v1.Pod, c *cycle, note func(*waiter)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pods == nil {
		w.pods = map[types.UID]waiter{}
	}
	known := w.pods[pod.UID]
	known.key, known.uid = types.NamespacedName{Namespace: pod.Namespace, Name: pod.Name}, pod.UID
	known.tried, known.at, known.need = c.board.Version, time.Now(), c.need
	note(&known)
	w.pods[pod.UID] = known
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
