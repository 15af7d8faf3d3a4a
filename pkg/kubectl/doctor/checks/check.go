// Package checks holds what "kubectl telemetry doctor" looks at: one check a file.
package checks

import (
	"context"
	"fmt"
	"slices"
)

// Severity says what follows from a finding.
type Severity string

// An Error keeps something from working that was asked for; a Warning works otherwise than
// it looks. A Note is no fault: somebody should know it. Unknown is what could not be looked
// at, which is never taken for healthy.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
	Unknown Severity = "unknown"
)

// Finding is one thing that is wrong.
type Finding struct {
	// Check is the name of the check that found it.
	Check    string   `json:"check"`
	Severity Severity `json:"severity"`
	// Object is what it is about, in words that kubectl takes: kind/name, with
	// "-n namespace" behind it where it has one.
	Object string `json:"object,omitempty"`
	// What is wrong, and why that matters.
	What string `json:"what"`
	Why  string `json:"why"`
	// Advice says what to do where that depends on something that nobody but the reader
	// knows.
	Advice string `json:"advice,omitempty"`
	// Mend is the command that mends it. Where none of kubectl does, Look is one that shows
	// more.
	Mend string `json:"mend,omitempty"`
	Look string `json:"look,omitempty"`
}

// Check looks at one thing.
type Check struct {
	Name string
	// About says what it looks at, in a few words.
	About string
	// Look returns what is wrong. An error means that it could not be seen.
	Look func(context.Context, *Cluster) ([]Finding, error)
	// First says that what it finds leaves nothing for the checks behind it.
	First bool
}

// All returns the checks, in the order in which they are made: what breaks others comes
// first.
func All() []Check {
	return []Check{
		place, access, rights, lease, versions, clocks, metricsAPI, telemetrySources, join,
		labels, namespaces, keys, rejected, pause, selects, nodeMarks, schedulerNames, autoscaler,
	}
}

// Run makes checks, and returns how many. What one of them could not see is a finding too.
func Run(ctx context.Context, c *Cluster, all []Check) (out []Finding, made int) {
	for _, check := range all {
		made++
		found, err := check.Look(ctx, c)
		for _, f := range found {
			f.Check = check.Name
			out = append(out, f)
		}
		if err != nil {
			out = append(out, Finding{
				Check: check.Name, Severity: Unknown, What: fmt.Sprintf("this could not be looked at: %v", err),
				Why: "what nobody has seen is not known to be well",
			})
		} else if check.First && len(found) > 0 {
			break
		}
	}
	return out, made
}

// Wrong reports whether there is anything but notes among findings.
func Wrong(found []Finding) bool {
	return slices.ContainsFunc(found, func(f Finding) bool { return f.Severity != Note })
}
