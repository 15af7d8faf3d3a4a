// Package engine is the pure core that judges nodes by rules.
//
// Advance takes the time, the rules, the nodes and the newest telemetry, and
// returns an immutable Board together with the phase changes since the last
// call. The package has no clock, no goroutine and no client.
//
// A conclusion about one condition on one node has three values: True, False and
// Unknown. Unknown is never taken for False and never for 0; each rule says what
// follows from it. All times inside are nanoseconds since 1970.
package engine
