package prometheus

import (
	"fmt"
	"slices"
	"time"
)

// reportedSkew is by how much a clock may differ from ours before people are told.
const reportedSkew = 30 * time.Second

// clocks turns the times of a server into ours. The replicas behind one address may
// each have a clock of their own, so that several are known.
//
// A known difference is used again as long as it fits: the same sample has the same
// time in each reading, however long the answer was under way.
type clocks struct{ known []time.Duration }

const (
	// clockSlack is by how much a known difference may be wrong.
	clockSlack = 2 * time.Second
	// maxClocks bounds the known differences.
	maxClocks = 8
)

// offset returns by how much a server's clock is ahead of ours, which said server
// between sent and received.
func (c *clocks) offset(server, sent, received time.Time) time.Duration {
	for _, d := range append([]time.Duration{0}, c.known...) {
		if ours := server.Add(-d); !ours.Before(sent.Add(-clockSlack)) && !ours.After(received.Add(clockSlack)) {
			return d
		}
	}
	d := server.Sub(received)
	if server.Before(sent) {
		d = server.Sub(sent)
	}
	c.known = slices.Insert(c.known, 0, d)
	c.known = c.known[:min(len(c.known), maxClocks)]
	return d
}

// skewed tells people of a clock that is far off; empty where it is not.
func skewed(offset time.Duration) string {
	switch {
	case offset > reportedSkew:
		return fmt.Sprintf("the clock of the server is %v ahead of ours; ages are taken in its own", offset.Round(time.Second))
	case offset < -reportedSkew:
		return fmt.Sprintf("the clock of the server is %v behind ours; ages are taken in its own", -offset.Round(time.Second))
	}
	return ""
}
