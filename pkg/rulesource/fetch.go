package rulesource

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/klog/v2"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// mostFetches bounds the requests of one look at everything, which waits for them.
const mostFetches = 16

// texts returns the units of our ConfigMaps. Texts that the cache does not hold, and
// that there is room for, are fetched: their namespace was selected after they were
// seen. Until that succeeds, the last good texts stand.
func (t *tenants) texts(ctx context.Context, ours []*corev1.ConfigMap, good map[Unit]GoodText) []text {
	wanted := t.within(ours)
	t.keepFetched(wanted)
	f := fetcher{tenants: t, left: mostFetches}
	var out []text
	for _, cm := range slices.SortedFunc(slices.Values(ours), t.compareAge) {
		if !wanted[cm.UID] {
			out = append(out, refusedTexts(cm)...)
		} else if full := f.full(ctx, cm); full != nil {
			out = append(out, textsOf([]*corev1.ConfigMap{full})...)
		} else {
			out = append(out, remembered(cm, good)...)
		}
	}
	if f.again > 0 {
		time.AfterFunc(f.again, t.notify)
	}
	sortTexts(out)
	return out
}

// fetcher fetches for one look.
type fetcher struct {
	*tenants
	left int
	// again is when to look again, because something is missing; 0 for not at all.
	again time.Duration
}

// full returns a ConfigMap with its texts; nil where they are not known yet.
func (f *fetcher) full(ctx context.Context, cm *corev1.ConfigMap) *corev1.ConfigMap {
	if !isWithheld(cm) {
		return cm
	}
	if known := f.fetched[cm.UID]; known != nil && known.ResourceVersion == cm.ResourceVersion {
		return known
	}
	if f.left == 0 {
		f.again = max(f.again, tenantsDebounce)
		return nil
	}
	f.left--
	found, err := f.fetch(ctx, cm)
	if err != nil {
		watchErrors.Inc()
		klog.FromContext(ctx).Error(err, "Rules of another namespace cannot be read; it is tried again", "configMap", klog.KObj(cm), "after", tenantsPatience)
		f.left, f.again = 0, tenantsPatience
	}
	return found
}

// fetch reads one ConfigMap; nil if there is none, or one that is longer than what was
// seen of it. It lists, because the role for other namespaces allows no more.
func (t *tenants) fetch(ctx context.Context, cm *corev1.ConfigMap) (*corev1.ConfigMap, error) {
	ctx, cancel := context.WithTimeout(ctx, tenantsPatience)
	defer cancel()
	found, err := t.client.CoreV1().ConfigMaps(cm.Namespace).List(ctx, metav1.ListOptions{
		LabelSelector: rules.LabelRules + "=" + t.labelValue,
		FieldSelector: fields.OneTermEqualSelector("metadata.name", cm.Name).String(),
	})
	if err != nil {
		return nil, fmt.Errorf("reading ConfigMap %s of namespace %s: %w", cm.Name, cm.Namespace, err)
	}
	for i := range found.Items {
		if now := &found.Items[i]; now.Name == cm.Name && now.UID == cm.UID && held(now) <= held(cm) {
			full := outline(now)
			withTexts(full, now)
			t.fetched[cm.UID] = full
			return full, nil
		}
	}
	return nil, nil
}

// remembered are the last good texts of a ConfigMap.
func remembered(cm *corev1.ConfigMap, good map[Unit]GoodText) (out []text) {
	for unit, g := range good {
		if unit.Namespace == cm.Namespace && unit.ConfigMap == cm.Name && g.UID == cm.UID {
			out = appendText(out, cm, unit.Key, g.Text)
		}
	}
	return out
}

// refusedTexts are the units of a ConfigMap that there is no room for.
func refusedTexts(cm *corev1.ConfigMap) []text {
	out := textsOf([]*corev1.ConfigMap{cm})
	for i := range out {
		out[i].refused, out[i].Text = held(cm), ""
	}
	return out
}
