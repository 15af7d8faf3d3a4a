package state

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

func TestArrange(t *testing.T) {
	for sentence, tc := range map[string]struct {
		entries         []Entry
		current, budget int
		shards, leftOut int
	}{
		"nothing needs no shard":                            {nil, 1, 1 << 20, 0, 0},
		"a little fits one shard":                           {noise(3, 100), 0, 1 << 20, 1, 0},
		"three quarters of a MiB need two shards":           {noise(256, 4<<10), 1, 4 << 20, 2, 0},
		"shards in use are kept while they are well filled": {noise(256, 1<<10), 4, 4 << 20, 4, 0},
		"shards that hold almost nothing become one":        {noise(3, 100), 4, 1 << 20, 1, 0},
		"an entry that no shard can hold is left out":       {noise(1, 1<<20), 1, 4 << 20, 0, 1},
		"a bound of nothing leaves everything out":          {noise(3, 100), 1, 0, 0, 3},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := arrange("s", tc.entries, tc.current, tc.budget)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.shards) != tc.shards || got.leftOut != tc.leftOut {
				t.Errorf("%d shards and %d left out, want %d and %d", len(got.shards), got.leftOut, tc.shards, tc.leftOut)
			}
		})
	}
}

// Texts full of comments pack to almost nothing, and yet one shard must not hold
// more than it may unpack to.
func TestMuchThatPacksToLittleIsCut(t *testing.T) {
	value, err := json.Marshal(strings.Repeat("# a comment\n", 40_000))
	if err != nil {
		t.Fatal(err)
	}
	var entries []Entry
	for i := range 1 + maxPlainBytes/2/len(value) {
		entries = append(entries, Entry{Key: fmt.Sprint(i), Value: value})
	}
	got, err := arrange("s", entries, 1, 8<<20)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.shards) != 2 || got.leftOut != 0 {
		t.Errorf("%d shards and %d left out, want 2 and 0", len(got.shards), got.leftOut)
	}
}

func TestWhatDoesNotFitIsTakenFromTheEnd(t *testing.T) {
	entries := noise(64, 1<<10)
	got, err := arrange("s", entries, 1, 32<<10)
	if err != nil {
		t.Fatal(err)
	}
	if got.bytes() > 32<<10 {
		t.Errorf("%d bytes exceed the bound", got.bytes())
	}
	s, err := unpack(got.shards[0])
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		if _, kept := s.Entries[e.Key]; kept != (i < len(entries)-got.leftOut) {
			t.Errorf("entry %d kept: %v, with %d left out", i, kept, got.leftOut)
		}
	}
}

func TestOneChangedEntryChangesOneShard(t *testing.T) {
	entries := noise(256, 4<<10)
	before, err := arrange("s", entries, 1, 4<<20)
	if err != nil {
		t.Fatal(err)
	}
	entries[7].Value = json.RawMessage(`"other"`)
	after, err := arrange("s", entries, len(before.shards), 4<<20)
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for i := range before.shards {
		if !bytes.Equal(before.shards[i], after.shards[i]) {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d shards changed, want 1", changed)
	}
}

// noise returns n entries of the given size, in bytes, that gzip cannot shrink
// by more than the quarter that base64 adds.
func noise(n, size int) []Entry {
	r := rand.New(rand.NewSource(1))
	out := make([]Entry, n)
	for i := range out {
		raw := make([]byte, size*3/4)
		r.Read(raw)
		out[i] = Entry{Key: fmt.Sprintf("key-%d", i), Value: json.RawMessage(`"` + base64.StdEncoding.EncodeToString(raw) + `"`)}
	}
	return out
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
