package state

import (
	"context"
	"errors"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// flush writes the sections that were put since the last success or that somebody
// else harmed, the most important first. A section that cannot be written is pending again and does
// not hold up the others.
func (s *Store) flush(ctx context.Context) error {
	pending, awaited := s.takePending()
	var failed []error
	for _, section := range s.opts.Sections {
		if err := s.flushSection(ctx, section, pending); err != nil {
			failed = append(failed, fmt.Errorf("section %s: %w", section, err))
			continue
		}
		delete(pending, section)
		for _, done := range awaited[section] {
			close(done)
		}
		delete(awaited, section)
	}
	s.putBack(pending, awaited)
	return errors.Join(failed...)
}

func (s *Store) flushSection(ctx context.Context, section string, pending map[string][]Entry) error {
	if entries, found := pending[section]; found {
		return s.writeSection(ctx, section, entries)
	}
	if now, known := s.current[section]; known && s.harmed[section] {
		return s.writeShards(ctx, section, now)
	}
	return nil
}

// takePending returns what is to be written, and who waits for it.
func (s *Store) takePending() (map[string][]Entry, map[string][]chan<- struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken, awaited := s.pending, s.awaited
	s.pending, s.awaited = map[string][]Entry{}, map[string][]chan<- struct{}{}
	return taken, awaited
}

// putBack keeps what was put meanwhile, which is newer. Who has waited goes on.
func (s *Store) putBack(taken map[string][]Entry, awaited map[string][]chan<- struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(taken, s.pending)
	for section, more := range s.awaited {
		awaited[section] = append(awaited[section], more...)
	}
	s.pending, s.awaited = taken, awaited
}

func (s *Store) writeSection(ctx context.Context, section string, entries []Entry) error {
	arranged, err := arrange(section, entries, s.count(section), s.budget(section))
	if err != nil {
		return err
	}
	if err := s.writeShards(ctx, section, arranged); err != nil {
		return err
	}
	for p := range s.written {
		if p.section == section && p.index >= len(arranged.shards) {
			if err := s.removeShard(ctx, p); err != nil {
				return err
			}
		}
	}
	s.reportBound(section, arranged)
	s.current[section] = arranged
	return nil
}

// writeShards writes the shards of a section that do not stand there already.
func (s *Store) writeShards(ctx context.Context, section string, l layout) error {
	s.fence.revision++
	for i, data := range l.shards {
		if err := s.writeShard(ctx, place{section, i}, data); err != nil {
			return err
		}
	}
	delete(s.harmed, section)
	return nil
}

// count returns the number of shards that a section has now.
func (s *Store) count(section string) int {
	n := 0
	for p := range s.written {
		if p.section == section {
			n = max(n, p.index+1)
		}
	}
	return min(n, maxShards)
}

// budget returns the bytes that the more important sections leave.
func (s *Store) budget(section string) int {
	left := s.opts.MaxBytes
	for _, other := range s.opts.Sections {
		if other == section {
			break
		}
		left -= s.current[other].bytes()
	}
	return left
}

// writeShard stores data unless it stands there already. A ConfigMap that
// somebody edited or made in our place is taken back; one of a newer leader
// ends our writing.
func (s *Store) writeShard(ctx context.Context, p place, data []byte) error {
	known, found := s.written[p]
	if found && known.digest == digest(data) {
		return nil
	}
	if found { // a write whose answer is lost leaves either there
		s.written[p] = receipt{resourceVersion: known.resourceVersion}
	}
	stored, err := s.storeShard(ctx, s.newShard(p, data, known.resourceVersion))
	if raced(err) || apierrors.IsNotFound(err) {
		if known, err = s.lookAgain(ctx, p, known); err != nil {
			return err
		}
		stored, err = s.storeShard(ctx, s.newShard(p, data, known.resourceVersion))
	}
	if err != nil {
		return fmt.Errorf("writing state ConfigMap %s: %w", s.nameOf(p), err)
	}
	s.written[p] = receiptOf(stored)
	shardWrites.Inc()
	return nil
}

func (s *Store) storeShard(ctx context.Context, cm *corev1.ConfigMap) (*corev1.ConfigMap, error) {
	if cm.ResourceVersion == "" {
		if err := s.cover(ctx); err != nil {
			return nil, err
		}
	}
	return s.store(ctx, cm)
}

func (s *Store) store(ctx context.Context, cm *corev1.ConfigMap) (*corev1.ConfigMap, error) {
	if cm.ResourceVersion == "" {
		return s.maps().Create(ctx, cm, metav1.CreateOptions{})
	}
	return s.maps().Update(ctx, cm, metav1.UpdateOptions{})
}

func (s *Store) removeShard(ctx context.Context, p place) error {
	version := s.written[p].resourceVersion
	err := s.maps().Delete(ctx, s.nameOf(p), metav1.DeleteOptions{Preconditions: &metav1.Preconditions{ResourceVersion: &version}})
	if raced(err) {
		if s.written[p], err = s.lookAgain(ctx, p, receipt{}); err == nil {
			err = errors.New("somebody else has changed it")
		}
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("deleting state ConfigMap %s: %w", s.nameOf(p), err)
	}
	delete(s.written, p)
	return nil
}
