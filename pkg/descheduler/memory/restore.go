package memory

import (
	"bytes"
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

// limiting are the entries that limit moves. They are stored together, so that each is
// there where any other is.
var limiting = []string{keyReal, keyMoving, keyDry}

// Restore returns what entries remember. What cannot be read is forgotten, and named in
// the error; where that are budgets or moves under way, they count as used up for the
// next hour. So do those that are missing, though something was stored. lost says that more
// was stored than the entries, or may have been; nil says that they are all there was, and
// no entries then that there never were any.
func Restore(now time.Time, entries map[string]json.RawMessage, lost error) (*Memory, error) {
	m, at := New(), door(now)
	var faults []error
	fault := func(key string, err error) {
		faults = append(faults, fmt.Errorf("reading what the descheduler remembers, entry %q: %w", key, err))
		m.mistrust(at, key)
	}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if err := m.restore(key, entries[key]); err != nil {
			fault(key, err)
		}
	}
	for _, key := range limiting {
		switch _, found := entries[key]; {
		case lost != nil:
			m.mistrust(at, key)
		case !found && len(entries) > 0:
			fault(key, errMissing)
		}
	}
	m.Forget(now)
	return m, errors.Join(append(faults, lost)...)
}

var (
	errMissing = errors.New("it is missing, though others are there")
	errNull    = errors.New("it is null")
)

// mistrust lets what could not be read count as used up.
func (m *Memory) mistrust(now time.Time, key string) {
	switch key {
	case keyReal, keyMoving:
		m.real.Blind = now.Add(slides)
	case keyDry:
		m.dry.Blind = now.Add(slides)
	}
}

func (m *Memory) restore(key string, value json.RawMessage) error {
	hour, counts := strings.CutPrefix(key, keyCounts)
	switch {
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
	if isNull(value) {
		return errNull
	}
	if read.Owners == nil {
		read.Owners = map[string]*Owner{}
	}
	if read.Nodes == nil {
		read.Nodes = map[string]*Node{}
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
	all := len(read)
	read = slices.DeleteFunc(read, func(r Record) bool { return r.UID == "" || len(r.Rules) == 0 })
	m.records = read[max(0, len(read)-maxRecords):]
	return dropped(all-len(read), "evictions without a UID or without rules")
}

// dropped tells of what was read and makes no sense; nil where that is nothing.
func dropped(n int, what string) error {
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d %s, which are left out", n, what)
}

// isNull reports whether a value that was read is JSON's null.
func isNull(value json.RawMessage) bool { return string(bytes.TrimSpace(value)) == "null" }

func (m *Memory) restoreMoving(value json.RawMessage) error {
	var read []*Moving
	if err := json.Unmarshal(value, &read); err != nil {
		return err
	}
	all, known := len(read), map[string]bool{}
	m.moving = slices.DeleteFunc(read, func(v *Moving) bool {
		bad := v == nil || v.UID == "" || v.Owner == "" || v.Node == "" || known[v.UID]
		if !bad {
			known[v.UID] = true
			v.mend()
		}
		return bad
	})
	return dropped(all-len(m.moving), "moves without a UID, owner or node, or twice there")
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
