package engine

import "time"

// sample is what is known of one metric on one node.
type sample struct {
	// value and at are those of the newest sample ever accepted; at is 0 before.
	value float64
	at    instant
	// window is the time that value averages over.
	window time.Duration
	// unit is what one of the metric's unit is on the node in cores, bytes or pods, and
	// unseen what value does not show of the node's pods, in the same; both are 0 where
	// pods make no difference to the metric.
	unit, unseen float64
	// missing says why there is no value now; empty where there is one.
	missing string
}

// accept returns the sample after one more reading, without what pods make of it. An
// earlier one than the newest is no news: two servers behind one address may answer in
// turn.
func (s sample) accept(value float64, at time.Time, window time.Duration, missing string) sample {
	s.missing, s.unit, s.unseen = missing, 0, 0
	if missing == "" && instantOf(at) >= s.at {
		s.value, s.at, s.window = value, instantOf(at), window
	}
	return s
}

// usable reports whether the value stands at a time.
func (s *sample) usable(now instant, maxAge time.Duration) bool {
	return s.missing == "" && s.at != 0 && now.since(s.at) <= maxAge
}

// column holds the samples of one metric by node slot.
type column []sample

// readColumn reads one metric of all nodes, on top of what the former Board knew.
func readColumn(metric string, nodes *roster, from []int, former column, samples Samples) column {
	out := make(column, len(nodes.names))
	for i, name := range nodes.names {
		if from[i] >= 0 && former != nil {
			out[i] = former[from[i]]
		}
		value, at, missing := samples.Sample(metric, name)
		if missing == "" {
			missing = nodes.foreign(i, at)
		}
		out[i] = out[i].accept(value, at, samples.Window(metric, name), missing)
	}
	return out
}

// foreign says why a sample is not the node's own; empty where it is. Sources know nodes
// by name, so that a node made anew is handed what another one of its name used.
func (r *roster) foreign(slot int, at time.Time) string {
	if at.IsZero() || instantOf(at) >= r.created[slot] {
		return ""
	}
	return "the newest sample is older than the node, which was created at " + r.created[slot].time().Format(time.TimeOnly) + " UTC"
}
