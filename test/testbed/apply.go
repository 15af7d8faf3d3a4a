package testbed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// ApplyFile applies every object of a manifest, as kubectl does. Objects for
// which keep returns false are left out; nil keeps all.
func (b *Bed) ApplyFile(ctx context.Context, path string, keep func(*unstructured.Unstructured) bool) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return b.Apply(ctx, text, keep)
}

// Apply is ApplyFile for a text.
func (b *Bed) Apply(ctx context.Context, manifest []byte, keep func(*unstructured.Unstructured) bool) error {
	var failed error
	err := each(manifest, func(o *unstructured.Unstructured) {
		if failed != nil || keep != nil && !keep(o) {
			return
		}
		if err := b.applyOne(ctx, o); err != nil {
			failed = fmt.Errorf("applying %s %s: %w", o.GetKind(), o.GetName(), err)
		}
	})
	return errors.Join(err, failed)
}

// eachObject calls do with every object of a manifest.
func eachObject(path string, do func(*unstructured.Unstructured)) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return each(text, do)
}

func each(manifest []byte, do func(*unstructured.Unstructured)) error {
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(manifest), 4096)
	for {
		object := &unstructured.Unstructured{}
		switch err := decoder.Decode(&object.Object); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if len(object.Object) > 0 {
			do(object)
		}
	}
}

func (b *Bed) applyOne(ctx context.Context, object *unstructured.Unstructured) error {
	kind := object.GroupVersionKind()
	mapping, err := b.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return err
	}
	data, err := json.Marshal(object)
	if err != nil {
		return err
	}
	force := true
	_, err = b.dynamic.Resource(mapping.Resource).Namespace(object.GetNamespace()).
		Patch(ctx, object.GetName(), types.ApplyPatchType, data, metav1.PatchOptions{FieldManager: "testbed", Force: &force})
	return err
}
