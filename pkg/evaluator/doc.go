// Package evaluator runs the one loop that judges nodes: it brings telemetry,
// rules and nodes together, lets the engine advance, and publishes the Board.
//
// Each telemetry source is read in a goroutine of its own, so that one that
// hangs, fails or panics blocks nothing. Everything else happens in the
// goroutine of Run: no state of the loop is shared but the published Board.
package evaluator
