// Package descheduler moves pods off the nodes on which rules with evict fire, once, and
// only to homes that were proved.
//
// Its loop runs while this replica leads, one round a Board:
//
//	follow   what became of the moves under way?
//	judge    which rules may act on which nodes, by the Board and the operator's arguments?
//	plan     which pods leave, with a proven home each? See packages plan, facts and home.
//	act      write it down, hold the room, see that this replica still leads, evict.
//	tell     why something was done on each node, or nothing: Events, log, metrics, Report.
//
// Nothing is decided twice: what is under way, what rests and what is spent is told by
// package memory, which survives restarts. The loop itself remembers only what the API
// server refused a moment ago.
package descheduler
