package state

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What can have become of a ConfigMap of ours.
const (
	missing = "missing"
	altered = "altered"
)

var errUncovered = errors.New("the ConfigMap that says who may write is missing or altered")

// look compares what stands with what was written, once in Recheck, and marks what
// somebody else deleted or altered; flush writes that again. It is one List a
// minute of what this leader itself wrote, so no watch is kept for it.
//
// Without an anchor nothing tells a leader from a former one that was frozen and
// has not yet heard that it lost its lease. So an anchor is made again only if it
// is still missing at the next look, an Interval later.
func (s *Store) look(ctx context.Context, now time.Time) error {
	if now.Sub(s.looked) < s.opts.Recheck {
		return nil
	}
	standing, err := s.standing(ctx)
	if err != nil {
		return err
	}
	anchor := standing[s.opts.Name]
	harm := s.harmToAnchor(anchor)
	if harm != nil && !s.doubt {
		s.doubt = true
		return nil
	}
	if harm != nil || !maps.Equal(anchor.Data, s.opts.Open()) {
		if err := s.restoreAnchor(ctx); err != nil {
			return err
		}
	}
	s.doubt, s.looked = false, now
	s.reportHarm(ctx, append(harm, s.compare(standing)...))
	return nil
}

// standing returns our ConfigMaps by name, unless one is of a newer leader.
func (s *Store) standing(ctx context.Context) (map[string]*corev1.ConfigMap, error) {
	stored, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]*corev1.ConfigMap{}
	for i := range stored.Items {
		cm := &stored.Items[i]
		if number(cm, annotationEpoch) > s.fence.epoch {
			return nil, ErrFenced
		}
		out[cm.Name] = cm
	}
	return out, nil
}

func (s *Store) harmToAnchor(now *corev1.ConfigMap) []string {
	switch {
	case now == nil:
		return []string{harmTo(s.opts.Name, missing)}
	case number(now, annotationEpoch) != s.fence.epoch:
		return []string{harmTo(s.opts.Name, altered)}
	}
	return nil
}

// restoreAnchor writes the anchor with the epoch that this leader has. It does not
// raise it: if a newer leader stands behind the loss after all, that one is above.
func (s *Store) restoreAnchor(ctx context.Context) error {
	known, err := s.get(ctx, s.opts.Name)
	if err != nil {
		return err
	}
	anchor := s.newAnchor(s.fence.epoch)
	if known != nil {
		anchor.ResourceVersion = known.ResourceVersion
	}
	if _, err := s.store(ctx, anchor); err != nil {
		return fmt.Errorf("writing state ConfigMap %s: %w", s.opts.Name, err)
	}
	return nil
}

// compare marks the shards that are not as they were written, and says which. A
// change that concerns none of what is read back is left as it is.
func (s *Store) compare(standing map[string]*corev1.ConfigMap) (harm []string) {
	for p, known := range s.written {
		now := standing[s.nameOf(p)]
		what := s.harmToShard(p, known, now)
		if what != "" {
			harm = append(harm, harmTo(s.nameOf(p), what))
			s.harmed[p.section] = true
			known = receipt{}
		}
		if now != nil {
			known.resourceVersion = now.ResourceVersion
		}
		s.written[p] = known
	}
	slices.Sort(harm)
	return harm
}

// harmToShard says what has become of a shard; nothing where it is not known what
// should stand there.
func (s *Store) harmToShard(p place, known receipt, now *corev1.ConfigMap) string {
	if known.digest == "" {
		return ""
	}
	if now == nil {
		return missing
	}
	at, ok := placeOf(now)
	is := receiptOf(now)
	if !ok || at != p || now.Labels[LabelState] != s.opts.Name || number(now, annotationEpoch) != s.fence.epoch ||
		is.revision != known.revision || is.digest != known.digest {
		return altered
	}
	return ""
}

// lookAgain returns what stands at a place now, after a write that expected known
// there was refused; an empty receipt for nothing. Where somebody else was at
// work, the other ConfigMaps are looked at in the next round.
func (s *Store) lookAgain(ctx context.Context, p place, known receipt) (receipt, error) {
	now, err := s.get(ctx, s.nameOf(p))
	if err != nil {
		return receipt{}, err
	}
	if what := s.harmToShard(p, known, now); what != "" {
		s.reportHarm(ctx, []string{harmTo(s.nameOf(p), what)})
		s.looked = time.Time{}
	}
	if now == nil {
		return receipt{}, nil
	}
	return receipt{resourceVersion: now.ResourceVersion}, nil
}

// cover makes sure that the anchor is ours before a ConfigMap is created: where
// nothing stands, no resourceVersion stops a former leader.
func (s *Store) cover(ctx context.Context) error {
	anchor, err := s.get(ctx, s.opts.Name)
	if err != nil {
		return err
	}
	if s.harmToAnchor(anchor) != nil {
		s.doubt, s.looked = true, time.Time{}
		return errUncovered
	}
	return nil
}

// get returns a ConfigMap, nil if there is none, and ErrFenced if it is of a newer
// leader.
func (s *Store) get(ctx context.Context, name string) (*corev1.ConfigMap, error) {
	now, err := s.maps().Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading state ConfigMap %s: %w", name, err)
	}
	if number(now, annotationEpoch) > s.fence.epoch {
		return nil, ErrFenced
	}
	return now, nil
}
