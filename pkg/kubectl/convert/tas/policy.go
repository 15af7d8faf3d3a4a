package tas

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/kubectl/convert/draft"
	"github.com/telemetry-scheduler/telemetry-scheduler/pkg/strictyaml"
)

// Names of the API that is converted.
const (
	group   = "telemetry.intel.com/"
	version = "v1alpha1"
	kind    = "TASPolicy"
)

// policy is a TASPolicy as it is written.
type policy struct {
	APIVersion string             `json:"apiVersion"`
	Kind       string             `json:"kind"`
	Metadata   metadata           `json:"metadata"`
	Spec       spec               `json:"spec"`
	Status     strictyaml.Subtree `json:"status" strict:"null"`
}

// metadata holds the fields that objects have which were read from a cluster too.
type metadata struct {
	Name            string             `json:"name"`
	Namespace       string             `json:"namespace"`
	Labels          strictyaml.Subtree `json:"labels" strict:"null"`
	Annotations     strictyaml.Subtree `json:"annotations" strict:"null"`
	Created         strictyaml.Subtree `json:"creationTimestamp" strict:"null"`
	Deleted         strictyaml.Subtree `json:"deletionTimestamp" strict:"null"`
	DeletedIn       strictyaml.Subtree `json:"deletionGracePeriodSeconds" strict:"null"`
	Finalizers      strictyaml.Subtree `json:"finalizers" strict:"null"`
	Generation      strictyaml.Subtree `json:"generation" strict:"null"`
	ManagedFields   strictyaml.Subtree `json:"managedFields" strict:"null"`
	OwnerReferences strictyaml.Subtree `json:"ownerReferences" strict:"null"`
	ResourceVersion strictyaml.Subtree `json:"resourceVersion" strict:"null"`
	SelfLink        strictyaml.Subtree `json:"selfLink" strict:"null"`
	UID             strictyaml.Subtree `json:"uid" strict:"null"`
}

type spec struct {
	Strategies map[string]strategy `json:"strategies"`
}

type strategy struct {
	PolicyName      string `json:"policyName"`
	LogicalOperator string `json:"logicalOperator"`
	Rules           []rule `json:"rules"`
}

type rule struct {
	Metricname string   `json:"metricname"`
	Operator   string   `json:"operator"`
	Target     *int64   `json:"target"`
	Labels     []string `json:"labels"`
}

// The strategies, and the two ways in which the rules of one go together.
const (
	dontSchedule     = "dontschedule"
	scheduleOnMetric = "scheduleonmetric"
	deschedule       = "deschedule"
	labeling         = "labeling"

	anyOf = "anyOf"
	allOf = "allOf"
)

var strategies = []string{scheduleOnMetric, dontSchedule, deschedule, labeling}

// The operators.
const (
	lessThan    = "LessThan"
	greaterThan = "GreaterThan"
	equals      = "Equals"
)

var operators = []string{lessThan, greaterThan, equals}

// policies finds the TASPolicies among the documents of a file, lists included.
func policies(documents []*yaml.Node) (out []*yaml.Node) {
	for _, d := range documents {
		switch {
		case isPolicy(d):
			out = append(out, d)
		case strings.HasSuffix(draft.Word(d, "kind"), "List"):
			out = append(out, items(d)...)
		}
	}
	return out
}

// items finds the TASPolicies of a list. Those of a TASPolicyList need not say what they
// are.
func items(list *yaml.Node) (out []*yaml.Node) {
	all := draft.Field(list, "items")
	if all == nil {
		return nil
	}
	for _, item := range all.Content {
		if isPolicy(item) || draft.Word(list, "kind") == kind+"List" && draft.Field(item, "spec") != nil {
			out = append(out, item)
		}
	}
	return out
}

func isPolicy(n *yaml.Node) bool {
	return draft.Word(n, "kind") == kind && (strings.HasPrefix(draft.Word(n, "apiVersion"), group) || draft.Word(n, "apiVersion") == "")
}
