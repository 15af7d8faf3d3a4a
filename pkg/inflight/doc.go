// Package inflight keeps account of the pods that telemetry cannot see whole: those
// that were placed a moment ago, whoever bound them, and those that a metric which
// averages over minutes shows only in part.
//
// The Ledger holds one entry a pod, from Reserve or from the first sight of it on a
// node until it is gone or every metric in use has long seen it. An evaluation Takes
// the entries as Flights, which the engine weighs against each sample; what comes to
// a node between two evaluations stands, whole, in the Account of the newest Board,
// which Filter and Score read without a lock. What was added is taken away with the
// same numbers: amounts are integers, and an entry never changes between the two.
//
// What a pod is expected to use is an Estimate: what its annotation says, else what
// its siblings are measured to use, else what it requests.
package inflight
