package api

import (
	"strings"
	"testing"
)

func FuzzDecodeObject(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "[]", "apiVersion: example.com/v1\nkind: Thing\n", "kind: Pod", "apiVersion: v1\nkind: Pod\nspec: {containers: 1}\n",
		`{"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":"two"}}`, "apiVersion: [v1]\nkind: {}\n", "a: b\n---\nc: d\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		object, err := decodeObject([]byte(body))
		if (object == nil) == (err == nil) || err != nil && !strings.Contains(err.Error(), postable) {
			t.Errorf("%q is %v, with the error %v", body, object, err)
		}
	})
}
