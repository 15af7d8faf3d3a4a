package engine

import (
	"math"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
)

// Samples is the telemetry that the engine reads: an immutable snapshot.
type Samples interface {
	// Sample returns the newest value of a metric on a node in the metric's
	// unit, and the time at which it was measured. unknown is empty for a usable
	// value; otherwise it says in a few words why there is none.
	Sample(metric, node string) (value float64, at time.Time, unknown string)
	// Window returns the time that the newest usable value of a metric on a node
	// averages over; 0 for the value of an instant.
	Window(metric, node string) time.Duration
}

// Node is what the engine knows of a Kubernetes node. Nodes come from
// Kubernetes, never from telemetry.
type Node struct {
	Name    string
	Labels  labels.Set
	Created time.Time
	// Ignore holds the rule names of the node's ignore annotation.
	Ignore      IgnoreList
	Allocatable Amounts
	Capacity    Amounts
	// Flights are the pods of the node that telemetry may not see whole; see Horizon.
	Flights []Flight
}

// size is what a node has.
type size struct{ allocatable, capacity Amounts }

func sizesOf(nodes []Node) []size {
	out := make([]size, len(nodes))
	for i := range nodes {
		out[i] = size{nodes[i].Allocatable, nodes[i].Capacity}
	}
	return out
}

// total is what the shares of a metric refer to, in cores, bytes or pods.
func (s *size) total(of rules.InFlight) float64 {
	if of.Of == rules.OfCapacity {
		return s.capacity.of(of.Resource)
	}
	return s.allocatable.of(of.Resource)
}

// Amounts are quantities of the resources that a pod takes: cores, bytes, pods.
type Amounts struct {
	CPU, Memory, Pods float64
}

// Plus returns the sum of two amounts.
func (a Amounts) Plus(b Amounts) Amounts {
	return Amounts{CPU: a.CPU + b.CPU, Memory: a.Memory + b.Memory, Pods: a.Pods + b.Pods}
}

func (a Amounts) minus(b Amounts) Amounts {
	return Amounts{CPU: a.CPU - b.CPU, Memory: a.Memory - b.Memory, Pods: a.Pods - b.Pods}
}

func (a Amounts) of(r rules.Resource) float64 {
	switch r {
	case rules.ResourceCPU:
		return a.CPU
	case rules.ResourceMemory:
		return a.Memory
	}
	return a.Pods
}

// at points to the amount of one resource.
func (a *Amounts) at(r rules.Resource) *float64 {
	switch r {
	case rules.ResourceCPU:
		return &a.CPU
	case rules.ResourceMemory:
		return &a.Memory
	}
	return &a.Pods
}

// finite counts the amounts that ask for something.
func (a Amounts) finite() (n int) {
	for _, r := range resources {
		if !math.IsInf(a.of(r), -1) {
			n++
		}
	}
	return n
}

// only returns value for one resource and rest for the others.
func only(r rules.Resource, value, rest float64) Amounts {
	a := Amounts{CPU: rest, Memory: rest, Pods: rest}
	switch r {
	case rules.ResourceCPU:
		a.CPU = value
	case rules.ResourceMemory:
		a.Memory = value
	case rules.ResourcePods:
		a.Pods = value
	}
	return a
}

// Most returns the greater of each amount.
func (a Amounts) Most(b Amounts) Amounts {
	return Amounts{CPU: math.Max(a.CPU, b.CPU), Memory: math.Max(a.Memory, b.Memory), Pods: math.Max(a.Pods, b.Pods)}
}

// least returns the lesser of each amount; −Inf counts as no amount.
func (a Amounts) least(b Amounts) Amounts {
	for _, pair := range [...]struct{ a, b *float64 }{{&a.CPU, &b.CPU}, {&a.Memory, &b.Memory}, {&a.Pods, &b.Pods}} {
		if *pair.b < *pair.a && !math.IsInf(*pair.b, -1) {
			*pair.a = *pair.b
		}
	}
	return a
}

// exceeds reports whether every amount is greater than its limit.
func (a Amounts) exceeds(limit Amounts) bool {
	return a.CPU > limit.CPU && a.Memory > limit.Memory && a.Pods > limit.Pods
}

// within reports whether no amount is greater than its limit.
func (a Amounts) within(limit Amounts) bool {
	return a.CPU <= limit.CPU && a.Memory <= limit.Memory && a.Pods <= limit.Pods
}
