package memory

import (
	"cmp"
	"slices"
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/descheduler/plan"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Count says how often a rule did something, or did nothing for a reason, in an hour.
type Count struct {
	// Hour is when the hour began.
	Hour   time.Time
	Rule   rules.Key
	Reason plan.Reason
	Count  int
}

// tooMany is the rule under which is counted what is beyond the bound of an hour.
var tooMany = rules.Key{}

func hourOf(t time.Time) string { return t.Truncate(time.Hour).Format(time.RFC3339) }

func (m *Memory) count(now time.Time, rule rules.Key, reason plan.Reason) {
	hour := hourOf(now)
	if m.counts[hour] == nil {
		m.counts[hour] = map[rules.Key]map[plan.Reason]int{}
	}
	of := m.counts[hour]
	if of[rule][reason] == 0 && size(of) >= maxCounts {
		rule = tooMany
	}
	if of[rule] == nil {
		of[rule] = map[plan.Reason]int{}
	}
	of[rule][reason]++
}

func (m *Memory) countAll(now time.Time, of []rules.Key, reason plan.Reason) {
	for _, rule := range of {
		m.count(now, rule, reason)
	}
}

// size is how many counts there are, but for those beyond the bound.
func size(of map[rules.Key]map[plan.Reason]int) (n int) {
	for rule, reasons := range of {
		if rule != tooMany {
			n += len(reasons)
		}
	}
	return n
}

// forgetCounts drops the hours that ended 24 h ago.
func (m *Memory) forgetCounts(now time.Time) {
	for hour := range m.counts {
		if began, err := time.Parse(time.RFC3339, hour); err != nil || now.Sub(began) >= remembers+time.Hour || tooFar(now, began) {
			delete(m.counts, hour)
		}
	}
}

// Counts returns the counts of the last 24 hours, the newest hour first, then by rule
// and reason. What has an empty rule was beyond the bound of its hour.
func (m *Memory) Counts() (out []Count) {
	for hour, of := range m.counts {
		began, _ := time.Parse(time.RFC3339, hour) // Restore keeps no other
		for rule, reasons := range of {
			for reason, n := range reasons {
				out = append(out, Count{began.UTC(), rule, reason, n})
			}
		}
	}
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(b.Hour.Compare(a.Hour), compareRules(a.Rule, b.Rule), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}
