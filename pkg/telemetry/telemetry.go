// Package telemetry reads measurements of nodes from the back ends that an
// operator configured, and hands them on as immutable, timestamped snapshots.
//
// A Source brings Readings; a Snapshot takes them in, refuses what cannot be
// trusted and keeps the reason; Builtins shows a Snapshot as the metrics that
// rules name. Nothing here decides how old a sample may be: rules do.
//
// Source and the types that it speaks of are promised to other programs;
// docs/extending.md says what that means, and how to write one.
package telemetry

import (
	"context"
	"time"
)

// Source reads one back end. Implementations are safe for concurrent use; at
// most one Collect is under way at a time for each source.
type Source interface {
	// Collect reads the wanted metrics of the given nodes once. It honours the
	// context's deadline. A reading may be partial: see Reading. An error means
	// that nothing could be read at all, so that every older sample goes on ageing.
	Collect(ctx context.Context, want Request) (*Reading, error)
}

// Request says what one Collect should read. A source may bring more than that.
type Request struct {
	// Nodes are the nodes of the cluster, for sources that ask each one and to
	// say of which node there is no value.
	Nodes []Node
	// Metrics are those that are due. UsedCPU and UsedMemory are the two that
	// sources without queries serve.
	Metrics []Metric
	// PodNode returns the node on which a pod of that address runs. It is nil where
	// nobody knows.
	PodNode func(ip string) (node string, found bool)
}

// Node is what a source needs to know to reach and match a node.
type Node struct {
	Name string
	// UID tells a node from an earlier one of the same name, whose counters are
	// not its own. It may be empty.
	UID string
	// Addresses are the node's addresses in the order of the node's status.
	Addresses []Address
	// KubeletPort is the port of status.daemonEndpoints; 0 where there is none.
	KubeletPort int32
	Labels      map[string]string
	Annotations map[string]string
}

// Address is one address of a node with its type (InternalIP, Hostname, …).
type Address struct{ Type, Address string }

// The two raw measurements of the built-in sources: measured use in cores
// (averaged over the source's window) and the working set in bytes.
const (
	UsedCPU    = "used-cpu"
	UsedMemory = "used-memory"
)

// Key names one value of a reading.
type Key struct{ Metric, Node string }

// Sample is one measured value in the metric's unit.
type Sample struct {
	Value float64
	// Time is when the value was measured, in the source's best knowledge.
	Time time.Time
	// Window is the time that the value averages over; 0 for an instant.
	Window time.Duration
}

// Reading is what one Collect brought. It is not changed after it is returned.
//
// A wanted value that is in none of the maps is absent: the source answered and
// has none.
type Reading struct {
	// Metrics names those that the reading is about; nil for all that the source
	// has. What is known of other metrics stands.
	Metrics []string
	Samples map[Key]Sample
	// Problems says, for people, why the source has no usable value although it
	// answered. The value is unknown from now on.
	Problems map[Key]string
	// Missed says, for people, why a node could not be asked this time; its key
	// is the node's name. What was known of the node goes on ageing, as if the
	// whole source had failed.
	Missed map[string]string
	// Faults says, for people, why a metric could not be read at all this time; its
	// key is the metric's name. What was known of it goes on ageing.
	Faults map[string]string
	// Joins says how the series of a metric found their nodes; nil for sources
	// that are asked by the node's name.
	Joins map[string]*JoinTable
	// Notes says, for people, what is odd about the source although it could be read,
	// such as a clock that is far off.
	Notes []string
	// Ahead is by how much the clock of the source is ahead of ours, negative where it is
	// behind; nil for a source that does not say what time it is.
	Ahead *time.Duration
}
