package state

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
)

// takeOver raises the epoch on the anchor, then stamps it on every shard. Each
// stamp changes the shard's resourceVersion, so that a write of the former
// leader that is still under way fails.
func (s *Store) takeOver(ctx context.Context, now time.Time) error {
	epoch, err := s.raiseEpoch(ctx)
	if err != nil {
		return fmt.Errorf("taking over the state: %w", err)
	}
	s.fence = fence{epoch: epoch}
	stored, err := s.list(ctx)
	if err != nil {
		return err
	}
	written := map[place]receipt{}
	for i := range stored.Items {
		cm := &stored.Items[i]
		p, ok := placeOf(cm)
		if !ok {
			continue
		}
		s.fence.revision = max(s.fence.revision, number(cm, annotationRevision))
		if written[p], err = s.stamp(ctx, cm); err != nil {
			return fmt.Errorf("taking over the state: %w", err)
		}
	}
	s.written, s.looked = written, now
	return nil
}

func (s *Store) raiseEpoch(ctx context.Context) (epoch int64, err error) {
	err = retry.OnError(retry.DefaultRetry, raced, func() error {
		if epoch, err = s.nextEpoch(ctx); err != nil {
			return err
		}
		anchor, err := s.maps().Get(ctx, s.opts.Name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			_, err = s.maps().Create(ctx, s.newAnchor(epoch), metav1.CreateOptions{})
			return err
		}
		if err != nil {
			return err
		}
		epoch = max(epoch, number(anchor, annotationEpoch)+1)
		setEpoch(anchor, epoch)
		anchor.Data = s.opts.Open()
		_, err = s.maps().Update(ctx, anchor, metav1.UpdateOptions{})
		return err
	})
	return epoch, err
}

// nextEpoch is above whatever our ConfigMaps carry, and above the resourceVersion
// that the server has reached. No epoch exceeds that of the write which set it, so
// epochs do not turn back even where every ConfigMap was deleted.
func (s *Store) nextEpoch(ctx context.Context) (int64, error) {
	stored, err := s.list(ctx)
	if err != nil {
		return 0, err
	}
	// A server whose versions are no numbers leaves us what is stored.
	highest, _ := strconv.ParseInt(stored.ResourceVersion, 10, 64)
	for i := range stored.Items {
		highest = max(highest, number(&stored.Items[i], annotationEpoch))
	}
	return highest + 1, nil
}

// stamp writes our epoch on a shard and leaves its data alone.
func (s *Store) stamp(ctx context.Context, cm *corev1.ConfigMap) (receipt, error) {
	var out receipt
	err := retry.OnError(retry.DefaultRetry, raced, func() error {
		setEpoch(cm, s.fence.epoch)
		stamped, err := s.maps().Update(ctx, cm, metav1.UpdateOptions{})
		if err == nil {
			out = receiptOf(stamped)
			return nil
		}
		if apierrors.IsConflict(err) {
			return s.reread(ctx, cm, err)
		}
		return err
	})
	return out, err
}

// reread refreshes cm after a conflict and returns the conflict, to try again,
// unless a newer leader is seen.
func (s *Store) reread(ctx context.Context, cm *corev1.ConfigMap, conflict error) error {
	now, err := s.maps().Get(ctx, cm.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if number(now, annotationEpoch) > s.fence.epoch {
		return ErrFenced
	}
	*cm = *now
	return conflict
}

func setEpoch(cm *corev1.ConfigMap, epoch int64) {
	if cm.Annotations == nil {
		cm.Annotations = map[string]string{}
	}
	cm.Annotations[annotationEpoch] = strconv.FormatInt(epoch, 10)
}

func raced(err error) bool { return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) }

func receiptOf(cm *corev1.ConfigMap) receipt {
	return receipt{cm.ResourceVersion, number(cm, annotationRevision), digest(cm.BinaryData[dataKey])}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return string(sum[:])
}
