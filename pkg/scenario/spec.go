package scenario

import "github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"

// spec is a file as it is written.
type spec struct {
	APIVersion  string               `json:"apiVersion"`
	Kind        string               `json:"kind"`
	Description string               `json:"description"`
	RuleFiles   []string             `json:"ruleFiles"`
	Metrics     strictyaml.Subtree   `json:"metrics"`
	Rules       strictyaml.Subtree   `json:"rules"`
	Preferences strictyaml.Subtree   `json:"preferences"`
	Interval    *strictyaml.Duration `json:"interval"`
	Matchers    []string             `json:"matchers"`
	Namespaces  []namespaceSpec      `json:"namespaces"`
	Nodes       []nodeSpec           `json:"nodes"`
	Series      []seriesSpec         `json:"series"`
	Pods        []podSpec            `json:"pods"`
	Cases       []caseSpec           `json:"cases"`
}

type namespaceSpec struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
}

type nodeSpec struct {
	Name        string                       `json:"name"`
	Labels      map[string]string            `json:"labels"`
	Annotations map[string]string            `json:"annotations"`
	InternalIP  string                       `json:"internalIP"`
	Allocatable map[string]strictyaml.Scalar `json:"allocatable"`
	Capacity    map[string]strictyaml.Scalar `json:"capacity"`
	Joins       *strictyaml.Duration         `json:"joins"`
}

// seriesSpec is a series as a server of queries has it, or the values of a metric on a
// node.
type seriesSpec struct {
	Series string            `json:"series"`
	Metric string            `json:"metric"`
	Node   string            `json:"node"`
	Values strictyaml.Scalar `json:"values"`
}

type podSpec struct {
	Name        string                       `json:"name"`
	Namespace   string                       `json:"namespace"`
	Labels      map[string]string            `json:"labels"`
	Annotations map[string]string            `json:"annotations"`
	Priority    *int32                       `json:"priority"`
	Controller  string                       `json:"controller"`
	Requests    map[string]strictyaml.Scalar `json:"requests"`
	Count       *int32                       `json:"count"`
	Node        string                       `json:"node"`
	Bound       *strictyaml.Duration         `json:"bound"`
	Starts      *strictyaml.Duration         `json:"starts"`
	Ends        *strictyaml.Duration         `json:"ends"`
}

type caseSpec struct {
	Name   string               `json:"name"`
	At     *strictyaml.Duration `json:"at"`
	Expect []expectSpec         `json:"expect"`
}

// expectSpec is about one rule, metric or pod.
type expectSpec struct {
	Rule  string                       `json:"rule"`
	Phase map[string]strictyaml.Scalar `json:"phase"`
	Truth map[string]strictyaml.Scalar `json:"truth"`
	Says  map[string]strictyaml.Scalar `json:"says"`

	Metric string                       `json:"metric"`
	Value  map[string]strictyaml.Scalar `json:"value"`

	Pod     string                       `json:"pod"`
	Blocked []string                     `json:"blocked"`
	Why     map[string]strictyaml.Scalar `json:"why"`
	Best    *strictyaml.Scalar           `json:"best"`
	Scores  map[string]strictyaml.Scalar `json:"scores"`

	Victims strictyaml.Subtree `json:"victims"`
	Home    strictyaml.Subtree `json:"home"`
}
