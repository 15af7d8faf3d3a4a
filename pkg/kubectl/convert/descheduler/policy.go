package descheduler

import (
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/rules"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Names of the API that is converted.
const (
	apiVersion = "descheduler/v1alpha2"
	kind       = "DeschedulerPolicy"

	lowNodeUtilization = "LowNodeUtilization"
	defaultEvictor     = "DefaultEvictor"
)

// policy is a DeschedulerPolicy as it is written.
type policy struct {
	APIVersion       string             `json:"apiVersion"`
	Kind             string             `json:"kind"`
	NodeSelector     string             `json:"nodeSelector"`
	PerNode          *int32             `json:"maxNoOfPodsToEvictPerNode"`
	PerNamespace     *int32             `json:"maxNoOfPodsToEvictPerNamespace"`
	Total            *int32             `json:"maxNoOfPodsToEvictTotal"`
	FailureEvents    strictyaml.Subtree `json:"evictionFailureEventNotification"`
	GracePeriod      strictyaml.Subtree `json:"gracePeriodSeconds"`
	MetricsCollector strictyaml.Subtree `json:"metricsCollector"`
	MetricsProviders strictyaml.Subtree `json:"metricsProviders"`
	Profiles         []profile          `json:"profiles"`
}

type profile struct {
	Name         string         `json:"name"`
	PluginConfig []pluginConfig `json:"pluginConfig"`
	Plugins      plugins        `json:"plugins"`
}

type pluginConfig struct {
	Name string             `json:"name"`
	Args strictyaml.Subtree `json:"args" strict:"null"`
}

type plugins struct {
	PreSort           pluginSet `json:"presort"`
	Sort              pluginSet `json:"sort"`
	Deschedule        pluginSet `json:"deschedule"`
	Balance           pluginSet `json:"balance"`
	Filter            pluginSet `json:"filter"`
	PreEvictionFilter pluginSet `json:"preEvictionFilter"`
}

type pluginSet struct {
	Enabled  []string `json:"enabled"`
	Disabled []string `json:"disabled"`
}

// utilization are the arguments of LowNodeUtilization.
type utilization struct {
	APIVersion             string                       `json:"apiVersion"`
	Kind                   string                       `json:"kind"`
	UseDeviationThresholds bool                         `json:"useDeviationThresholds"`
	Thresholds             map[string]strictyaml.Scalar `json:"thresholds"`
	TargetThresholds       map[string]strictyaml.Scalar `json:"targetThresholds"`
	NumberOfNodes          int32                        `json:"numberOfNodes"`
	MetricsUtilization     *metricsUtilization          `json:"metricsUtilization"`
	EvictableNamespaces    *namespaces                  `json:"evictableNamespaces"`
	EvictionLimits         *evictionLimits              `json:"evictionLimits"`
	EvictionModes          []string                     `json:"evictionModes"`
}

type metricsUtilization struct {
	MetricsServer bool   `json:"metricsServer"`
	Source        string `json:"source"`
	Prometheus    *struct {
		Query string `json:"query"`
	} `json:"prometheus"`
}

// The sources of measured use.
const (
	kubernetesMetrics = "KubernetesMetrics"
	prometheusMetrics = "Prometheus"
)

type namespaces struct {
	Include []string `json:"include"`
	Exclude []string `json:"exclude"`
}

type evictionLimits struct {
	Node *int32 `json:"node"`
}

// evictor are the arguments of DefaultEvictor.
type evictor struct {
	APIVersion              string              `json:"apiVersion"`
	Kind                    string              `json:"kind"`
	NodeSelector            string              `json:"nodeSelector"`
	LabelSelector           *rules.SelectorSpec `json:"labelSelector"`
	PriorityThreshold       *priorityThreshold  `json:"priorityThreshold"`
	NodeFit                 bool                `json:"nodeFit"`
	MinReplicas             int32               `json:"minReplicas"`
	MinPodAge               *strictyaml.Scalar  `json:"minPodAge"`
	NoEvictionPolicy        string              `json:"noEvictionPolicy"`
	PodProtections          *podProtections     `json:"podProtections"`
	EvictLocalStoragePods   bool                `json:"evictLocalStoragePods"`
	EvictDaemonSetPods      bool                `json:"evictDaemonSetPods"`
	EvictSystemCriticalPods bool                `json:"evictSystemCriticalPods"`
	EvictFailedBarePods     bool                `json:"evictFailedBarePods"`
	IgnorePVCPods           bool                `json:"ignorePvcPods"`
	IgnorePodsWithoutPDB    bool                `json:"ignorePodsWithoutPDB"`
}

type priorityThreshold struct {
	Value *int32 `json:"value"`
	Name  string `json:"name"`
}

type podProtections struct {
	ExtraEnabled    []string           `json:"extraEnabled"`
	DefaultDisabled []string           `json:"defaultDisabled"`
	Config          strictyaml.Subtree `json:"config"`
}
