package rules

// Check names what finds mistakes of one kind. Tools show it beside a mistake, and
// docs/checks has a page of each name.
type Check string

// The checks of a text of rules, and of the stop button.
const (
	CheckYAML         Check = "yaml"         // the text can be read, and means no more than it shows
	CheckField        Check = "field"        // fields exist and have values of their kind
	CheckHeader       Check = "header"       // apiVersion and kind
	CheckEmpty        Check = "empty"        // a text holds something
	CheckName         Check = "name"         // names of metrics, rules and preferences
	CheckMetric       Check = "metric"       // metrics that rules and preferences name
	CheckCondition    Check = "condition"    // the form of a condition
	CheckThreshold    Check = "threshold"    // values that metrics are compared with
	CheckClear        Check = "clear"        // the second line of a condition
	CheckAlternatives Check = "alternatives" // what a tree costs
	CheckUnknown      Check = "unknown"      // what is concluded of absent telemetry
	CheckFor          Check = "for"          // how long a condition is observed
	CheckMode         Check = "mode"         // Enforce or DryRun
	CheckGoverned     Check = "governed"     // which pods a rule governs
	CheckSelector     Check = "selector"     // selectors of nodes, pods, namespaces and series
	CheckActions      Check = "actions"      // what a rule does
	CheckEvict        Check = "evict"        // how a rule moves pods
	CheckMark         Check = "mark"         // labels and taints of nodes
	CheckNotYet       Check = "not-yet"      // what this version does not carry out
	CheckValues       Check = "values"       // where the values of a metric come from
	CheckQuery        Check = "query"        // PromQL
	CheckSource       Check = "source"       // the operator's sources
	CheckUnit         Check = "unit"         // units of metrics
	CheckSampling     Check = "sampling"     // how often a metric is read
	CheckJoin         Check = "join"         // how series find their nodes
	CheckInFlight     Check = "in-flight"    // how pods change a metric
	CheckPreference   Check = "preference"   // what nodes are ranked by
	CheckWeight       Check = "weight"       // how much a preference counts
	CheckNamespaced   Check = "namespaced"   // what rules of one namespace may say
	CheckPause        Check = "pause"        // the stop button
)

// The checks of what stands around texts: keys, ConfigMaps and namespaces.
const (
	CheckConflict   Check = "conflict"    // names that two texts define
	CheckLimits     Check = "limits"      // how much other namespaces may have
	CheckKey        Check = "key"         // names of keys
	CheckLabel      Check = "label"       // the label of ConfigMaps
	CheckNotAllowed Check = "not-allowed" // which namespaces may have rules
)

// judging says which check reports from now on, until end is called.
func (r *reporter) judging(check Check) (end func()) {
	before := r.check
	r.check = check
	return func() { r.check = before }
}
