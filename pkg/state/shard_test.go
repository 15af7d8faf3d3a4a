package state

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAPackedShardIsReadBackUnchanged(t *testing.T) {
	want := shard{Version: Version, Section: "texts", Entries: map[string]json.RawMessage{"a/b/c.yaml": []byte(`"rules: []"`)}}
	data, err := pack(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := unpack(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("shard changed (-want +got):\n%s", diff)
	}
}

func TestUnpackRefuses(t *testing.T) {
	whole, err := pack(shard{Section: "phases"})
	if err != nil {
		t.Fatal(err)
	}
	for sentence, data := range map[string][]byte{
		"nothing at all":           nil,
		"data that is no gzip":     []byte("hello"),
		"data that is cut off":     whole[:len(whole)-3],
		"a text that is no JSON":   gzipped(t, "rules"),
		"a version of tomorrow":    gzipped(t, `{"version": 2}`),
		"a text without a version": gzipped(t, `{}`),
	} {
		t.Run(sentence, func(t *testing.T) {
			if s, err := unpack(data); err == nil {
				t.Errorf("unpack accepted it: %+v", s)
			}
		})
	}
}

func TestDecompressStopsAtItsLimit(t *testing.T) {
	bomb := gzipped(t, string(make([]byte, 1001)))
	if _, err := decompress(bomb, 1000); err == nil {
		t.Error("1001 bytes passed a limit of 1000")
	}
	if plain, err := decompress(bomb, 1001); err != nil || len(plain) != 1001 {
		t.Errorf("1001 bytes under a limit of 1001: got %d, %v", len(plain), err)
	}
}
