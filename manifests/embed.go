package manifests

import _ "embed" // of the manifests

// The manifests as they are applied, for programs that compare a cluster with them.
var (
	//go:embed install.yaml
	Install []byte
	//go:embed custom-metrics.yaml
	CustomMetrics []byte
	//go:embed namespaced-rules.yaml
	NamespacedRules []byte
)
