package state

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
)

// takeOver raises the epoch on the anchor, then stamps it on every shard. Each
// stamp changes the shard's resourceVersion, so that a write of the former
// leader that is still under way fails.
func (s *Store) takeOver(ctx context.Context) error {
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
	for i := range stored {
		p, ok := placeOf(&stored[i])
		if !ok {
			continue
		}
		s.fence.revision = max(s.fence.revision, number(&stored[i], annotationRevision))
		if written[p], err = s.stamp(ctx, &stored[i]); err != nil {
			return fmt.Errorf("taking over the state: %w", err)
		}
	}
	s.written = written
	return nil
}

func (s *Store) raiseEpoch(ctx context.Context) (epoch int64, err error) {
	err = retry.OnError(retry.DefaultRetry, raced, func() error {
		anchor, err := s.maps().Get(ctx, s.opts.Name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			epoch, err = s.createAnchor(ctx)
			return err
		}
		if err != nil {
			return err
		}
		epoch = number(anchor, annotationEpoch) + 1
		setEpoch(anchor, epoch)
		_, err = s.maps().Update(ctx, anchor, metav1.UpdateOptions{})
		return err
	})
	return epoch, err
}

// createAnchor begins above whatever the shards carry, so that a deleted anchor
// does not turn the epochs back.
func (s *Store) createAnchor(ctx context.Context) (int64, error) {
	stored, err := s.list(ctx)
	if err != nil {
		return 0, err
	}
	var highest int64
	for i := range stored {
		highest = max(highest, number(&stored[i], annotationEpoch))
	}
	_, err = s.maps().Create(ctx, s.newAnchor(highest+1), metav1.CreateOptions{})
	return highest + 1, err
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
	return receipt{resourceVersion: cm.ResourceVersion, digest: digest(cm.BinaryData[dataKey])}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return string(sum[:])
}
