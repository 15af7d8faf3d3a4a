// Package memory is what the descheduler remembers, and what it shows to people of what
// it did: budgets that slide over an hour, how moves went and who rests because of it,
// where each move stands, the last evictions in full, the newest refusal of each rule on
// each node, and counts for 24 hours.
//
// It is pure: time is a parameter, and what happens is told to it. Entries is what must
// survive a restart, and Restore takes it back; the decisions that follow are the same.
// Everything is bounded. Where a bound would lose what limits evictions, no more are
// begun; elsewhere the oldest is forgotten.
//
// A Memory is used by one goroutine.
package memory
