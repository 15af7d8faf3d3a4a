// Package state keeps what must survive a restart of the scheduler in
// ConfigMaps of its own namespace: compressed, cut into shards, versioned.
//
// Content is a set of named sections, each a list of entries with a key and a
// JSON value. Every shard can be read without its siblings, so that a damaged
// one costs only its own entries.
//
// Every replica may Load. One writes, the leader: Run first raises the epoch
// and stamps it on every ConfigMap, so that whatever an earlier leader still
// tries to write meets a newer resourceVersion, sees the higher epoch, and
// stops for good. It creates nothing unless the ConfigMap that carries the epoch and
// no shard, the anchor, is its own. What clients must know of the leader stands there
// readable.
//
// What somebody else deletes or alters under the leader is noticed at its next
// write or within about a minute, said, and written again, the anchor with the same
// epoch. Epochs also stay above the API server's resourceVersion, so that they do
// not begin anew where everything was deleted.
package state
