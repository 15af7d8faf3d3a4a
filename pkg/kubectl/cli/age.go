package cli

import (
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
)

// Age is how long ago something was, as kubectl says it; "-" for the zero time. What
// clocks that differ put into the future is 0s old.
func Age(now, at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return duration.HumanDuration(max(0, now.Sub(at)))
}
