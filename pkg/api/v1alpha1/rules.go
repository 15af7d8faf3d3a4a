package v1alpha1

import "time"

// RuleList is the answer to GET /rules: the rules in force.
type RuleList struct {
	Header
	// Pause is what the stop button says.
	Pause Pause `json:"pause"`
	// Items are ordered by namespace, then name.
	Items []Rule `json:"items"`
	Page
}

// Rule is one rule in force and how it stands.
type Rule struct {
	// Name is name, or namespace/name for a rule of one namespace.
	Name string `json:"name"`
	// Description is what its author says of it.
	Description string `json:"description,omitempty"`
	// Origin is where it is defined.
	Origin Origin `json:"origin"`
	// Condition is when it is broken, such as memory > 90%.
	Condition string `json:"condition"`
	// ForSeconds is how long the condition must hold before the rule fires.
	ForSeconds float64 `json:"forSeconds,omitempty"`
	// KeepFiringForSeconds is how long it goes on firing afterwards.
	KeepFiringForSeconds float64 `json:"keepFiringForSeconds,omitempty"`
	// OnUnknown is Allow, Block or KeepLast.
	OnUnknown string `json:"onUnknown"`
	// Nodes selects the nodes that it judges; all where it is empty.
	Nodes string `json:"nodes,omitempty"`
	// Pods selects the pods that it governs; all where it is empty.
	Pods string `json:"pods,omitempty"`
	// Namespaces selects the namespaces whose pods it governs; all where it is empty.
	Namespaces string `json:"namespaces,omitempty"`
	// IncludeDaemonSets lets it govern pods of DaemonSets too.
	IncludeDaemonSets bool `json:"includeDaemonSets,omitempty"`
	// MaxPodPriority is the highest priority that it governs; absent for no bound.
	MaxPodPriority *int32 `json:"maxPodPriority,omitempty"`
	// Actions are what it does.
	Actions Actions `json:"actions"`
	// Mode is Enforce, or DryRun where the rule is judged and does nothing.
	Mode string `json:"mode"`
	// Paused is set while the annotation of its ConfigMap lets it rest.
	Paused bool `json:"paused,omitempty"`
	// Silences are those of the stop button that concern it and have not ended.
	Silences []Silence `json:"silences,omitempty"`
	// Counts are its nodes.
	Counts Counts `json:"counts"`
	// SourceFault is set while over half of its nodes are unknown, so that onUnknown
	// Block does not act.
	SourceFault bool `json:"sourceFault,omitempty"`
}

// Actions are what a rule does; an absent one it does not.
type Actions struct {
	// Block keeps new pods off.
	Block *Block `json:"block,omitempty"`
	// Avoid takes points off the score.
	Avoid *Avoid `json:"avoid,omitempty"`
	// Evict moves pods away.
	Evict *Evict `json:"evict,omitempty"`
	// Label marks nodes with a label, where something does so.
	Label *Label `json:"label,omitempty"`
	// Taint marks nodes with a taint, where something does so.
	Taint *Taint `json:"taint,omitempty"`
}

// Label marks the nodes where the rule fires.
type Label struct {
	// Key is that of the label.
	Key string `json:"key"`
	// Value is that of the label.
	Value string `json:"value"`
}

// Taint marks the nodes where the rule fires.
type Taint struct {
	// Key is that of the taint.
	Key string `json:"key"`
	// Effect is NoSchedule or PreferNoSchedule.
	Effect string `json:"effect"`
}

// Block keeps new pods off the nodes where the rule fires.
type Block struct {
	// WhenAllBlocked is DoNotSchedule or ScheduleAnyway.
	WhenAllBlocked string `json:"whenAllBlocked"`
}

// Avoid takes points off the nodes where the rule fires.
type Avoid struct {
	// Points are from 1 to 100.
	Points int32 `json:"points"`
}

// Counts are the nodes that a rule judges.
type Counts struct {
	// Inactive nodes do not break the rule, as far as is known.
	Inactive int `json:"inactive"`
	// Pending nodes break it, not yet for long enough.
	Pending int `json:"pending"`
	// Firing nodes break it.
	Firing int `json:"firing"`
	// Keeping nodes broke it until a moment ago.
	Keeping int `json:"keeping"`
	// Unknown counts the nodes, of whichever phase, without usable telemetry, but for those
	// in awaited.
	Unknown int `json:"unknown"`
	// Awaited counts the new nodes that have not reported yet, from which nothing follows.
	Awaited int `json:"awaited,omitempty"`
}

// Pause is what the stop button says.
type Pause struct {
	// Block is set while no rule keeps a pod off.
	Block bool `json:"block,omitempty"`
	// Evict is set while no pod may be evicted.
	Evict bool `json:"evict,omitempty"`
	// Until is when the pause ends; absent where only its removal does.
	Until time.Time `json:"until,omitzero"`
	// By is who pressed it, as far as that was written.
	By string `json:"by,omitempty"`
	// Why is what they said of it.
	Why string `json:"why,omitempty"`
	// Silences are those that have not ended.
	Silences []Silence `json:"silences,omitempty"`
	// Mistakes are those of the pause ConfigMap, and of annotations that were meant to pause
	// the rules of one.
	Mistakes []Mistake `json:"mistakes,omitempty"`
}

// Silence makes a rule do nothing on a node.
type Silence struct {
	// Rule is silent; every one where it is empty.
	Rule string `json:"rule,omitempty"`
	// Node is left alone; every one where it is empty.
	Node string `json:"node,omitempty"`
	// Until is when the silence ends; absent where only its removal does.
	Until time.Time `json:"until,omitzero"`
	// By says who wanted it.
	By string `json:"by,omitempty"`
	// Why says why.
	Why string `json:"why,omitempty"`
}

// PreferenceList is the answer to GET /preferences: the preferences in force.
type PreferenceList struct {
	Header
	// Items are ordered by namespace, then name.
	Items []Preference `json:"items"`
	Page
}

// Preference ranks nodes by a metric.
type Preference struct {
	// Name is name, or namespace/name for a preference of one namespace.
	Name string `json:"name"`
	// Origin is where it is defined.
	Origin Origin `json:"origin"`
	// Metric is what it looks at.
	Metric string `json:"metric"`
	// Prefer is Low, High, Near or Steady.
	Prefer string `json:"prefer"`
	// Weight is relative to the other preferences of a pod.
	Weight int32 `json:"weight"`
	// OnUnknown is Worst or Neutral.
	OnUnknown string `json:"onUnknown"`
	// Nodes selects the nodes that it ranks; all where it is empty.
	Nodes string `json:"nodes,omitempty"`
	// Pods selects the pods that it governs; all where it is empty.
	Pods string `json:"pods,omitempty"`
	// Paused is set while the annotation of its ConfigMap lets it rest.
	Paused bool `json:"paused,omitempty"`
}

// KeyList is the answer to GET /keys: how the texts of rules were read.
type KeyList struct {
	Header
	// Items are ordered by namespace, ConfigMap and key.
	Items []Key `json:"items"`
	// Unread are keys that look like rules and are not read.
	Unread []Mistake `json:"unread,omitempty"`
	// Conflicts are definitions set aside for newer ones of their names.
	Conflicts []Conflict `json:"conflicts,omitempty"`
	Page
}

// Key is one key of a ConfigMap that holds rules.
type Key struct {
	// Namespace is that of the ConfigMap.
	Namespace string `json:"namespace"`
	// ConfigMap is its name.
	ConfigMap string `json:"configMap"`
	// Key is the key in it.
	Key string `json:"key"`
	// InForce says which text is in force: current, last-good (the key is broken), or
	// none (it is broken and never loaded).
	InForce string `json:"inForce"`
	// Mistakes are those of the text that stands there, warnings included.
	Mistakes []Mistake `json:"mistakes,omitempty"`
}

// Conflict is a definition that is set aside.
type Conflict struct {
	// Kind is metric, rule or preference.
	Kind string `json:"kind"`
	// Name is defined twice.
	Name string `json:"name"`
	// SetAside is where the definition stands that has no effect.
	SetAside Origin `json:"setAside"`
	// InForce is where the other one stands.
	InForce Origin `json:"inForce"`
}
