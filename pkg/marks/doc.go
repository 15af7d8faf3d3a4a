// Package marks keeps the labels and taints on nodes that rules want there, and takes away
// its own when no rule wants them any more.
//
// What nodes are to carry is read from the state that the leader of the scheduler publishes.
// What is ours is read from the nodes themselves, so that no restart, crash or lost record
// leaves anything behind: a label is ours while the API server says that our field manager
// applied it, and a taint is ours by its value. Whatever else a node carries is left alone,
// a label or taint that somebody else set under a key of a rule too.
//
// Plan is a function of values; Marker is the loop around it, and Clean its end.
package marks
