package v1alpha1

// PodVerdict is the answer to GET /pods/{namespace}/{name} and to POST /pods: what
// telemetry says of a pod.
type PodVerdict struct {
	Header
	// Pod is the pod that is spoken of.
	Pod Pod `json:"pod"`
	// Notes are what the reader should know of the answer.
	Notes []string `json:"notes,omitempty"`
	// Need is what the pod is counted with.
	Need Amounts `json:"need"`
	// Governing are the rules that may keep it off nodes.
	Governing []string `json:"governing"`
	// Exempt are the rules that do not, by the reason.
	Exempt []Exempt `json:"exempt,omitempty"`
	// Groups count all nodes by what they say, those that take the pod first.
	Groups []Group `json:"groups"`
	// Nodes are those that were asked for, ordered by name.
	Nodes []NodeVerdict `json:"nodes,omitempty"`
	Page
}

// Pod identifies a pod.
type Pod struct {
	// Namespace is the pod's.
	Namespace string `json:"namespace"`
	// Name is the pod's; absent where it was posted without one.
	Name string `json:"name,omitempty"`
	// UID is absent for a pod that was posted.
	UID string `json:"uid,omitempty"`
	// Node is where the pod is already.
	Node string `json:"node,omitempty"`
	// Scheduler is who places it.
	Scheduler string `json:"scheduler"`
	// Priority is the pod's.
	Priority int32 `json:"priority"`
}

// Amounts are quantities of what a pod takes from a node; an absent one is unbounded or
// not asked for.
type Amounts struct {
	// CPU is in cores.
	CPU *float64 `json:"cpu,omitempty"`
	// Memory is in bytes.
	Memory *float64 `json:"memory,omitempty"`
	// Pods counts pods.
	Pods *float64 `json:"pods,omitempty"`
}

// Exempt are rules that do not govern the pod for one reason.
type Exempt struct {
	// Because is SystemCritical, StopButton, NoBlock, DryRun, Paused, Namespace,
	// DaemonSet, Priority, PodLabels, NamespaceLabels or Ignored.
	Because string `json:"because"`
	// Says is the same in words.
	Says string `json:"says"`
	// Rules are their names.
	Rules []string `json:"rules"`
}

// Group are nodes that say the same.
type Group struct {
	// Verdict is Takes, Broke (a rule fires there), WouldBreak (it would with the pod) or
	// Unknown (a rule keeps pods off while nothing is known).
	Verdict string `json:"verdict"`
	// Rule is the one that keeps the pod off.
	Rule string `json:"rule,omitempty"`
	// Reason is what the pod's Event says of the nodes.
	Reason string `json:"reason,omitempty"`
	// Nodes counts them and names the first few.
	Nodes Named `json:"nodes"`
}

// NodeVerdict is what one node says to the pod.
type NodeVerdict struct {
	// Node is the node's name.
	Node string `json:"node"`
	// Verdict is as in Group.
	Verdict string `json:"verdict"`
	// Rule is the one that keeps the pod off; of several, the one that the Event names.
	Rule string `json:"rule,omitempty"`
	// Reason is what the pod's Event says of the node.
	Reason string `json:"reason,omitempty"`
	// Says is how that rule stands on the node, in a sentence with numbers.
	Says string `json:"says,omitempty"`
	// Comparisons are the parts of its condition.
	Comparisons []Comparison `json:"comparisons,omitempty"`
	// Exceeds is what the pod would go beyond, where the verdict is WouldBreak: it needs
	// more than every amount here.
	Exceeds *Amounts `json:"exceeds,omitempty"`
	// ExceedsWithRequested is what it would go beyond together with requested: also more
	// than every amount here.
	ExceedsWithRequested *Amounts `json:"exceedsWithRequested,omitempty"`
	// Requested is what the pods there request, where a new node is judged by it; headroom
	// is then without it.
	Requested *Amounts `json:"requested,omitempty"`
	// Headroom is what a pod may need of each without coming near any rule that governs
	// this one; a negative amount is beyond the line already.
	Headroom Amounts `json:"headroom"`
	// Score is what the node is worth, from 0 to 100; absent where no preference and no
	// rule that avoids nodes concerns the pod.
	Score *int64 `json:"score,omitempty"`
	// Preferences are what the score is the weighted mean of; without any it begins with
	// 100.
	Preferences []PreferencePoints `json:"preferences,omitempty"`
	// Avoids are taken off it.
	Avoids []AvoidPoints `json:"avoids,omitempty"`
}

// PreferencePoints are what a node is worth to one preference.
type PreferencePoints struct {
	// Preference is its name.
	Preference string `json:"preference"`
	// Weight is relative to the other preferences.
	Weight float64 `json:"weight"`
	// Points are from 0 to 100.
	Points float64 `json:"points"`
}

// AvoidPoints are what a firing rule takes off a node.
type AvoidPoints struct {
	// Rule is its name.
	Rule string `json:"rule"`
	// Points are from 1 to 100.
	Points float64 `json:"points"`
}
