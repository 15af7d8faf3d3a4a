package engine

import (
	"time"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// leaf is a compiled comparison.
type leaf struct {
	*rules.Leaf
	metric rules.Metric
	// column is the index of the metric's column.
	column int
	// holds compares a value with a level.
	holds func(value, level float64) bool
	// rises and falls are set where a pod moves the value towards making the leaf True,
	// and False.
	rises, falls bool
}

var comparisons = map[rules.Op]func(value, level float64) bool{
	rules.Above:    func(v, level float64) bool { return v > level },
	rules.AtLeast:  func(v, level float64) bool { return v >= level },
	rules.Below:    func(v, level float64) bool { return v < level },
	rules.AtMost:   func(v, level float64) bool { return v <= level },
	rules.Equal:    func(v, level float64) bool { return v == level },
	rules.NotEqual: func(v, level float64) bool { return v != level },
}

// observe says what a sample means for a leaf that was True before or was not:
// between the threshold and the clear level it stays what it was.
func (l *leaf) observe(s *sample, now instant, was bool) observation {
	switch {
	case !s.usable(now, l.metric.MaxAge):
		return observation{}
	case l.isTrue(s.value, was):
		return observation{True, s.at}
	}
	return observation{False, s.at}
}

// isTrue says what a value means for a leaf that was True before or was not.
func (l *leaf) isTrue(value float64, was bool) bool {
	return l.holds(value, l.Threshold) || was && l.holds(value, l.Clear)
}

// awaits reports whether a node is so young that the leaf's first sample may
// still come.
func (l *leaf) awaits(s *sample, young bool) bool { return young && s.at == 0 }

// longestMaxAge is how long a rule with these leaves goes on without telemetry.
func longestMaxAge(leaves []leaf) time.Duration {
	var longest time.Duration
	for i := range leaves {
		longest = max(longest, leaves[i].metric.MaxAge)
	}
	return longest
}
