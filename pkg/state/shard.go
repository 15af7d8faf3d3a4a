package state

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
)

// Version of the stored format. A binary reads only its own: a shard of another
// version is reported and rebuilt.
const Version = 1

// Bounds of one shard.
const (
	// MaxShardBytes bounds the compressed data of one ConfigMap. Kubernetes
	// allows 1 MiB, and etcd a request of 1.5 MiB, base64 included.
	MaxShardBytes = 512 << 10
	// maxPlainBytes bounds what one shard may unpack to, so that a damaged or
	// hostile shard cannot fill the memory.
	maxPlainBytes = 64 << 20
)

// shard is the plain content of one ConfigMap.
type shard struct {
	Version int                        `json:"version"`
	Section string                     `json:"section"`
	Entries map[string]json.RawMessage `json:"entries"`
}

// pack compresses a shard. Equal content gives equal bytes, because the maps of
// encoding/json are sorted and the gzip header carries no time.
func pack(s shard) ([]byte, error) {
	s.Version = Version
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encoding section %s: %w", s.Section, err)
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("compressing section %s: %w", s.Section, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compressing section %s: %w", s.Section, err)
	}
	return out.Bytes(), nil
}

// unpack reads what pack wrote, and refuses damaged data and other versions.
func unpack(data []byte) (shard, error) {
	plain, err := decompress(data, maxPlainBytes)
	if err != nil {
		return shard{}, fmt.Errorf("decompressing: %w", err)
	}
	var s shard
	if err := json.Unmarshal(plain, &s); err != nil {
		return shard{}, fmt.Errorf("decoding: %w", err)
	}
	if s.Version != Version {
		return shard{}, fmt.Errorf("stored version is %d, this binary reads %d", s.Version, Version)
	}
	return s, nil
}

func decompress(data []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(plain)) > limit {
		return nil, fmt.Errorf("it holds more than %d bytes", limit)
	}
	return plain, nil
}
