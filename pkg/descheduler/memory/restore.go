package memory

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Restore returns what entries remember. What cannot be read is forgotten, and named in
// the error; where that are budgets or moves under way, they count as used up for the
// next hour.
func Restore(now time.Time, entries map[string]json.RawMessage) (*Memory, error) {
	m := New()
	var faults []error
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if err := m.restore(key, entries[key]); err != nil {
			faults = append(faults, fmt.Errorf("reading what the descheduler remembers, entry %q: %w", key, err))
			m.mistrust(door(now), key)
		}
	}
	m.Forget(now)
	return m, errors.Join(faults...)
}

// mistrust lets what could not be read count as used up.
func (m *Memory) mistrust(now time.Time, key string) {
	switch key {
	case keyReal, keyMoving:
		m.real.Blind = now.Add(slides)
	case keyDry:
		m.dry.Blind = now.Add(slides)
	case KeyLost:
		m.real.Blind, m.dry.Blind = now.Add(slides), now.Add(slides)
	}
}

func (m *Memory) restore(key string, value json.RawMessage) error {
	hour, counts := strings.CutPrefix(key, keyCounts)
	switch {
	case key == KeyLost:
		return fmt.Errorf("a piece of it is lost: %s", value)
	case key == keyReal:
		return m.real.restore(value)
	case key == keyDry:
		return m.dry.restore(value)
	case key == keyMoving:
		return m.restoreMoving(value)
	case key == keyRecords:
		return m.restoreRecords(value)
	case counts:
		return m.restoreCounts(hour, value)
	case strings.HasPrefix(key, keyRefusals):
		return m.restoreRefusals(value)
	}
	return nil // of a newer version
}

func (s *side) restore(value json.RawMessage) error {
	read := newSide()
	if err := json.Unmarshal(value, &read); err != nil {
		return err
	}
	maps.DeleteFunc(read.Owners, func(_ string, o *Owner) bool { return o == nil })
	maps.DeleteFunc(read.Nodes, func(_ string, n *Node) bool { return n == nil })
	blind := s.Blind
	if *s = read; blind.After(s.Blind) {
		s.Blind = blind
	}
	return nil
}

func (m *Memory) restoreRecords(value json.RawMessage) error {
	var read []Record
	if err := json.Unmarshal(value, &read); err != nil {
		return err
	}
	m.records = read[max(0, len(read)-maxRecords):]
	return nil
}

func (m *Memory) restoreMoving(value json.RawMessage) error {
	var read []*Moving
	if err := json.Unmarshal(value, &read); err != nil {
		return err
	}
	m.moving = slices.DeleteFunc(read, func(v *Moving) bool { return v == nil })
	for _, v := range m.moving {
		v.mend()
	}
	return nil
}

// mend gives a move at a step of another version the step that its times tell.
func (v *Moving) mend() {
	switch {
	case v.Step.waits() != "":
	case v.Left.IsZero():
		v.Step = WaitingForGone
	case v.Bound.IsZero():
		v.Step = WaitingForReplacement
	default:
		v.Step = Verifying
	}
}

func (m *Memory) restoreCounts(hour string, value json.RawMessage) error {
	var of []countsOf
	if err := json.Unmarshal(value, &of); err != nil {
		return err
	}
	m.counts[hour] = map[rules.Key]map[plan.Reason]int{}
	for _, c := range of {
		m.counts[hour][c.Rule] = c.Counts
	}
	return nil
}

func (m *Memory) restoreRefusals(value json.RawMessage) error {
	var of refusalsOf
	if err := json.Unmarshal(value, &of); err != nil {
		return err
	}
	maps.DeleteFunc(of.Nodes, func(_ string, r *Refusal) bool { return r == nil })
	m.refusals[of.Rule] = of.Nodes
	return nil
}
