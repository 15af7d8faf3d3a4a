package state

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Content is what was stored: by section and key, the JSON values.
type Content map[string]map[string]json.RawMessage

// Problem is one ConfigMap of ours that could not be read. Its entries are
// absent from the Content, and the leader writes it anew.
type Problem struct {
	ConfigMap string
	// Section is of what it held a piece; empty where even that is not known.
	Section string
	Err     error
}

func (p Problem) Error() string { return fmt.Sprintf("state ConfigMap %s: %v", p.ConfigMap, p.Err) }

// Load reads everything that is stored. It changes nothing, so every replica may
// call it, before Run. Damaged shards are Problems; an error means that nothing was read.
func (s *Store) Load(ctx context.Context) (Content, []Problem, error) {
	stored, err := s.list(ctx)
	if err != nil {
		return nil, nil, err
	}
	content, problems := decode(stored.Items)
	s.reportDamage(problems)
	return content, problems, nil
}

func (s *Store) list(ctx context.Context) (*corev1.ConfigMapList, error) {
	list, err := s.maps().List(ctx, metav1.ListOptions{LabelSelector: Selector(s.opts.Name)})
	if err != nil {
		return nil, fmt.Errorf("listing state ConfigMaps in namespace %s: %w", s.opts.Namespace, err)
	}
	return list, nil
}

// decode merges the shards. A crash between two writes can leave an entry in
// two shards; the one that was written last counts.
func decode(stored []corev1.ConfigMap) (Content, []Problem) {
	ordered := slices.Clone(stored)
	slices.SortStableFunc(ordered, func(a, b corev1.ConfigMap) int {
		return cmp.Or(
			cmp.Compare(number(&a, annotationEpoch), number(&b, annotationEpoch)),
			cmp.Compare(number(&a, annotationRevision), number(&b, annotationRevision)),
			cmp.Compare(a.Name, b.Name),
		)
	})
	content := Content{}
	var problems []Problem
	for i := range ordered {
		if err := content.add(&ordered[i]); err != nil {
			p, _ := placeOf(&ordered[i])
			problems = append(problems, Problem{ConfigMap: ordered[i].Name, Section: p.section, Err: err})
		}
	}
	return content, problems
}

func (c Content) add(cm *corev1.ConfigMap) error {
	p, ok := placeOf(cm)
	if !ok {
		return nil
	}
	s, err := unpack(cm.BinaryData[dataKey])
	if err != nil {
		return err
	}
	if s.Section != p.section {
		return fmt.Errorf("it is labelled as section %q and holds %q", p.section, s.Section)
	}
	if c[s.Section] == nil {
		c[s.Section] = map[string]json.RawMessage{}
	}
	for key, value := range s.Entries {
		c[s.Section][key] = value
	}
	return nil
}
