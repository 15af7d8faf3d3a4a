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
	// SchedulerNamespace is the scheduler's own, whose rules are those of the whole cluster;
	// telemetry-scheduler where it is left out.
	SchedulerNamespace string `json:"schedulerNamespace"`
	// Metrics stand in this file, as in a file of rules.
	Metrics strictyaml.Subtree `json:"metrics"`
	// Rules stand in this file, as in a file of rules.
	Rules strictyaml.Subtree `json:"rules"`
	// Preferences stand in this file, as in a file of rules.
	Preferences strictyaml.Subtree `json:"preferences"`
	// Interval is the time between two values of a series, and between two readings; 15s where
	// it is left out.
	Interval *strictyaml.Duration `json:"interval"`
	// Eviction is what the operator says of moving pods, as in the arguments of the plugin; its
	// mode is Enforce where it is left out.
	Eviction strictyaml.Subtree `json:"eviction"`
	// Matchers are what the operator puts into every query, such as cluster="eu-1".
	Matchers []string `json:"matchers"`
	// Namespaces are for rules that select by their labels.
	Namespaces []namespaceSpec `json:"namespaces"`
	// Nodes are those of the scenario.
	Nodes []nodeSpec `json:"nodes"`
	// Series are its telemetry.
	Series []seriesSpec `json:"series"`
	// Outages are times in which telemetry cannot be read.
	Outages []outageSpec `json:"outages"`
	// Pods are those that run, those that arrive, and those that cases ask about.
	Pods []podSpec `json:"pods"`
	// DisruptionBudgets are the PodDisruptionBudgets.
	DisruptionBudgets []budgetSpec `json:"disruptionBudgets"`
	// Pause is the stop button.
	Pause *pauseSpec `json:"pause"`
	// Silences are those of the stop button.
	Silences []silenceSpec `json:"silences"`
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

// outageSpec is a time in which a source, or one metric, cannot be read; nothing can
// where it names neither.
type outageSpec struct {
	// Source is builtin, which has the built-in metrics and the use of pods, or what metrics
	// name as their source.
	Source string `json:"source"`
	// Metric is the one that cannot be read, instead of a source.
	Metric string `json:"metric"`
	// From is when it begins; with the scenario where it is left out.
	From *strictyaml.Duration `json:"from"`
	// Until is when it is over; never where it is left out.
	Until *strictyaml.Duration `json:"until"`
}

// budgetSpec is a PodDisruptionBudget.
type budgetSpec struct {
	// Name is that of the budget.
	Name string `json:"name"`
	// Namespace is default where it is left out.
	Namespace string `json:"namespace"`
	// MatchLabels are those of the pods that it covers.
	MatchLabels map[string]string `json:"matchLabels"`
	// DisruptionsAllowed is how many more of them may be disrupted now.
	DisruptionsAllowed *int32 `json:"disruptionsAllowed"`
}

// pauseSpec is what the ConfigMap telemetry-scheduler-pause says.
type pauseSpec struct {
	// Block lets rules keep nobody off.
	Block bool `json:"block"`
	// Evict lets rules move nobody.
	Evict bool `json:"evict"`
	// From is when it is written; before the beginning where it is left out.
	From *strictyaml.Duration `json:"from"`
	// Until is when it ends; never where it is left out.
	Until *strictyaml.Duration `json:"until"`
	// By is for people.
	By string `json:"by"`
	// Why is for people.
	Why string `json:"why"`
}

// silenceSpec makes a rule do nothing on a node.
type silenceSpec struct {
	// Rule is the one that is silent; every one where it is left out.
	Rule string `json:"rule"`
	// Node is where it is silent; everywhere where it is left out.
	Node string `json:"node"`
	// From is when it is written; before the beginning where it is left out.
	From *strictyaml.Duration `json:"from"`
	// Until is when it ends; never where it is left out.
	Until *strictyaml.Duration `json:"until"`
	// By is for people.
	By string `json:"by"`
	// Why is for people.
	Why string `json:"why"`
}
