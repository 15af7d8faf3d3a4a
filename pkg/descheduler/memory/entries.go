package memory

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Entry is a part of what is stored, under its key.
type Entry struct {
	Key   string
	Value json.RawMessage
}

// Keys of entries; refusals and counts have one for each rule and hour.
const (
	keyReal     = "real"
	keyDry      = "dry"
	keyMoving   = "moving"
	keyRecords  = "records"
	keyRefusals = "refusals/"
	keyCounts   = "counts/"
)

// refusalsOf is an entry of refusals.
type refusalsOf struct {
	Rule  rules.Key           `json:"rule"`
	Nodes map[string]*Refusal `json:"nodes"`
}

// countsOf are the counts of one rule.
type countsOf struct {
	Rule   rules.Key           `json:"rule"`
	Counts map[plan.Reason]int `json:"counts"`
}

// Entries returns what must survive a restart, the most important first. Fields are
// only ever added, and unknown ones passed over.
func (m *Memory) Entries() []Entry {
	out := []Entry{entry(keyReal, m.real), entry(keyMoving, m.moving), entry(keyDry, m.dry), entry(keyRecords, m.records)}
	for _, hour := range slices.Backward(slices.Sorted(maps.Keys(m.counts))) {
		of := make([]countsOf, 0, len(m.counts[hour]))
		for _, rule := range slices.SortedFunc(maps.Keys(m.counts[hour]), compareRules) {
			of = append(of, countsOf{rule, m.counts[hour][rule]})
		}
		out = append(out, entry(keyCounts+hour, of))
	}
	for _, rule := range slices.SortedFunc(maps.Keys(m.refusals), compareRules) {
		out = append(out, entry(keyRefusals+rule.String(), refusalsOf{rule, m.refusals[rule]}))
	}
	return out
}

func entry(key string, value any) Entry {
	text, _ := json.Marshal(value) // numbers that are finite, strings, times and maps of them always marshal
	return Entry{key, text}
}
