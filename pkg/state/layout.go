package state

import (
	"encoding/json"
	"hash/fnv"
)

// maxShards bounds the ConfigMaps of one section.
const maxShards = 256

// Entry is one value of a section.
type Entry struct {
	Key   string
	Value json.RawMessage
}

// layout is how a section is cut: the packed shards, in order.
type layout struct {
	shards [][]byte
	// leftOut counts the entries, the least important ones, that did not fit.
	leftOut int
}

func (l layout) bytes() int {
	n := 0
	for _, s := range l.shards {
		n += len(s)
	}
	return n
}

// arrange cuts entries, ordered by importance, into shards of at most
// MaxShardBytes and at most budget bytes together. It begins with the number of
// shards in use, so that one changed entry changes one shard. Shards that had to
// grow in number stay so many: what packs to little may be much when unpacked.
func arrange(section string, entries []Entry, shards, budget int) (layout, error) {
	kept, err := dropOversized(section, entries)
	if err != nil {
		return layout{}, err
	}
	for n, grown := max(1, shards), false; ; {
		if len(kept) == 0 {
			return layout{leftOut: len(entries)}, nil
		}
		packed, over, err := packAll(section, kept, n)
		if err != nil {
			return layout{}, err
		}
		out := layout{shards: packed, leftOut: len(entries) - len(kept)}
		switch {
		case out.bytes() > budget || n > maxShards:
			kept, n = kept[:len(kept)*3/4], max(1, shards)
		case over:
			n, grown = more(n, out.bytes()), true
		case n > 1 && !grown && out.bytes() < MaxShardBytes/4:
			n = 1
		default:
			return out, nil
		}
	}
}

// more returns the next number of shards to try, a power of two times n: twice as
// many, or at once what the size calls for.
func more(n, bytes int) int {
	for n *= 2; n*MaxShardBytes < bytes; n *= 2 {
	}
	return n
}

// dropOversized removes the entries that no shard can hold.
func dropOversized(section string, entries []Entry) ([]Entry, error) {
	var kept []Entry
	for _, e := range entries {
		if len(e.Value) > MaxShardBytes {
			_, over, err := packAll(section, []Entry{e}, 1)
			if err != nil {
				return nil, err
			}
			if over {
				continue
			}
		}
		kept = append(kept, e)
	}
	return kept, nil
}

// packAll cuts entries into n shards and says whether one exceeds its bounds.
func packAll(section string, entries []Entry, n int) (packed [][]byte, over bool, err error) {
	packed = make([][]byte, n)
	for i, plain := range distribute(entries, n) {
		if packed[i], err = pack(shard{Section: section, Entries: plain}); err != nil {
			return nil, false, err
		}
		over = over || len(packed[i]) > MaxShardBytes || plainBytes(plain) > maxPlainBytes/2
	}
	return packed, over, nil
}

func distribute(entries []Entry, n int) []map[string]json.RawMessage {
	out := make([]map[string]json.RawMessage, n)
	for i := range out {
		out[i] = map[string]json.RawMessage{}
	}
	for _, e := range entries {
		out[slot(e.Key, n)][e.Key] = e.Value
	}
	return out
}

func plainBytes(entries map[string]json.RawMessage) int {
	n := 0
	for k, v := range entries {
		n += len(k) + len(v)
	}
	return n
}

// slot says which of n shards holds a key. It depends on nothing else.
func slot(key string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(key))
	return int(h.Sum32() % uint32(n))
}
