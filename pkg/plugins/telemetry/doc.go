// Package telemetry is the kube-scheduler plugin: it keeps pods off nodes that
// break a telemetry rule, and wakes waiting pods when a node recovers.
//
// The plugin does no I/O and evaluates no rule. PreFilter pins the newest Board
// for one scheduling cycle; Filter asks the pinned Board two questions per node:
// does a blocking rule keep pods off, and would this pod break one.
//
// One Shared serves all profiles of a process. It takes each published Board,
// remembers which pods telemetry keeps waiting, and activates those that fit as
// soon as a node has room for them again:
//
//	Board published ──► pass: what did each node open for whom? ──► Activate
//	                      ▲                                            │
//	                      └── again soon, until Reserve confirms ◄─────┘
package telemetry
