package rules

// Names that users write and that the outside world sees.
const (
	Group      = "telemetry-scheduler.io"
	APIVersion = Group + "/v1alpha1"
	Kind       = "TelemetryRules"
	// TestsKind is the kind of files of tests, which pkg/scenario reads.
	TestsKind = "RuleTests"

	// LabelRules marks the ConfigMaps that hold rules.
	LabelRules = Group + "/rules"
	// AnnotationPaused on a ConfigMap evaluates its rules without blocking.
	AnnotationPaused = Group + "/paused"
	// AnnotationIgnore on a pod or node names the rules that do not apply to it,
	// separated by commas; "*" names all.
	AnnotationIgnore = Group + "/ignore"
	// AnnotationEstimate on a pod says what it will use, as in "cpu=500m,memory=2Gi".
	AnnotationEstimate = Group + "/estimate"
)

// Names of the built-in metrics.
const (
	MetricCPU             = "cpu"
	MetricMemory          = "memory"
	MetricCPUAvailable    = "cpu-available"
	MetricMemoryAvailable = "memory-available"
	MetricPods            = "pods"
)
