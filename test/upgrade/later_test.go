package upgrade

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

const dataKey = "state.json.gz"

// keyed are the objects whose fields are keys, such as names of nodes, and which therefore
// have no field that is unknown.
var keyed = map[string]bool{"entries": true, "nodes": true, "owners": true, "counts": true, "baselines": true}

// addFields gives each object that is stored a field that nobody knows.
func addFields(t *testing.T, cm *corev1.ConfigMap) {
	t.Helper()
	if cm.BinaryData[dataKey] == nil {
		return
	}
	r, err := gzip.NewReader(bytes.NewReader(cm.BinaryData[dataKey]))
	if err != nil {
		t.Fatal(err)
	}
	var stored any
	if err := json.NewDecoder(r).Decode(&stored); err != nil {
		t.Fatal(err)
	}
	if added := add("", stored); added == 0 {
		t.Fatal("no field was added to", cm.Name)
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if err := json.NewEncoder(w).Encode(stored); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	cm.BinaryData[dataKey] = out.Bytes()
}

func add(key string, value any) (added int) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			added += add("", one)
		}
	case map[string]any:
		for k, one := range v {
			added += add(k, one)
		}
		if !keyed[key] {
			v["ofALaterVersion"] = map[string]any{"a": []int{1}}
			added++
		}
	}
	return added
}
