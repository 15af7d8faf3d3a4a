package scenario

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"

// spec is a file as it is written.
type spec struct {
	// APIVersion is telemetry-scheduler.io/v1alpha1.
	APIVersion string `json:"apiVersion"`
	// Kind is RuleTests.
	Kind string `json:"kind"`
	// Description is for people.
	Description string `json:"description"`
	// RuleFiles are files of rules, or manifests with ConfigMaps of them, named from the folder
	// of this file.
	RuleFiles []string `json:"ruleFiles"`
	// Metrics stand in this file, as in a file of rules.
	Metrics strictyaml.Subtree `json:"metrics"`
	// Rules stand in this file, as in a file of rules.
	Rules strictyaml.Subtree `json:"rules"`
	// Preferences stand in this file, as in a file of rules.
	Preferences strictyaml.Subtree `json:"preferences"`
	// Interval is the time between two values of a series, and between two readings; 15s where
	// it is left out.
	Interval *strictyaml.Duration `json:"interval"`
	// Matchers are what the operator puts into every query, such as cluster="eu-1".
	Matchers []string `json:"matchers"`
	// Namespaces are for rules that select by their labels.
	Namespaces []namespaceSpec `json:"namespaces"`
	// Nodes are those of the scenario.
	Nodes []nodeSpec `json:"nodes"`
	// Series are its telemetry.
	Series []seriesSpec `json:"series"`
	// Pods are those that run, and those that cases ask about.
	Pods []podSpec `json:"pods"`
	// Cases say what is expected at which time.
	Cases []caseSpec `json:"cases"`
}

// namespaceSpec is a namespace.
type namespaceSpec struct {
	// Name is that of the namespace.
	Name string `json:"name"`
	// Labels are its own.
	Labels map[string]string `json:"labels"`
}

// nodeSpec is a node of the scenario.
type nodeSpec struct {
	// Name is that of the node.
	Name string `json:"name"`
	// Labels are its own; kubernetes.io/hostname is added.
	Labels map[string]string `json:"labels"`
	// Annotations are its own.
	Annotations map[string]string `json:"annotations"`
	// InternalIP is for series that name their node by its address.
	InternalIP string `json:"internalIP"`
	// Allocatable is {cpu: 10, memory: 100Gi, pods: 110} where it is left out.
	Allocatable map[string]strictyaml.Scalar `json:"allocatable"`
	// Capacity is as Allocatable where it is left out.
	Capacity map[string]strictyaml.Scalar `json:"capacity"`
	// Joins is when the node joins; long ago where it is left out.
	Joins *strictyaml.Duration `json:"joins"`
}

// seriesSpec is a series as a server of queries has it, or the values of a metric on a
// node.
type seriesSpec struct {
	// Series is its name and labels, as PromQL writes them.
	Series string `json:"series"`
	// Metric is a built-in metric, or one of customMetric, instead of a series.
	Metric string `json:"metric"`
	// Node is that of the metric.
	Node string `json:"node"`
	// Values are in promtool's notation: 1 2 3, 0+5x10, 95x4, _ for no new sample, stale for
	// the end.
	Values strictyaml.Scalar `json:"values"`
}

// podSpec is a pod, or several that are alike.
type podSpec struct {
	// Name is that of the pod.
	Name string `json:"name"`
	// Namespace is default where it is left out.
	Namespace string `json:"namespace"`
	// Labels are its own.
	Labels map[string]string `json:"labels"`
	// Annotations are its own: an estimate, or rules to ignore.
	Annotations map[string]string `json:"annotations"`
	// Priority is 0 where it is left out.
	Priority *int32 `json:"priority"`
	// Controller is what made it, such as DaemonSet/agent.
	Controller string `json:"controller"`
	// Requests are such as {cpu: 500m, memory: 2Gi}.
	Requests map[string]strictyaml.Scalar `json:"requests"`
	// Count makes so many of them, called name-0, name-1 and so on.
	Count *int32 `json:"count"`
	// Node is where it runs; a pod without one is asked about.
	Node string `json:"node"`
	// Bound is when it is bound to the node; long ago where it is left out.
	Bound *strictyaml.Duration `json:"bound"`
	// Starts is when its containers have started; when it is bound where it is left out.
	Starts *strictyaml.Duration `json:"starts"`
	// Ends is when it is gone; never where it is left out.
	Ends *strictyaml.Duration `json:"ends"`
}

// caseSpec is what is expected at one time.
type caseSpec struct {
	// Name is for people.
	Name string `json:"name"`
	// At is the time of the case, from the beginning.
	At *strictyaml.Duration `json:"at"`
	// Expect are what is to come of it.
	Expect []expectSpec `json:"expect"`
}

// expectSpec is about one rule, metric or pod.
type expectSpec struct {
	// Rule is what phase, truth and says are about.
	Rule string `json:"rule"`
	// Phase is by node: inactive, pending, firing, keeping, or not judged.
	Phase map[string]strictyaml.Scalar `json:"phase"`
	// Truth is by node: True, False, Unknown, or not judged.
	Truth map[string]strictyaml.Scalar `json:"truth"`
	// Says is by node: what the comparisons saw, in words.
	Says map[string]strictyaml.Scalar `json:"says"`

	// Metric is what value is about.
	Metric string `json:"metric"`
	// Value is by node: the newest value as messages write it, or unknown.
	Value map[string]strictyaml.Scalar `json:"value"`

	// Pod is what the others are about.
	Pod string `json:"pod"`
	// Blocked are all nodes that the pod is kept off, and no others.
	Blocked []string `json:"blocked"`
	// Why is by node: the reason, as the Event of the pod has it.
	Why map[string]strictyaml.Scalar `json:"why"`
	// Best is the node that scores highest; "a or b" where several do; none where none takes it.
	Best *strictyaml.Scalar `json:"best"`
	// Scores are by node: what it is worth to the pod by telemetry, from 0 to 100.
	Scores map[string]strictyaml.Scalar `json:"scores"`

	// Victims are not in this version.
	Victims strictyaml.Subtree `json:"victims"`
	// Home is not in this version.
	Home strictyaml.Subtree `json:"home"`
}
