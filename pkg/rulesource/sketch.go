package rulesource

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Whoever may create ConfigMaps anywhere must not fill our memory with them. Of those
// in other namespaces the cache holds sketches: what Events need. Texts are kept only
// of namespaces that may have rules, and within these bounds.
const (
	// mostHeld bounds the bytes kept of one namespace, names of keys included; mostHeldTogether
	// those of all.
	mostHeld, mostHeldTogether = 2 * mostText, 2 * mostTextTogether
	// leastHeld is what a ConfigMap counts at least, so that there are not too many.
	leastHeld = 4 << 10
	// mostKeys bounds the keys that a sketch names; more are not told of either.
	mostKeys = mostNotes
)

// withheld marks a sketch whose texts were not kept, with their bytes. The space makes
// it a name that no annotation can have.
const withheld = "texts withheld"

// hoard counts what the cache holds of texts.
type hoard struct {
	mu    sync.Mutex
	held  map[string]map[types.UID]int // by namespace
	total int
}

// sketch is the transform of the cache. Sketches of sketches are the same.
func (t *tenants) sketch(obj any) (any, error) {
	cm, is := obj.(*corev1.ConfigMap)
	if !is || isWithheld(cm) {
		return obj, nil
	}
	out, written := outline(cm), cm.Labels[rules.LabelRules]
	switch {
	case written == t.labelValue && t.may(cm.Namespace) && t.hoard.hold(cm):
		withTexts(out, cm)
	case written == t.labelValue:
		t.hoard.release(cm)
		withNames(out, cm)
		metav1.SetMetaDataAnnotation(&out.ObjectMeta, withheld, strconv.Itoa(held(cm)))
	case meant(written, t.labelValue):
		t.hoard.release(cm)
		withNames(out, cm)
	default: // another release's
		t.hoard.release(cm)
	}
	return out, nil
}

func isWithheld(cm *corev1.ConfigMap) bool {
	_, is := cm.Annotations[withheld]
	return is
}

// outline is a ConfigMap without content, and without all that nobody looks at.
func outline(cm *corev1.ConfigMap) *corev1.ConfigMap {
	out := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: cm.Namespace, Name: cm.Name, UID: cm.UID, ResourceVersion: cm.ResourceVersion, CreationTimestamp: cm.CreationTimestamp,
		Labels: map[string]string{rules.LabelRules: cm.Labels[rules.LabelRules]},
	}}
	if paused, is := cm.Annotations[rules.AnnotationPaused]; is {
		out.Annotations = map[string]string{rules.AnnotationPaused: clip(paused, maxNote)}
	}
	return out
}

// withTexts adds the texts, and the names of keys that look like some.
func withTexts(out, cm *corev1.ConfigMap) {
	withNames(out, cm)
	for key, body := range allData(cm) {
		if strings.HasSuffix(key, ending) {
			out.Data[key] = body
		}
	}
}

// withNames adds the first keys that look like rules, and of their content only as
// much as makes them look so.
func withNames(out, cm *corev1.ConfigMap) {
	out.Data = map[string]string{}
	for _, key := range slices.Sorted(slices.Values(likeRules(cm))) {
		if len(out.Data) == mostKeys {
			break
		}
		if out.Data[key] = ""; !looksLikeRules(key, "") {
			out.Data[key] = "apiVersion: " + rules.Group + "/"
		}
	}
}

// held is what a ConfigMap counts, in bytes.
func held(cm *corev1.ConfigMap) int {
	if written, is := cm.Annotations[withheld]; is {
		n, _ := strconv.Atoi(written) // we wrote it
		return n
	}
	n := 0
	for key, body := range allData(cm) {
		if strings.HasSuffix(key, ending) {
			n += len(key) + len(body)
		}
	}
	return max(leastHeld, n)
}

// hold takes a ConfigMap in, if there is room for it.
func (h *hoard) hold(cm *corev1.ConfigMap) bool {
	h.release(cm)
	h.mu.Lock()
	defer h.mu.Unlock()
	n, theirs := held(cm), 0
	for _, bytes := range h.held[cm.Namespace] {
		theirs += bytes
	}
	if theirs+n > mostHeld || h.total+n > mostHeldTogether {
		return false
	}
	if h.held[cm.Namespace] == nil {
		h.held[cm.Namespace] = map[types.UID]int{}
	}
	h.held[cm.Namespace][cm.UID] = n
	h.total += n
	return true
}

func (h *hoard) release(cm *corev1.ConfigMap) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.total -= h.held[cm.Namespace][cm.UID]
	delete(h.held[cm.Namespace], cm.UID)
	if len(h.held[cm.Namespace]) == 0 {
		delete(h.held, cm.Namespace)
	}
}

// releasing gives back what the cache no longer holds.
func (h *hoard) releasing() cache.ResourceEventHandlerFuncs {
	return cache.ResourceEventHandlerFuncs{
		UpdateFunc: func(before, after any) {
			if old := before.(*corev1.ConfigMap); old.UID != after.(*corev1.ConfigMap).UID {
				h.release(old)
			}
		},
		DeleteFunc: func(obj any) {
			if gone, is := obj.(cache.DeletedFinalStateUnknown); is {
				obj = gone.Obj
			}
			if cm, is := obj.(*corev1.ConfigMap); is {
				h.release(cm)
			}
		},
	}
}

// within returns which ConfigMaps, of which each namespace's are together, there is
// room for; see mostHeld. The older namespaces, and in them the older ConfigMaps, come
// first.
func (t *tenants) within(ours []*corev1.ConfigMap) map[types.UID]bool {
	theirs, total, out := map[string]int{}, 0, map[types.UID]bool{}
	for _, cm := range slices.SortedFunc(slices.Values(ours), t.compareAge) {
		n := held(cm)
		if theirs[cm.Namespace]+n <= mostHeld && total+n <= mostHeldTogether {
			theirs[cm.Namespace] += n
			total += n
			out[cm.UID] = true
		}
	}
	return out
}

// keepFetched forgets what was fetched of ConfigMaps that are not wanted.
func (t *tenants) keepFetched(wanted map[types.UID]bool) {
	maps.DeleteFunc(t.fetched, func(uid types.UID, _ *corev1.ConfigMap) bool { return !wanted[uid] })
}
