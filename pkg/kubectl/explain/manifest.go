package explain

import (
	"bytes"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// inNamespace puts a namespace into a manifest of one object that names none. What cannot
// be read is left to whoever says what is wrong with it.
func inNamespace(text []byte, namespace string) []byte {
	if namespace == metav1.NamespaceDefault || bytes.Contains(text, []byte("\n---")) {
		return text
	}
	var object map[string]any
	if err := yaml.UnmarshalStrict(text, &object); err != nil {
		return text
	}
	metadata, _ := object["metadata"].(map[string]any)
	if object["kind"] == nil || metadata["namespace"] != nil {
		return text
	}
	if metadata == nil {
		metadata = map[string]any{}
	}
	metadata["namespace"], object["metadata"] = namespace, metadata
	out, err := json.Marshal(object)
	if err != nil {
		return text
	}
	return out
}
